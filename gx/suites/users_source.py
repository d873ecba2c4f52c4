"""What the extracted rows must be before anybody transforms them."""

from collections.abc import Mapping
from statistics import median

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from etl import contract
from gx.expectations.known_columns import ExpectTableColumnsToBeKnown
from gx.suites import Suite
from gx.wording import at_most, percent

THRESHOLDS = {"max_duplicate_ratio": 0.05, "volume_tolerance": 0.5, "max_workbook_age_hours": 36.0}

# What extraction adds to the fields of the workbook.
ADDED = ("absent", "replay", "extracted_at", "workbook_age_hours", "email_key", "email_masked")

# Fewer runs than this say nothing about the usual volume.
ENOUGH_RUNS = 3


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the extracted rows, one row per workbook row that is not blank.

    facts: `unknown_columns` (headers), `replay_only`, and `recent_rows` (rows of recent runs, newest first).
    """
    return [
        *(_column_exists(field) for field in contract.REQUIRED_FIELDS),
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1,
            description="The workbooks hold at least one row",
            severity=FailureSeverity.CRITICAL,
            meta={"threshold": "at least 1 row", "unit": "rows"},
        ),
        _few_duplicates(thresholds["max_duplicate_ratio"]),
        _no_unknown_column(facts),
        *_usual_volume(facts, thresholds["volume_tolerance"]),
        _fresh_workbook(thresholds["max_workbook_age_hours"]),
    ]


def _column_exists(field: str) -> Expectation:
    return gxe.ExpectColumnToExist(
        column=field,
        description=f"The workbooks have the column {field}",
        severity=FailureSeverity.CRITICAL,
        meta={"threshold": "present", "unit": "presence"},
    )


def _few_duplicates(limit: float) -> Expectation:
    return gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(
        column="email_key",
        # Rounded: 1 - 0.3 must not come out above 0.7.
        min_value=round(1 - limit, 12),
        description=f"Unique emails: at most {percent(limit)} of the emails repeat another",
        severity=FailureSeverity.WARNING,
        meta={"threshold": at_most(limit), "unit": "repeats"},
    )


def _no_unknown_column(facts: Mapping[str, object]) -> Expectation:
    unknown = facts["unknown_columns"]
    return ExpectTableColumnsToBeKnown(
        known_columns=[*contract.ROW_KEY, *contract.FIELDS, *ADDED],
        reported_columns=sorted(unknown) if isinstance(unknown, list) else [],
        description="Every column of the workbooks is a known one",
        severity=FailureSeverity.WARNING,
        meta={"threshold": "no unknown column"},
    )


def _usual_volume(facts: Mapping[str, object], tolerance: float) -> list[Expectation]:
    recent = facts.get("recent_rows")
    if facts["replay_only"] or not isinstance(recent, list) or len(recent) < ENOUGH_RUNS:
        return []
    usual = median(recent)
    low, high = round(usual * (1 - tolerance)), round(usual * (1 + tolerance))
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=low,
            max_value=high,
            description=f"Volume: within {percent(tolerance)} of the usual {usual:,.0f} rows",
            severity=FailureSeverity.WARNING,
            meta={"threshold": f"{low:,} to {high:,} rows", "unit": "rows"},
        )
    ]


def _fresh_workbook(limit: float) -> Expectation:
    return gxe.ExpectColumnMaxToBeBetween(
        column="workbook_age_hours",
        max_value=limit,
        description=f"The oldest workbook was written at most {limit:g} hours ago",
        severity=FailureSeverity.WARNING,
        meta={"threshold": f"at most {limit:g} hours", "unit": "hours"},
    )


SUITE = Suite(
    build=build,
    thresholds=THRESHOLDS,
    facts={"unknown_columns": list, "replay_only": bool},
    key=(*contract.ROW_KEY, "email_masked"),
)
