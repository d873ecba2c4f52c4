"""What the extracted rows must be before anybody transforms them."""

from collections.abc import Mapping
from statistics import median

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from etl import contract
from gx.expectations.known_columns import ExpectTableColumnsToBeKnown
from gx.expectations.whole_sheets import ExpectSheetsToBeWhole
from gx.severity import critical, warning
from gx.suite import Suite
from gx.suites import unread_parts
from gx.suites.users_target import USERS, with_target
from gx.suites.workbook_row import workbook_row
from gx.usual import Usual, recent_rows, too_few, usual, usual_share
from report.said import Said, at_most, say

THRESHOLDS = {"max_duplicate_ratio": 0.05, "volume_tolerance": 0.1, "max_workbook_age_hours": 36.0}

WORDS = {
    "repeats": lambda value: say(
        "{share:percent} of the emails repeat another",
        "{share:percent} des emails en répètent un autre",
        share=1 - float(value),
    )
}

# What extraction adds to the fields of the workbook.
ADDED = ("absent", "replay", "extracted_at", "workbook_age_hours", "email_key", "email_masked")

# So much difference from the usual share of repeated emails is never remarked.
NEAR_ENOUGH = 0.01


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the extracted rows, one row per workbook row that is not blank.

    facts: `unknown_columns` (headers), `replay_only`, `unread` (see `unread_parts`), `counted` (see
    `expect_sheets_to_be_whole`), and those of `gx.usual` about recent runs.
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
        _whole_sheets(facts),
        _few_duplicates(thresholds["max_duplicate_ratio"]),
        _no_unknown_column(facts),
        *unread_parts.expectations(facts),
        *_as_usual(facts, thresholds["volume_tolerance"]),
        _fresh_workbook(thresholds["max_workbook_age_hours"]),
    ]


def _whole_sheets(facts: Mapping[str, object]) -> Expectation:
    return critical(
        ExpectSheetsToBeWhole,
        say(
            "Nothing was dropped: each sheet has the rows and filled cells that the file itself has",
            "Rien n’est perdu : chaque feuille a les lignes et cellules remplies du fichier",
        ),
        key="sheets_whole",
        threshold=say("as many as in the file", "autant que dans le fichier"),
        counted=facts["counted"],
    )


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


def notes(facts: Mapping[str, object]) -> tuple[Said, ...]:
    """What the report says of this run besides its checks."""
    if facts["replay_only"] or "recent_rows" not in facts:
        return ()
    return too_few(len(recent_rows(facts)), Said("Volume and repeated emails", "Volume et emails répétés"))


def _as_usual(facts: Mapping[str, object], tolerance: float) -> list[Expectation]:
    """Comparisons with recent runs; none of replays alone, nor before there are enough runs."""
    if facts["replay_only"] or "recent_rows" not in facts:
        return []
    rows = recent_rows(facts)
    volume = usual(rows, at_least=tolerance * median(rows)) if rows else None
    repeats = usual_share(facts, "repeated_emails", at_least=NEAR_ENOUGH)
    return [*([_usual_volume(volume)] if volume else []), *([_usual_repeats(repeats)] if repeats else [])]


def _usual_volume(found: Usual) -> Expectation:
    low, high = max(0, round(found.low)), round(found.high)
    return warning(
        gxe.ExpectTableRowCountToBeBetween,
        say(
            "Volume: as usual, {low:number} to {high:number} rows "
            "(median {median:number}, of {runs:run|runs})",
            "Volume : comme d’habitude, de {low:number} à {high:ligne|lignes} "
            "(médiane {median:number}, sur {runs:exécution|exécutions})",
            low=low,
            high=high,
            median=round(found.median),
            runs=found.runs,
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


def _usual_repeats(found: Usual) -> Expectation:
    return warning(
        gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
        say(
            "Unique emails: as usual, {low:percent} to {high:percent} of the emails repeat another "
            "(median {median:percent}, of {runs:run|runs})",
            "Emails uniques : comme d’habitude, de {low:percent} à {high:percent} en répètent un autre "
            "(médiane {median:percent}, sur {runs:exécution|exécutions})",
            **vars(found),
        ),
        key="usual_repeats",
        threshold=at_most(found.high),
        words={"unit": "repeats"},
        complement=True,
        column="email_key",
        # Rounded: 1 - 0.3 must not come out above 0.7.
        min_value=round(1 - found.high, 12),
    )


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
    notes=notes,
    thresholds=THRESHOLDS,
    limits={"max_duplicate_ratio": "repeated_emails", "max_workbook_age_hours": "workbook_age"},
    facts={"unknown_columns": list, "replay_only": bool, "unread": list, "counted": list},
    key=(*contract.ROW_KEY, "email_masked"),
    apart="replay_only",
    example=workbook_row,
    words=WORDS,
    holds=USERS,
    owner="Users team",
    given=with_target,
)
