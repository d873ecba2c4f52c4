"""What the verdicts must be before anybody stages the valid rows."""

from collections.abc import Callable, Mapping
from typing import Any

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

from etl import contract
from gx.severity import critical, warning
from gx.suite import Suite, count
from gx.suites.workbook_row import workbook_row
from report.wording import at_least, at_most, percent

THRESHOLDS = {"min_valid_ratio": contract.MIN_VALID_RATIO, "max_warning_ratio": 0.05}

VALID = Column("status") == contract.Status.VALID.value


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the verdicts, one row per source row that is not blank.

    facts: `source_rows` (rows extracted) and `replay_only`.
    """
    return [
        *_every_row_has_a_verdict(facts),
        *([] if facts["replay_only"] else [_enough_valid_rows(thresholds["min_valid_ratio"])]),
        *_names_and_emails(),
        *(_range(field, low, high) for field, (low, high) in contract.RANGES.items()),
        *(_values(field, values) for field, values in contract.VALUE_SETS.items()),
        _few_unknown_values(thresholds["max_warning_ratio"]),
    ]


def _every_row_has_a_verdict(facts: Mapping[str, object]) -> list[Expectation]:
    verdicts = [status.value for status in contract.Status]
    rows = count(facts, "source_rows")
    return [
        critical(
            gxe.ExpectColumnValuesToNotBeNull,
            "Every row has a verdict",
            threshold="no row without a verdict",
            column="status",
        ),
        critical(
            gxe.ExpectColumnValuesToBeInSet,
            f"Every verdict is one of {', '.join(verdicts)}",
            threshold="no other verdict",
            column="status",
            value_set=verdicts,
        ),
        critical(
            gxe.ExpectTableRowCountToEqual,
            f"No row is lost: there are as many verdicts as extracted rows ({rows:,})",
            threshold=f"{rows:,} rows",
            words={"unit": "rows"},
            value=rows,
        ),
    ]


def _enough_valid_rows(ratio: float) -> Expectation:
    return critical(
        gxe.ExpectColumnValuesToBeInSet,
        f"Valid rows: at least {percent(ratio)} of the rows are valid (replays apart)",
        threshold=at_least(ratio),
        words={"label": "valid"},
        column="status",
        value_set=[contract.Status.VALID.value],
        mostly={"$PARAMETER": "min_valid_ratio"},
        row_condition=Column("replay") == False,  # noqa: E712 - a condition, not a comparison
    )


def every_valid_row(kind: Callable[..., Expectation], description: str, **options: Any) -> Expectation:
    """A critical expectation on the valid rows alone; arguments as of `gx.severity.expected`."""
    return critical(kind, f"Valid rows: {description}", row_condition=VALID, **options)


def warn_valid(kind: Callable[..., Expectation], description: str, **options: Any) -> Expectation:
    """A warning about the valid rows alone; arguments as of `gx.severity.expected`."""
    return warning(kind, f"Valid rows: {description}", row_condition=VALID, **options)


def _names_and_emails() -> list[Expectation]:
    longest = contract.MAX_EMAIL_LENGTH
    return [
        every_valid_row(
            gxe.ExpectColumnValuesToBeUnique,
            "no email stands in two rows",
            threshold="no email twice",
            column="email",
        ),
        every_valid_row(
            gxe.ExpectColumnValuesToNotBeNull,
            "every row has an email",
            threshold="none missing",
            column="email",
        ),
        every_valid_row(
            gxe.ExpectColumnValuesToMatchRegex,
            "every email is an address with a dotted domain",
            threshold="every email an address",
            column="email",
            regex=rf"\A(?:{contract.EMAIL_PATTERN})\Z",
        ),
        every_valid_row(
            gxe.ExpectColumnValueLengthsToBeBetween,
            f"every email has at most {longest} characters",
            threshold=f"at most {longest} characters",
            column="email",
            max_value=longest,
        ),
        every_valid_row(
            gxe.ExpectColumnValuesToNotBeNull,
            "every row has a name",
            threshold="none missing",
            column="full_name",
        ),
        every_valid_row(
            gxe.ExpectColumnValuesToMatchRegex,
            "no name is blank",
            threshold="none blank",
            column="full_name",
            regex=r"\S",
        ),
    ]


def _range(field: str, low: int, high: int) -> Expectation:
    return every_valid_row(
        gxe.ExpectColumnValuesToBeBetween,
        f"every {field} is between {low} and {high}, or empty",
        threshold=f"{low} to {high}",
        column=field,
        min_value=low,
        max_value=high,
    )


def _values(field: str, values: tuple[str, ...]) -> Expectation:
    return every_valid_row(
        gxe.ExpectColumnValuesToBeInSet,
        f"every {field} is one of {', '.join(values)}, or empty",
        threshold=", ".join(values),
        column=field,
        value_set=list(values),
    )


def _few_unknown_values(limit: float) -> Expectation:
    return warning(
        gxe.ExpectColumnValuesToBeInSet,
        f"Unknown optional values: at most {percent(limit)} of the rows have one",
        threshold=at_most(limit),
        words={"fault": "with an unknown value"},
        column="warnings",
        value_set=[""],
        mostly=round(1 - limit, 12),
    )


SUITE = Suite(
    name="users_ready",
    build=build,
    thresholds=THRESHOLDS,
    facts={"source_rows": int, "replay_only": bool},
    key=(*contract.ROW_KEY, "email_masked", "reasons"),
    apart="replay_only",
    example=workbook_row,
)
