"""What the table `users` must be, as it will be, before anybody merges the staged rows."""

import re
from collections.abc import Mapping

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from gx.errors import GateMisuse
from gx.suites import Suite, count
from gx.suites.severity import critical, warning
from gx.wording import at_most, percent

THRESHOLDS = {"max_change_ratio": 0.5}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the table as it will be, one row per user.

    facts: `valid_rows` (rows staged), `users_before` (users now), `staging_table`, `users_table`.
    """
    return [
        critical(
            gxe.ExpectColumnValuesToNotBeNull,
            "Every user has an email",
            threshold="none missing",
            column="email_key",
        ),
        critical(
            gxe.ExpectColumnValuesToBeUnique,
            "No two users share an email, whatever its case",
            threshold="no email twice",
            column="email_key",
        ),
        _every_valid_row_is_there(count(facts, "valid_rows")),
        _nobody_vanishes(str(facts["users_table"]), count(facts, "users_before")),
        _few_changes(thresholds["max_change_ratio"]),
    ]


def _every_valid_row_is_there(rows: int) -> Expectation:
    return critical(
        gxe.ExpectColumnSumToBeBetween,
        f"Each of the {rows:,} valid rows is in the table",
        threshold=f"{rows:,} rows",
        words={"unit": "rows"},
        column="staged",
        min_value=rows,
        max_value=rows,
    )


def _nobody_vanishes(users_table: str, users_before: int) -> Expectation:
    if not re.fullmatch(r"(?:[a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*", users_table):
        raise GateMisuse(f"the fact 'users_table' is {users_table!r}, not the name of a table")
    return critical(
        gxe.UnexpectedRowsExpectation,
        f"Nobody vanishes: each of the {users_before:,} users of before is still there",
        threshold="nobody missing",
        words={"unit": "missing users"},
        unexpected_rows_query=(
            f"SELECT present.user_id FROM {users_table} AS present "  # noqa: S608 - an identifier, checked above
            "LEFT JOIN {batch} AS future ON future.user_id = present.user_id WHERE future.user_id IS NULL"
        ),
    )


def _few_changes(limit: float) -> Expectation:
    return warning(
        gxe.ExpectColumnMeanToBeBetween,
        f"Changes: at most {percent(limit)} of the users change at once",
        threshold=at_most(limit),
        words={"unit": "share"},
        column="changed",
        max_value=limit,
    )


SUITE = Suite(
    build=build,
    thresholds=THRESHOLDS,
    facts={"valid_rows": int, "users_before": int, "staging_table": str, "users_table": str},
    key=("user_id",),
    columns=("email_key", "staged", "changed"),
)
