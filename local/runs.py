"""Waiting for a DAG, starting a run of it, following the run to its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from gx.report import GateReport
from local.airflow_api import AirflowApi, Task
from local.errors import LocalStackError
from local.waiting import wait_until

DAG = "etl_users_daily"
GATES = ("check_users_source", "check_users_ready", "check_users_next")
ENDED = frozenset({"success", "failed"})

# Seconds in which the scheduler makes the missed run of a DAG that was unpaused.
SCHEDULER_PATIENCE = 15


@dataclass(frozen=True)
class Run:
    """One run. state: `queued`, `running`, `success` or `failed`; tasks: see `AirflowApi.tasks`."""

    run_id: str
    state: str
    tasks: tuple[Task, ...]

    @property
    def seconds(self) -> float:
        """Seconds that its tasks ran, one after the other."""
        return sum(task.seconds or 0 for task in self.tasks)


@dataclass(frozen=True)
class GateResult:
    """What one gate task did. report: None when the gate was not reached."""

    task: str
    report: GateReport | None

    @property
    def page(self) -> str:
        """Path of its Data Docs page below the UI's address; the index when the gate was not reached."""
        return f"/quality/{quote(self.report.page)}" if self.report else "/quality/index.html"


def wait_for_dag(api: AirflowApi, *, seconds: float, dag_id: str = DAG) -> None:
    """Wait until the DAG was parsed.

    Raises LocalStackError with the import error when its file cannot be imported, or when it never appears.
    """
    begun = datetime.now(tz=UTC)

    def parsed() -> bool:
        dag = api.dag(dag_id)
        for failure in api.import_failures():
            # An older failure may be mended already: the file is parsed again within half a minute.
            concerns = dag is None or failure.file == dag["relative_fileloc"]
            if concerns and failure.when >= begun:
                raise LocalStackError(f"{failure.file} cannot be imported: {failure.error}")
        return dag is not None

    if not wait_until(parsed, seconds=seconds, every=0.5):
        raise LocalStackError(
            f"Airflow found no DAG {dag_id} in {seconds:.0f} s. "
            "Look for its file and at var/log/airflow-dag-processor.log."
        )


def begin_run(api: AirflowApi, conf: Mapping[str, Any], *, dag_id: str = DAG) -> str:
    """Start a run, or find the one that is under way; returns its id.

    Unpausing makes the scheduler start the missed run: a trigger beside it would only queue behind it.
    Any further run is forced, so that it loads an unchanged workbook again.
    """
    runs = api.runs(dag_id)
    under_way = [run for run in runs if run["state"] not in ENDED]
    dag = api.dag(dag_id)
    if dag is not None and dag["is_paused"]:
        api.unpause(dag_id)
        if not runs and wait_until(lambda: bool(api.runs(dag_id)), seconds=SCHEDULER_PATIENCE):
            return str(api.runs(dag_id)[0]["dag_run_id"])
    elif under_way and not conf:
        return str(under_way[0]["dag_run_id"])
    return api.trigger(dag_id, {**conf, "force": True})


def follow(
    api: AirflowApi, run_id: str, *, seconds: float, show: Callable[[Run], None], dag_id: str = DAG
) -> Run:
    """Follow a run to its end; returns it.

    show: gets the run each half second. Raises LocalStackError when it takes longer than so many seconds.
    """

    def ended() -> bool:
        run = read_run(api, run_id, dag_id=dag_id)
        show(run)
        return run.state in ENDED

    if not wait_until(ended, seconds=seconds, every=0.5):
        raise LocalStackError(
            f"Run {run_id} did not end in {seconds:.0f} s (LOCAL_RUN_TIMEOUT). It goes on: see the UI."
        )
    return read_run(api, run_id, dag_id=dag_id)


def read_run(api: AirflowApi, run_id: str, *, dag_id: str = DAG) -> Run:
    """The run as it is now."""
    state = api.run_state(dag_id, run_id)
    return Run(run_id, state, tuple(api.tasks(dag_id, run_id)))


def gate_results(api: AirflowApi, run_id: str, *, dag_id: str = DAG) -> list[GateResult]:
    """One entry per gate, in the order of the flow."""
    return [gate_result(api, run_id, task, dag_id=dag_id) for task in GATES]


def gate_result(api: AirflowApi, run_id: str, task: str, *, dag_id: str = DAG) -> GateResult:
    """What one gate task of a run pushed."""
    report = api.xcom(dag_id, run_id, task, "report")
    return GateResult(task, GateReport.from_dict(report) if report else None)


def counts(api: AirflowApi, run_id: str, *, dag_id: str = DAG) -> dict[str, int]:
    """Rows by verdict and users by what became of them; without what the run did not reach."""
    wanted = {
        "transform_users": ("rows", "valid", "rejected", "duplicate"),
        "load_users": ("inserted", "updated", "unchanged"),
    }
    pushed = {task: api.xcom(dag_id, run_id, task) or {} for task in wanted}
    return {
        name: pushed[task][name] for task, names in wanted.items() for name in names if name in pushed[task]
    }


def first_error(api: AirflowApi, run: Run, *, dag_id: str = DAG) -> str:
    """`TASK: ERROR` of the first task of a run that failed."""
    failed = next((task for task in run.tasks if task.state == "failed"), None)
    if failed is None:
        return f"{dag_id} {run.state}, and no task of it failed"
    details = [d for line in api.task_log(dag_id, run.run_id, failed) for d in line.get("error_detail") or ()]
    return f"{failed.name}: {details[-1]['exc_value'] if details else 'its log names no error'}"
