"""What the runs themselves must be, looked at once a week."""

from collections.abc import Mapping
from typing import Any

import great_expectations.expectations.core as gxe
from great_expectations.expectations.expectation import Expectation

from gx.expectations.figure import ExpectFigureToBeBetween
from gx.severity import critical
from gx.suite import Suite, count
from report.gate_report import Example
from report.said import Said, at_least, say

LAST_RUNS = 30
"""Runs of the users that are looked at; with fewer the report says how many there were."""

THRESHOLDS = {
    "min_success_ratio": 0.95,
    "min_valid_ratio": 0.8,
    "max_run_minutes": 10.0,
    "max_document_loss": 0.01,
    "min_snapshots": 3.0,
    "min_delivered_ratio": 1.0,
}

WORDS = {
    "runs": lambda value: say("{share:percent} succeeded", "{share:percent} réussies", share=float(value)),
    "minutes": lambda value: say(
        "the longest took {minutes:number} minutes",
        "la plus longue a duré {minutes:number}\u202fmin",
        minutes=float(value),
    ),
}


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the last runs of the users that ended, one row per run: `succeeded`, `minutes`.

    facts: `runs`, how many they are; `rows` and `valid_rows` of all of them; `messages` of the last weeks and
    how many of them were `delivered`; and, each a list of one number or none, `document_loss` of the last
    comparison (ratio 0-1) and `snapshots` that are kept. What there is nothing of is a note and no check.
    """
    return [
        _success(count(facts, "runs"), thresholds["min_success_ratio"]),
        _minutes(count(facts, "runs"), thresholds["max_run_minutes"]),
        *_valid_rows(facts, thresholds["min_valid_ratio"]),
        *_document_loss(facts, thresholds["max_document_loss"]),
        *_snapshots(facts, thresholds["min_snapshots"]),
        *_delivered(facts, thresholds["min_delivered_ratio"]),
    ]


def _success(runs: int, limit: float) -> Expectation:
    return critical(
        gxe.ExpectColumnMeanToBeBetween,
        say(
            "Success: more than {limit:percent} of the last {runs:users run|users runs} succeeded",
            "Réussite : plus de {limit:percent} des {runs:dernière exécution|dernières exécutions} "
            "des utilisateurs ont réussi",
            limit=limit,
            runs=runs,
        ),
        key="success",
        threshold=say("more than {limit:percent}", "plus de {limit:percent}", limit=limit),
        words={"unit": "runs"},
        column="succeeded",
        min_value=limit,
        strict_min=True,
    )


def _minutes(runs: int, limit: float) -> Expectation:
    return critical(
        gxe.ExpectColumnMaxToBeBetween,
        say(
            "Duration: each of the last {runs:users run|users runs} took less than {limit:number} minutes",
            "Durée : chacune des {runs:dernière exécution|dernières exécutions} des utilisateurs "
            "a duré moins de {limit:number}\u202fmin",
            limit=limit,
            runs=runs,
        ),
        key="run_minutes",
        threshold=say("less than {limit:number} minutes", "moins de {limit:number}\u202fmin", limit=limit),
        words={"unit": "minutes"},
        column="minutes",
        max_value=limit,
        strict_max=True,
    )


def _valid_rows(facts: Mapping[str, object], limit: float) -> list[Expectation]:
    rows, valid = count(facts, "rows"), count(facts, "valid_rows")
    if not rows:
        return []
    seen = say(
        "{share:percent} valid ({valid:number} of {rows:row|rows})",
        "{share:percent} valides ({valid:number} sur {rows:ligne|lignes})",
        share=valid / rows,
        valid=valid,
        rows=rows,
    )
    return [
        _figure(
            say(
                "Valid rows: more than {limit:percent} of the rows of these runs",
                "Lignes valides : plus de {limit:percent} des lignes de ces exécutions",
                limit=limit,
            ),
            key="valid_rows",
            threshold=say("more than {limit:percent}", "plus de {limit:percent}", limit=limit),
            figure=valid / rows,
            seen=seen,
            low=limit,
            strict=True,
            measured_in="share",
        )
    ]


def _document_loss(facts: Mapping[str, object], limit: float) -> list[Expectation]:
    loss = _known(facts, "document_loss")
    if loss is None:
        return []
    return [
        _figure(
            say(
                "Document loss: the last reindex lost less than {limit:percent}",
                "Perte de documents : la dernière réindexation a perdu moins de {limit:percent}",
                limit=limit,
            ),
            key="document_loss",
            threshold=say("less than {limit:percent}", "moins de {limit:percent}", limit=limit),
            figure=loss,
            seen=say("{loss:percent} lost", "{loss:percent} perdus", loss=loss),
            high=limit,
            strict=True,
            measured_in="share",
        )
    ]


def _snapshots(facts: Mapping[str, object], limit: float) -> list[Expectation]:
    kept = _known(facts, "snapshots")
    if kept is None:
        return []
    return [
        _figure(
            say(
                "Snapshots: at least {limit:number} of the courses are kept",
                "Snapshots : au moins {limit:number} des cours sont conservés",
                limit=limit,
            ),
            key="snapshots",
            threshold=say("at least {limit:number}", "au moins {limit:number}", limit=limit),
            figure=kept,
            seen=say("{kept:snapshot|snapshots}", "{kept:snapshot|snapshots}", kept=kept),
            low=limit,
        )
    ]


def _delivered(facts: Mapping[str, object], limit: float) -> list[Expectation]:
    messages, delivered = count(facts, "messages"), count(facts, "delivered")
    if not messages:
        return []
    seen = say(
        "{delivered:number} of {messages:message|messages} delivered",
        "{delivered:number} sur {messages:message remis|messages remis}",
        delivered=delivered,
        messages=messages,
    )
    return [
        _figure(
            say(
                "Alerts: {limit:percent} of the messages were delivered",
                "Alertes : {limit:percent} des messages ont été remis",
                limit=limit,
            ),
            key="alerts_delivered",
            threshold=at_least(limit),
            figure=delivered / messages,
            seen=seen,
            low=limit,
            measured_in="share",
        )
    ]


def _known(facts: Mapping[str, object], name: str) -> float | None:
    """The number of a fact that is a list of one, or of none."""
    values = facts[name]
    return float(values[0]) if isinstance(values, list) and values else None


def _figure(description: Said, *, seen: Said, **options: Any) -> Expectation:
    return critical(ExpectFigureToBeBetween, description, seen={"en": seen.en, "fr": seen.fr}, **options)


def notes(facts: Mapping[str, object]) -> tuple[Said, ...]:
    """What could not be judged, and how many runs there were when they were fewer than are looked at."""
    runs = count(facts, "runs")
    few = say(
        "Only {runs:users run has|users runs have} ended so far, of the {wanted:number} that are looked at.",
        "Seulement {runs:exécution terminée|exécutions terminées} des utilisateurs jusqu’ici, sur les "
        "{wanted:number} examinées.",
        runs=runs,
        wanted=LAST_RUNS,
    )
    missing = {
        VALID_ROWS: not facts["rows"],
        DOCUMENT_LOSS: _known(facts, "document_loss") is None,
        SNAPSHOTS: _known(facts, "snapshots") is None,
        DELIVERED: not facts["messages"],
    }
    return (*([few] if runs < LAST_RUNS else []), *(note for note, holds in missing.items() if holds))


VALID_ROWS = say(
    "Valid rows are not judged: none of these runs has a verdict of users_ready.",
    "Les lignes valides ne sont pas jugées : aucune de ces exécutions n’a de verdict de users_ready.",
)
DOCUMENT_LOSS = say(
    "Document loss is not judged: courses_reindexed has no verdict yet.",
    "La perte de documents n’est pas jugée : courses_reindexed n’a pas encore de verdict.",
)
SNAPSHOTS = say(
    "Snapshots are not judged: no run of reindex_weekly has told what it keeps.",
    "Les snapshots ne sont pas jugés : aucune exécution de reindex_weekly n’a dit ce qu’elle conserve.",
)
DELIVERED = say(
    "Alerts are not judged: there was no message to deliver.",
    "Les alertes ne sont pas jugées : il n’y avait aucun message à remettre.",
)


def _run(key: Mapping[str, Any]) -> Example:
    """A run by its id."""
    return Example(place=f"run {key.get('run')}", value="", french=f"exécution {key.get('run')}")


SUITE = Suite(
    name="runs_weekly",
    build=build,
    notes=notes,
    thresholds=THRESHOLDS,
    facts={
        **dict.fromkeys(("runs", "rows", "valid_rows", "messages", "delivered"), int),
        **dict.fromkeys(("document_loss", "snapshots"), list),
    },
    key=("run",),
    example=_run,
    unit="runs",
    words=WORDS,
    owner="Data platform",
    limits={
        "min_success_ratio": "success",
        "min_valid_ratio": "valid_rows",
        "max_run_minutes": "run_minutes",
        "max_document_loss": "document_loss",
        "min_snapshots": "snapshots",
        "min_delivered_ratio": "alerts_delivered",
    },
)
