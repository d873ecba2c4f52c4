"""One look at what did not happen: Airflow and the folder of the workbooks are asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.outcome import Missed
from etl.settings import UsersSettings
from etl.workbook.found import newest
from provider.watch.api import AirflowApi, Answer
from provider.watch.findings import (
    absent_workbook,
    is_watched,
    of_late_run,
    of_schedule,
    overdue,
    scheduled,
    tags_of,
)
from provider.watch.limits import limit_of
from report.schedules import missed_schedules

USERS = "etl_users_daily"
"""The DAG that reads the workbook."""


@dataclass(frozen=True)
class Looked:
    """What a look found. scopes: what was looked at, as DAG and kind of a `Missed`."""

    missed: Sequence[Missed]
    scopes: frozenset[tuple[str, str]]


def look(api: AirflowApi, settings: UsersSettings, *, now: datetime) -> Looked:
    """Everything that should have happened by now and did not.

    Raises what `AirflowApi` raises, and WorkbookError when what lies at the place of the workbook is none.
    """
    dags = [dag for dag in api.dags() if is_watched(dag)]
    scopes = {(dag["dag_id"], kind) for dag in dags for kind in ("schedule", "late")}
    found = [*_missed(api, dags, now), *_late(api, dags, now)]
    if settings.users_due is not None:
        scopes.add((USERS, "workbook"))
        written = newest(settings.users_path, settings.replay_path)
        absent = absent_workbook(USERS, settings.users_path, settings.users_due, written, now=now)
        found += [absent] if absent else []
    return Looked(found, frozenset(scopes))


def _missed(api: AirflowApi, dags: Sequence[Answer], now: datetime) -> Iterator[Missed]:
    """The schedules that were missed; how a DAG ran before is asked only of those that seem to be."""
    suspects = {missed.dag for missed in missed_schedules((scheduled(dag, now) for dag in dags), now=now)}
    asked = [scheduled(dag, api.last_scheduled(dag["dag_id"])) for dag in dags if dag["dag_id"] in suspects]
    return map(of_schedule, missed_schedules(asked, now=now))


def _late(api: AirflowApi, dags: Sequence[Answer], now: datetime) -> Iterator[Missed]:
    limits = {dag["dag_id"]: limit for dag in dags if (limit := limit_of(tags_of(dag)))}
    for run in overdue(api.unfinished(), limits, now=now):
        dag, run_id = run["dag_id"], run["dag_run_id"]
        late = of_late_run(run, limits[dag], api.tasks(dag, run_id))
        if late:
            yield late
