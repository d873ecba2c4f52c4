"""What the table `users` must be, as it will be, before anybody merges the staged rows."""

import re
from collections.abc import Mapping

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from gx.errors import GateMisuse
from gx.suites import Suite, count
from gx.wording import at_most, percent

THRESHOLDS = {"max_change_ratio": 0.5}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the table as it will be, one row per user.

    facts: `valid_rows` (rows staged), `users_before` (users now), `staging_table`, `users_table`.
    """
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="email_key",
            description="Every user has an email",
            severity=FailureSeverity.CRITICAL,
            meta={"threshold": "none missing"},
        ),
        gxe.ExpectColumnValuesToBeUnique(
            column="email_key",
            description="No two users share an email, whatever its case",
            severity=FailureSeverity.CRITICAL,
            meta={"threshold": "no email twice"},
        ),
        _every_valid_row_is_there(count(facts, "valid_rows")),
        _nobody_vanishes(str(facts["users_table"]), count(facts, "users_before")),
        _few_changes(thresholds["max_change_ratio"]),
    ]


def _every_valid_row_is_there(rows: int) -> Expectation:
    return gxe.ExpectColumnSumToBeBetween(
        column="staged",
        min_value=rows,
        max_value=rows,
        description=f"Each of the {rows:,} valid rows is in the table",
        severity=FailureSeverity.CRITICAL,
        meta={"threshold": f"{rows:,} rows", "unit": "rows"},
    )


def _nobody_vanishes(users_table: str, users_before: int) -> Expectation:
    if not re.fullmatch(r"(?:[a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*", users_table):
        raise GateMisuse(f"the fact 'users_table' is {users_table!r}, not the name of a table")
    return gxe.UnexpectedRowsExpectation(
        unexpected_rows_query=(
            f"SELECT present.user_id FROM {users_table} AS present "  # noqa: S608 - an identifier, checked above
            "LEFT JOIN {batch} AS future ON future.user_id = present.user_id WHERE future.user_id IS NULL"
        ),
        description=f"Nobody vanishes: each of the {users_before:,} users of before is still there",
        severity=FailureSeverity.CRITICAL,
        meta={"threshold": "nobody missing", "unit": "missing users"},
    )


def _few_changes(limit: float) -> Expectation:
    return gxe.ExpectColumnMeanToBeBetween(
        column="changed",
        max_value=limit,
        description=f"Changes: at most {percent(limit)} of the users change at once",
        severity=FailureSeverity.WARNING,
        meta={"threshold": at_most(limit), "unit": "share"},
    )


SUITE = Suite(
    build=build,
    thresholds=THRESHOLDS,
    facts={"valid_rows": int, "users_before": int, "staging_table": str, "users_table": str},
    key=("user_id",),
    columns=("email_key", "staged", "changed"),
)
