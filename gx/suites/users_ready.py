"""What the verdicts must be before anybody stages the valid rows."""

from collections.abc import Callable, Mapping
from typing import Any

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

from etl import contract
from gx.severity import critical, warning
from gx.suite import Suite, count
from gx.suites.users_target import USERS, with_target
from gx.suites.workbook_row import workbook_row
from gx.usual import recent_measures, too_few, usual_share
from report.said import Said, at_least, at_most, plain, say

THRESHOLDS = {"min_valid_ratio": contract.MIN_VALID_RATIO, "max_warning_ratio": 0.05}

APPROVABLE_VALID_RATIO = 0.5
"""With fewer valid rows no person may let the run pass."""

# So much less than the usual share of valid rows is never remarked.
NEAR_ENOUGH = 0.01

VALID = Column("status") == contract.Status.VALID.value


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the verdicts, one row per source row that is not blank.

    facts: `source_rows` (rows extracted), `replay_only`, and those of `gx.usual` about recent runs.
    For trends alone: `valid_rows`, `rejected_rows`, `duplicate_rows`.
    """
    return [
        *_every_row_has_a_verdict(facts),
        *([] if facts["replay_only"] else [_enough_valid_rows(thresholds["min_valid_ratio"])]),
        *([] if facts["replay_only"] else _as_usual(facts)),
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
            say("Every row has a verdict", "Chaque ligne a un verdict"),
            key="verdict_present",
            threshold=say("no row without a verdict", "aucune ligne sans verdict"),
            column="status",
        ),
        critical(
            gxe.ExpectColumnValuesToBeInSet,
            say(
                "Every verdict is one of {verdicts}",
                "Chaque verdict est l’un de {verdicts}",
                verdicts=", ".join(verdicts),
            ),
            key="verdict_known",
            threshold=say("no other verdict", "aucun autre verdict"),
            column="status",
            value_set=verdicts,
        ),
        critical(
            gxe.ExpectTableRowCountToEqual,
            say(
                "No row is lost: there are as many verdicts as extracted rows ({rows:number})",
                "Aucune ligne perdue : autant de verdicts que de lignes extraites ({rows:number})",
                rows=rows,
            ),
            key="no_row_lost",
            threshold=say("{rows:number} rows", "{rows:ligne|lignes}", rows=rows),
            words={"unit": "rows"},
            value=rows,
        ),
    ]


def _enough_valid_rows(ratio: float) -> Expectation:
    return critical(
        gxe.ExpectColumnValuesToBeInSet,
        say(
            "Valid rows: at least {ratio:percent} of the rows are valid (replays apart)",
            "Lignes valides : au moins {ratio:percent} des lignes sont valides (hors reprises)",
            ratio=ratio,
        ),
        key="valid_ratio",
        threshold=at_least(ratio),
        words={"label": say("valid", "valides")},
        column="status",
        value_set=[contract.Status.VALID.value],
        mostly={"$PARAMETER": "min_valid_ratio"},
        approvable_down_to=APPROVABLE_VALID_RATIO,
        row_condition=Column("replay") == False,  # noqa: E712 - a condition, not a comparison
    )


def notes(facts: Mapping[str, object]) -> tuple[Said, ...]:
    """What the report says of this run besides its checks."""
    if facts["replay_only"] or "recent_measures" not in facts:
        return ()
    what = Said("Shares of valid rows", "Les taux de lignes valides")
    return too_few(len(recent_measures(facts, "valid_ratio")), what)


def _as_usual(facts: Mapping[str, object]) -> list[Expectation]:
    """The comparison with recent runs; none before there are enough of them."""
    if "recent_measures" not in facts:
        return []
    found = usual_share(facts, "valid_ratio", at_least=NEAR_ENOUGH)
    if found is None:
        return []
    return [
        warning(
            gxe.ExpectColumnValuesToBeInSet,
            say(
                "Valid rows: as usual, {low:percent} to {high:percent} of the rows are valid "
                "(median {median:percent}, of {runs:run|runs}; replays apart)",
                "Lignes valides : comme d’habitude, de {low:percent} à {high:percent} des lignes "
                "(médiane {median:percent}, sur {runs:exécution|exécutions} ; hors reprises)",
                **vars(found),
            ),
            key="usual_valid_ratio",
            threshold=at_least(found.low),
            words={"label": say("valid", "valides")},
            column="status",
            value_set=[contract.Status.VALID.value],
            mostly=round(found.low, 12),
            row_condition=Column("replay") == False,  # noqa: E712 - a condition, not a comparison
        )
    ]


def every_valid_row(kind: Callable[..., Expectation], description: str | Said, **options: Any) -> Expectation:
    """A critical expectation on the valid rows alone; arguments as of `gx.severity.expected`."""
    return critical(kind, _of_valid_rows(description), row_condition=VALID, **options)


def warn_valid(kind: Callable[..., Expectation], description: str | Said, **options: Any) -> Expectation:
    """A warning about the valid rows alone; arguments as of `gx.severity.expected`."""
    return warning(kind, _of_valid_rows(description), row_condition=VALID, **options)


def _of_valid_rows(description: str | Said) -> Said:
    return say("Valid rows: {what}", "Lignes valides : {what}", what=plain(description))


def _names_and_emails() -> list[Expectation]:
    longest = contract.MAX_EMAIL_LENGTH
    return [
        every_valid_row(
            gxe.ExpectColumnValuesToBeUnique,
            say("no email stands in two rows", "aucun email ne figure sur deux lignes"),
            key="email_unique",
            threshold=say("no email twice", "aucun email en double"),
            column="email",
        ),
        every_valid_row(
            gxe.ExpectColumnValuesToNotBeNull,
            say("every row has an email", "chaque ligne a un email"),
            key="email_present",
            threshold=say("none missing", "aucun manquant"),
            column="email",
        ),
        every_valid_row(
            gxe.ExpectColumnValuesToMatchRegex,
            say(
                "every email is an address with a dotted domain",
                "chaque email est une adresse dont le domaine contient un point",
            ),
            key="email_address",
            threshold=say("every email an address", "que des adresses"),
            column="email",
            regex=rf"\A(?:{contract.EMAIL_PATTERN})\Z",
        ),
        every_valid_row(
            gxe.ExpectColumnValueLengthsToBeBetween,
            say(
                "every email has at most {longest} characters",
                "chaque email a au plus {longest} caractères",
                longest=longest,
            ),
            key="email_length",
            threshold=say("at most {longest} characters", "au plus {longest} caractères", longest=longest),
            column="email",
            max_value=longest,
        ),
        every_valid_row(
            gxe.ExpectColumnValuesToNotBeNull,
            say("every row has a name", "chaque ligne a un nom"),
            key="name_present",
            threshold=say("none missing", "aucun manquant"),
            column="full_name",
        ),
        every_valid_row(
            gxe.ExpectColumnValuesToMatchRegex,
            say("no name is blank", "aucun nom n’est vide"),
            key="name_not_blank",
            threshold=say("none blank", "aucun vide"),
            column="full_name",
            regex=contract.NAME_PATTERN,
        ),
    ]


def _range(field: str, low: int, high: int) -> Expectation:
    return every_valid_row(
        gxe.ExpectColumnValuesToBeBetween,
        say(
            "every {field} is between {low} and {high}, or empty",
            "chaque {field} est entre {low} et {high}, ou vide",
            field=field,
            low=low,
            high=high,
        ),
        key=f"{field}_range",
        threshold=say("{low} to {high}", "de {low} à {high}", low=low, high=high),
        column=field,
        min_value=low,
        max_value=high,
    )


def _values(field: str, values: tuple[str, ...]) -> Expectation:
    return every_valid_row(
        gxe.ExpectColumnValuesToBeInSet,
        say(
            "every {field} is one of {values}, or empty",
            "chaque {field} est l’une des valeurs {values}, ou vide",
            field=field,
            values=", ".join(values),
        ),
        key=f"{field}_values",
        threshold=", ".join(values),
        column=field,
        value_set=list(values),
    )


def _few_unknown_values(limit: float) -> Expectation:
    return warning(
        gxe.ExpectColumnValuesToBeInSet,
        say(
            "Unknown optional values: at most {limit:percent} of the rows have one",
            "Valeurs facultatives inconnues : au plus {limit:percent} des lignes en ont une",
            limit=limit,
        ),
        key="unknown_values",
        threshold=at_most(limit),
        words={
            "fault": say("with an unknown value", "avec une valeur inconnue"),
            "predicate": say("have an unknown value", "ont une valeur inconnue"),
        },
        column="warnings",
        value_set=[""],
        mostly=round(1 - limit, 12),
    )


SUITE = Suite(
    name="users_ready",
    build=build,
    notes=notes,
    thresholds=THRESHOLDS,
    limits={"min_valid_ratio": "valid_ratio", "max_warning_ratio": "unknown_values"},
    facts={"source_rows": int, "replay_only": bool},
    key=(*contract.ROW_KEY, "email_masked", "reasons"),
    apart="replay_only",
    example=workbook_row,
    holds=USERS,
    owner="Users team",
    given=with_target,
    counts={status.value: f"{status.value}_rows" for status in contract.Status},
)
