"""What the verdicts must be before anybody stages the valid rows."""

from collections.abc import Mapping

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column

from etl import contract
from gx.suites import Suite, count
from gx.wording import at_least, at_most, percent

THRESHOLDS = {"min_valid_ratio": contract.MIN_VALID_RATIO, "max_warning_ratio": 0.05}

CRITICAL = FailureSeverity.CRITICAL
VALID = Column("status") == contract.Status.VALID.value


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the verdicts, one row per source row that is not blank.

    facts: `source_rows` (rows extracted) and `replay_only`.
    """
    return [
        *_every_row_has_a_verdict(facts),
        *([] if facts["replay_only"] else [_enough_valid_rows(thresholds["min_valid_ratio"])]),
        *_names_and_emails(),
        _ages(),
        *(_values(field, values) for field, values in contract.VALUE_SETS.items()),
        _few_unknown_values(thresholds["max_warning_ratio"]),
    ]


def _every_row_has_a_verdict(facts: Mapping[str, object]) -> list[Expectation]:
    verdicts = [status.value for status in contract.Status]
    rows = count(facts, "source_rows")
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="status",
            description="Every row has a verdict",
            severity=CRITICAL,
            meta={"threshold": "no row without a verdict"},
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="status",
            value_set=verdicts,
            description=f"Every verdict is one of {', '.join(verdicts)}",
            severity=CRITICAL,
            meta={"threshold": "no other verdict"},
        ),
        gxe.ExpectTableRowCountToEqual(
            value=rows,
            description=f"No row is lost: there are as many verdicts as extracted rows ({rows:,})",
            severity=CRITICAL,
            meta={"threshold": f"{rows:,} rows", "unit": "rows"},
        ),
    ]


def _enough_valid_rows(ratio: float) -> Expectation:
    return gxe.ExpectColumnValuesToBeInSet(
        column="status",
        value_set=[contract.Status.VALID.value],
        mostly={"$PARAMETER": "min_valid_ratio"},
        row_condition=Column("replay") == False,  # noqa: E712 - a condition, not a comparison
        description=f"Valid rows: at least {percent(ratio)} of the rows are valid (replays apart)",
        severity=CRITICAL,
        meta={"threshold": at_least(ratio), "label": "valid"},
    )


def _names_and_emails() -> list[Expectation]:
    return [
        gxe.ExpectColumnValuesToBeUnique(
            column="email",
            description="Valid rows: no email stands in two rows",
            row_condition=VALID,
            severity=CRITICAL,
            meta={"threshold": "no email twice"},
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="email",
            description="Valid rows: every row has an email",
            row_condition=VALID,
            severity=CRITICAL,
            meta={"threshold": "none missing"},
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="email",
            regex=rf"\A(?:{contract.EMAIL_PATTERN})\Z",
            description="Valid rows: every email is an address with a dotted domain",
            row_condition=VALID,
            severity=CRITICAL,
            meta={"threshold": "every email an address"},
        ),
        gxe.ExpectColumnValueLengthsToBeBetween(
            column="email",
            max_value=contract.MAX_EMAIL_LENGTH,
            description=f"Valid rows: every email has at most {contract.MAX_EMAIL_LENGTH} characters",
            row_condition=VALID,
            severity=CRITICAL,
            meta={"threshold": f"at most {contract.MAX_EMAIL_LENGTH} characters"},
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="full_name",
            description="Valid rows: every row has a name",
            row_condition=VALID,
            severity=CRITICAL,
            meta={"threshold": "none missing"},
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="full_name",
            regex=r"\S",
            description="Valid rows: no name is blank",
            row_condition=VALID,
            severity=CRITICAL,
            meta={"threshold": "none blank"},
        ),
    ]


def _ages() -> Expectation:
    low, high = contract.MIN_AGE, contract.MAX_AGE
    return gxe.ExpectColumnValuesToBeBetween(
        column="age",
        min_value=low,
        max_value=high,
        description=f"Valid rows: every age is between {low} and {high}, or empty",
        row_condition=VALID,
        severity=CRITICAL,
        meta={"threshold": f"{low} to {high}"},
    )


def _values(field: str, values: tuple[str, ...]) -> Expectation:
    return gxe.ExpectColumnValuesToBeInSet(
        column=field,
        value_set=list(values),
        description=f"Valid rows: every {field} is one of {', '.join(values)}, or empty",
        row_condition=VALID,
        severity=CRITICAL,
        meta={"threshold": ", ".join(values)},
    )


def _few_unknown_values(limit: float) -> Expectation:
    return gxe.ExpectColumnValuesToBeInSet(
        column="warnings",
        value_set=[""],
        mostly=round(1 - limit, 12),
        description=f"Unknown optional values: at most {percent(limit)} of the rows have one",
        severity=FailureSeverity.WARNING,
        meta={"threshold": at_most(limit), "fault": "with an unknown value"},
    )


SUITE = Suite(
    build=build,
    thresholds=THRESHOLDS,
    facts={"source_rows": int, "replay_only": bool},
    key=(*contract.ROW_KEY, "email_masked", "reasons"),
    columns=("status", "warnings", "replay", "email", "full_name", "age", *contract.VALUE_SETS),
)
