"""What the table `users` must be, as it will be, before anybody merges the staged rows."""

from collections.abc import Mapping

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from gx.severity import critical, warning
from gx.suite import BESIDE, Suite, count
from report.wording import at_most, of_things, percent

THRESHOLDS = {"max_change_ratio": 0.5}

WORDS = {
    "missing users": lambda value: (
        f"{of_things(value, 'user')} would be missing" if value else "nobody missing"
    ),
}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the table as it will be, one row per user.

    facts: `valid_rows` (valid rows of the verdicts that are to be loaded), `users_before` (users now),
    `staging_table`, `users_table` (whose `user_id` is copied with the batch).
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
        _nobody_vanishes(count(facts, "users_before")),
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


def _nobody_vanishes(users_before: int) -> Expectation:
    return critical(
        gxe.UnexpectedRowsExpectation,
        f"Nobody vanishes: each of the {users_before:,} users of before is still there",
        threshold="nobody missing",
        words={"unit": "missing users"},
        reads=("user_id",),
        unexpected_rows_query=(
            f"SELECT present.user_id FROM {BESIDE} AS present "  # noqa: S608 - a constant
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
    name="users_next",
    build=build,
    thresholds=THRESHOLDS,
    facts={"valid_rows": int, "users_before": int, "staging_table": str, "users_table": str},
    key=("user_id",),
    beside="users_table",
    words=WORDS,
)
