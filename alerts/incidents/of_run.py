"""What a run as a whole says of causes."""

from collections.abc import Iterable
from dataclasses import replace

from alerts.causes import Cause
from alerts.incidents.incident import Sighting
from alerts.incidents.seen import Seen, seen_by_gate, seen_of_task
from alerts.outcome import Missed, RunOutcome


def seen_by_run(outcome: RunOutcome, *, warnings: bool) -> Seen:
    """What its gates and tasks say, and what it saw that did not happen.

    warnings: whether failed warnings are causes, too.
    """
    return Seen.all_of(
        [
            *(seen_by_gate(report, warnings=warnings) for report in outcome.reports),
            *(
                seen_of_task(outcome.dag_id, error.task_id, outcome.run_id, failure=error.message)
                for error in outcome.errors
            ),
            *(
                seen_of_task(outcome.dag_id, task_id, outcome.run_id, failure=None)
                for task_id in outcome.done
            ),
            Seen(tuple(_of_missed(outcome.run_id, outcome.missed))),
        ]
    )


def seen_apart(outcome: RunOutcome, *, warnings: bool) -> Seen:
    """What its gates that were set apart say: it is told, but belongs to no incident."""
    apart = (replace(report, apart=False) for report in outcome.reports if report.apart)
    return Seen.all_of(seen_by_gate(report, warnings=warnings) for report in apart)


def _of_missed(run: str, missed: Iterable[Missed]) -> Iterable[Sighting]:
    for each in missed:
        cause = Cause(each.dag, each.kind, each.kind)
        yield Sighting(cause, "critical", "", run, "", each.said.en, each.said.fr)
