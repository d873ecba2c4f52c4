"""From what did not happen to who is told of it."""

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alerts.incidents.incident import Good
from alerts.incidents.seen import Seen, seen_of_task
from alerts.outcome import Missed, RunOutcome
from etl.settings import UsersSettings
from provider.alerts.telling import tell
from provider.run import Run, current_run
from provider.watch.api import airflow_api
from provider.watch.look import Looked, look
from report.site import TIME_ZONE

log = logging.getLogger(__name__)

LOOK = "look_for_silence"
"""The task that looks."""


def watch() -> list[str]:
    """Look, tell what is missing and what has come at last; returns what is missing, in words.

    Raises what `look` and `tell` raise.
    """
    now = datetime.now(UTC)
    with airflow_api() as api:
        looked = look(api, UsersSettings(), now=now)
    for missed in looked.missed:
        log.warning("%s %s", missed.said, missed.next)
    for outcome, found in messages(looked, current_run(), now=now):
        tell(outcome, found)
    return [missed.said.en for missed in looked.missed]


def messages(looked: Looked, run: Run, *, now: datetime) -> Iterator[tuple[RunOutcome, Seen]]:
    """What is told, one after the other: each thing that is missing, then what is not.

    run: the one that looked. What is missing is seen by the run that it is about, or once a day: a look every
    five minutes is not a new night, and an incident counts nights.
    """
    for missed in looked.missed:
        yield _outcome(missed.dag, _seen_by(missed, now), [missed]), Seen()
    there = {(missed.dag, missed.kind) for missed in looked.missed}
    good = tuple(Good(dag, kind) for dag, kind in sorted(looked.scopes - there))
    # Of a look that could look, `notify_completion` says nothing: it does not run.
    looks_again = seen_of_task(run.dag_id, LOOK, run.id, failure=None)
    yield _outcome(run.dag_id, run.id, []), Seen.all_of([looks_again, Seen(good=good)])


def _seen_by(missed: Missed, now: datetime) -> str:
    """A late run is there; of what never began there is only the day."""
    day = now.astimezone(ZoneInfo(TIME_ZONE)).date().isoformat()
    return missed.run if missed.kind == "late" else f"{missed.kind}__{day}"


def _outcome(dag: str, run: str, missed: Iterable[Missed]) -> RunOutcome:
    return RunOutcome(
        dag_id=dag,
        run_id=run,
        reports=(),
        errors=(),
        counts={},
        rejected_workbook=None,
        missed=tuple(missed),
    )
