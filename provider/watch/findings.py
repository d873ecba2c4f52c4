"""What did not happen: a schedule that was missed, a run that is late, a workbook that has not come.

Pure: answers of Airflow's REST API and a moment in, what is missing out.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerts.outcome import Missed
from report import schedules
from report.dates import at_on, clock, full
from report.said import LANGUAGES, Language, Said, say
from report.schedules import Scheduled
from report.site import TIME_ZONE

Answer = Mapping[str, Any]

WATCHED = "quality"
"""The tag of the DAGs that are watched."""
MINUTE = timedelta(minutes=1)
WAITS_FOR_SOMEBODY = "awaiting_input"
"""The state of a task that waits until a person answers: its run may take as long as that takes."""


def tags_of(dag: Answer) -> list[str]:
    """The tags of a DAG."""
    return [tag["name"] for tag in dag["tags"]]


def is_watched(dag: Answer) -> bool:
    """Whether a DAG is watched: it has the tag, and its file is there, though it may be broken."""
    return WATCHED in tags_of(dag) and (not dag["is_stale"] or dag["has_import_errors"])


def scheduled(dag: Answer, last: datetime | None) -> Scheduled:
    """When a DAG is to run. last: when its last scheduled run was due."""
    due = dag["next_dagrun_run_after"]
    return Scheduled(
        dag["dag_id"],
        datetime.fromisoformat(due) if due else None,
        last,
        paused=dag["is_paused"],
        broken=dag["has_import_errors"],
    )


WHY: Mapping[str, Said] = {
    "paused": say(
        "The DAG is paused. Unpause it, or mute this alert if that is as it should be.",
        "Le DAG est en pause. Réactivez-le, ou mettez cette alerte en sourdine si c’est voulu.",
    ),
    "broken": say(
        "The file of the DAG cannot be imported. Airflow says why under Dags.",
        "Le fichier du DAG ne peut pas être importé. Airflow dit pourquoi sous Dags.",
    ),
    "unknown": say(
        "Look whether an earlier run still goes on, and whether the scheduler runs.",
        "Vérifiez qu’aucune exécution antérieure n’est en cours et que le planificateur tourne.",
    ),
}


def of_schedule(late: schedules.Missed) -> Missed:
    """A schedule that was missed."""
    said = say(
        "{dag}: the run that was due {due} has not begun.",
        "{dag} : l’exécution prévue {due} n’a pas commencé.",
        dag=late.dag,
        due=_said(at_on, late.due),
    )
    return Missed(late.dag, "schedule", late.run, said, WHY[late.why])


def overdue(runs: Iterable[Answer], limits: Mapping[str, timedelta], *, now: datetime) -> list[Answer]:
    """The runs that take longer than the limit of their DAG, counted from when they were queued.

    runs: those that are queued or running. limits: by the id of a DAG; the runs of others are never late.
    """
    return [run for run in runs if run["dag_id"] in limits and now - _queued(run) > limits[run["dag_id"]]]


def of_late_run(run: Answer, limit: timedelta, tasks: Sequence[Answer]) -> Missed | None:
    """A late run; None when it waits for a person. tasks: those of the run."""
    states = {task["task_id"]: task["state"] for task in tasks}
    if WAITS_FOR_SOMEBODY in states.values():
        return None
    busy = [task for task, state in states.items() if state in BUSY]
    waits = say("it is in {tasks}", "elle est dans {tasks}", tasks=", ".join(busy))
    idle = say("no task of it runs", "aucune de ses tâches ne tourne")
    said = say(
        "Run {run} takes longer than {minutes:minute|minutes}: {where}.",
        "L’exécution {run} dure plus de {minutes:minute|minutes} : {where}.",
        run=run["dag_run_id"],
        minutes=limit / MINUTE,
        where=waits if busy else idle,
    )
    goes_on = say("It goes on; nothing was stopped.", "Elle se poursuit ; rien n’a été interrompu.")
    return Missed(run["dag_id"], "late", run["dag_run_id"], said, goes_on)


BUSY: Collection[str] = ("queued", "running", "deferred", "up_for_retry", "up_for_reschedule", "restarting")
"""States of a task that a run waits for."""


def absent_workbook(
    dag: str, path: str, due: time, newest: datetime | None, *, now: datetime
) -> Missed | None:
    """The workbook of the day, when it has not come by its hour.

    path: where it is looked for. due: local time. newest: when the newest one there was written; None: there
    is none.
    """
    local = now.astimezone(ZoneInfo(TIME_ZONE))
    hour = datetime.combine(local.date(), due, local.tzinfo)
    if local < hour or (newest and newest.astimezone(local.tzinfo).date() >= local.date()):
        return None
    none = say("there is none at all", "il n’y en a aucun")
    last = say(
        "the newest was written on {moment}",
        "le plus récent a été écrit le {moment}",
        moment=_said(full, newest or now),
    )
    said = say(
        "No workbook of today has come by {due} at {path}: {last}.",
        "Aucun classeur du jour n’est arrivé avant {due} à {path} : {last}.",
        due=_said(clock, hour),
        path=path,
        last=last if newest else none,
    )
    ask = say(
        "Ask whoever delivers it. ETL_USERS_DUE is the hour, ETL_USERS_PATH the place.",
        "Demandez à qui le livre. ETL_USERS_DUE est l’heure, ETL_USERS_PATH l’endroit.",
    )
    return Missed(dag, "workbook", f"workbook__{local.date().isoformat()}", said, ask)


def _queued(run: Answer) -> datetime:
    return datetime.fromisoformat(run["queued_at"] or run["start_date"] or run["run_after"])


def _said(form: Callable[[datetime, Language, str], str], moment: datetime) -> Said:
    """A moment in each language, in one of the forms of `report.dates`."""
    return Said(*(form(moment, language, TIME_ZONE) for language in LANGUAGES))
