"""Schedules that were missed, by what Airflow itself says of each DAG."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

GRACE = timedelta(minutes=5)
"""How long a scheduler may take to begin a run that is due."""


@dataclass(frozen=True)
class Scheduled:
    """What Airflow says of a DAG.

    due: when its next run is to begin; None without a schedule. last: when its last scheduled run was due;
    None when there was none. broken: its file cannot be imported.
    """

    dag: str
    due: datetime | None
    last: datetime | None = None
    paused: bool = False
    broken: bool = False


@dataclass(frozen=True)
class Missed:
    """A run that was due and did not begin. why: as far as Airflow knows."""

    dag: str
    due: datetime
    last: datetime | None
    why: Literal["paused", "broken", "unknown"]

    @property
    def run(self) -> str:
        """The id that the run would have had."""
        return f"scheduled__{self.due.isoformat()}"


def missed_schedules(dags: Iterable[Scheduled], *, now: datetime) -> list[Missed]:
    """The DAGs whose next run was due and did not begin, by name.

    A DAG that is paused has missed its schedule, too, once it has kept it: whoever paused it on purpose can
    mute the alert. One that never ran was never switched on.
    """
    found = (_missed(dag, now) for dag in sorted(dags, key=lambda each: each.dag))
    return [missed for missed in found if missed]


def _missed(dag: Scheduled, now: datetime) -> Missed | None:
    if dag.due is None or now - dag.due <= GRACE or (dag.paused and dag.last is None):
        return None
    why: Literal["paused", "broken", "unknown"] = "unknown"
    if dag.paused or dag.broken:
        why = "paused" if dag.paused else "broken"
    return Missed(dag.dag, dag.due, dag.last, why)
