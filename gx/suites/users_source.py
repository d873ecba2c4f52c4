"""What the extracted rows must be before anybody transforms them."""

from collections.abc import Mapping
from statistics import median

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from etl import contract
from gx.expectations.known_columns import ExpectTableColumnsToBeKnown
from gx.severity import critical, warning
from gx.suite import Suite
from gx.suites.workbook_row import workbook_row
from report.said import at_most, say

THRESHOLDS = {"max_duplicate_ratio": 0.05, "volume_tolerance": 0.5, "max_workbook_age_hours": 36.0}

WORDS = {
    "repeats": lambda value: say(
        "{share:percent} of the emails repeat another",
        "{share:percent} des emails en répètent un autre",
        share=1 - float(value),
    )
}

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
        critical(
            gxe.ExpectTableRowCountToBeBetween,
            say("The workbooks hold at least one row", "Les classeurs contiennent au moins une ligne"),
            key="rows_present",
            threshold=say("at least 1 row", "au moins 1 ligne"),
            words={"unit": "rows"},
            min_value=1,
        ),
        _few_duplicates(thresholds["max_duplicate_ratio"]),
        _no_unknown_column(facts),
        *_usual_volume(facts, thresholds["volume_tolerance"]),
        _fresh_workbook(thresholds["max_workbook_age_hours"]),
    ]


def _column_exists(field: str) -> Expectation:
    return critical(
        gxe.ExpectColumnToExist,
        say(
            "The workbooks have the column {field}",
            "Les classeurs ont la colonne {field}",
            field=field,
        ),
        key=f"{field}_column",
        threshold=say("present", "présente"),
        words={"unit": "presence"},
        column=field,
    )


def _few_duplicates(limit: float) -> Expectation:
    return warning(
        gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
        say(
            "Unique emails: at most {limit:percent} of the emails repeat another",
            "Emails uniques : au plus {limit:percent} des emails en répètent un autre",
            limit=limit,
        ),
        key="repeated_emails",
        threshold=at_most(limit),
        words={"unit": "repeats"},
        complement=True,
        column="email_key",
        # Rounded: 1 - 0.3 must not come out above 0.7.
        min_value=round(1 - limit, 12),
    )


def _no_unknown_column(facts: Mapping[str, object]) -> Expectation:
    unknown = facts["unknown_columns"]
    return warning(
        ExpectTableColumnsToBeKnown,
        say("Every column of the workbooks is a known one", "Chaque colonne des classeurs est connue"),
        key="known_columns",
        threshold=say("no unknown column", "aucune colonne inconnue"),
        known_columns=[*contract.ROW_KEY, *contract.FIELDS, *ADDED],
        reported_columns=sorted(unknown) if isinstance(unknown, list) else [],
    )


def _usual_volume(facts: Mapping[str, object], tolerance: float) -> list[Expectation]:
    recent = facts.get("recent_rows")
    if facts["replay_only"] or not isinstance(recent, list) or len(recent) < ENOUGH_RUNS:
        return []
    usual = median(recent)
    low, high = round(usual * (1 - tolerance)), round(usual * (1 + tolerance))
    return [
        warning(
            gxe.ExpectTableRowCountToBeBetween,
            say(
                "Volume: within {tolerance:percent} of the usual {usual:number} rows",
                "Volume : à {tolerance:percent} près, les {usual:number} lignes habituelles",
                tolerance=tolerance,
                usual=round(usual),
            ),
            key="usual_volume",
            threshold=say(
                "{low:number} to {high:number} rows",
                "de {low:number} à {high:ligne|lignes}",
                low=low,
                high=high,
            ),
            words={"unit": "rows"},
            min_value=low,
            max_value=high,
        )
    ]


def _fresh_workbook(limit: float) -> Expectation:
    return warning(
        gxe.ExpectColumnMaxToBeBetween,
        say(
            "The oldest workbook was written at most {limit:number} hours ago",
            "Le plus ancien classeur a été écrit il y a au plus {limit:number}\u202fh",
            limit=limit,
        ),
        key="workbook_age",
        threshold=say("at most {limit:number} hours", "au plus {limit:number}\u202fh", limit=limit),
        words={"unit": "hours"},
        column="workbook_age_hours",
        max_value=limit,
    )


SUITE = Suite(
    name="users_source",
    build=build,
    thresholds=THRESHOLDS,
    facts={"unknown_columns": list, "replay_only": bool},
    key=(*contract.ROW_KEY, "email_masked"),
    apart="replay_only",
    example=workbook_row,
    words=WORDS,
    holds=say("the table users", "la table users"),
)
