"""Waiting for a DAG, starting a run of it, following the run to its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from local.errors import LocalStackError
from local.show.api import AirflowApi, Task
from local.stack.waiting import wait_until
from pipeline.handover import told
from pipeline.states import ENDED
from report.gate_report import GateReport

# Runs of which a success rate is told.
RECENT_RUNS = 30

# Seconds in which the scheduler makes the missed run of a DAG that was unpaused.
SCHEDULER_PATIENCE = 15


@dataclass(frozen=True)
class Flow:
    """A DAG, as far as a terminal shows it.

    gates: its gate tasks, in order. told_by: the tasks whose counts are shown, in order.
    again: parameters of every run that somebody asks for after the first one.
    """

    dag: str
    gates: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()
    again: Mapping[str, Any] = field(default_factory=dict)


USERS = Flow(
    dag="etl_users_daily",
    gates=("check_users_source", "check_users_ready", "check_users_next"),
    told_by=("transform_users", "load_users"),
    # It loads an unchanged workbook again.
    again={"force": True},
)
COURSES = Flow(
    dag="reindex_weekly",
    gates=("check_courses_source", "check_courses_reindexed"),
    told_by=("copy_documents", "swap_alias"),
)


@dataclass(frozen=True)
class Run:
    """One run. state: `queued`, `running`, `success` or `failed`; tasks: see `AirflowApi.tasks`.

    seconds: from its start to its end, pauses between its tasks included; None while it goes on.
    """

    run_id: str
    state: str
    tasks: tuple[Task, ...]
    seconds: float | None

    @property
    def task_seconds(self) -> float:
        """Seconds that its tasks ran, one after the other."""
        return sum(task.seconds or 0 for task in self.tasks)


@dataclass(frozen=True)
class GateResult:
    """What one gate task did. report: None when the gate was not reached."""

    task: str
    report: GateReport | None

    @property
    def page(self) -> str:
        """Path of its page below the UI's address; the overview when the gate was not reached."""
        return f"/quality/{quote(self.report.page)}" if self.report else "/quality/index.html"


def wait_for_dag(api: AirflowApi, *, seconds: float, flow: Flow = USERS) -> None:
    """Wait until the DAG was parsed.

    Raises LocalStackError with the import error when its file cannot be imported, or when it never appears.
    """
    begun = datetime.now(tz=UTC)

    def parsed() -> bool:
        dag = api.dag(flow.dag)
        for failure in api.import_failures():
            # An older failure may be mended already: the file is parsed again within half a minute.
            concerns = dag is None or failure.file == dag["relative_fileloc"]
            if concerns and failure.when >= begun:
                raise LocalStackError(f"{failure.file} cannot be imported: {failure.error}")
        return dag is not None

    if not wait_until(parsed, seconds=seconds, every=0.5):
        raise LocalStackError(
            f"Airflow found no DAG {flow.dag} in {seconds:.0f} s. "
            "Look for its file and at var/log/airflow-dag-processor.log."
        )


def begin_run(api: AirflowApi, conf: Mapping[str, Any], *, flow: Flow = USERS) -> str:
    """Start a run, or find the one that is under way; returns its id.

    Unpausing makes the scheduler start the missed run: a trigger beside it would only queue behind it.
    Any further run gets the parameters `again` of its flow, too.
    """
    runs = api.runs(flow.dag)
    under_way = [run for run in runs if run["state"] not in ENDED]
    dag = api.dag(flow.dag)
    if dag is not None and dag["is_paused"]:
        api.unpause(flow.dag)
        if not runs and wait_until(lambda: bool(api.runs(flow.dag)), seconds=SCHEDULER_PATIENCE):
            return str(api.runs(flow.dag)[0]["dag_run_id"])
    elif under_way and not conf:
        return str(under_way[0]["dag_run_id"])
    return api.trigger(flow.dag, {**conf, **flow.again})


def follow(
    api: AirflowApi, run_id: str, *, seconds: float, show: Callable[[Run], None], flow: Flow = USERS
) -> Run:
    """Follow a run to its end; returns it.

    show: gets the run each half second. Raises LocalStackError when it takes longer than so many seconds.
    """

    def ended() -> bool:
        run = read_run(api, run_id, flow=flow)
        show(run)
        return run.state in ENDED

    if not wait_until(ended, seconds=seconds, every=0.5):
        raise LocalStackError(
            f"Run {run_id} did not end in {seconds:.0f} s (LOCAL_RUN_TIMEOUT). It goes on: see the UI."
        )
    return read_run(api, run_id, flow=flow)


def read_run(api: AirflowApi, run_id: str, *, flow: Flow = USERS) -> Run:
    """The run as it is now."""
    run = api.run(flow.dag, run_id)
    return Run(run_id, str(run["state"]), tuple(api.tasks(flow.dag, run_id)), _seconds(run))


def _seconds(run: Mapping[str, Any]) -> float | None:
    if not (run["start_date"] and run["end_date"]):
        return None
    return (
        datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])
    ).total_seconds()


def recent_states(api: AirflowApi, *, flow: Flow = USERS) -> list[str]:
    """`success` or `failed` of the last runs that ended, 30 at most, the newest first."""
    return [run["state"] for run in api.runs(flow.dag) if run["state"] in ENDED][:RECENT_RUNS]


def gate_results(api: AirflowApi, run_id: str, *, flow: Flow = USERS) -> list[GateResult]:
    """One entry per gate, in the order of the flow."""
    return [gate_result(api, run_id, task, flow=flow) for task in flow.gates]


def gate_result(api: AirflowApi, run_id: str, task: str, *, flow: Flow = USERS) -> GateResult:
    """What one gate task of a run pushed."""
    report = api.xcom(flow.dag, run_id, task, "report")
    return GateResult(task, GateReport.from_dict(report) if report else None)


def counts(api: AirflowApi, run_id: str, *, flow: Flow = USERS) -> dict[str, int]:
    """What the tasks of a run told in numbers, by name; without what the run did not reach."""
    tasks = [told(api.xcom(flow.dag, run_id, task)) for task in flow.told_by]
    return {name: count for task in tasks for name, count in task.counts.items()}


def first_error(api: AirflowApi, run: Run, *, flow: Flow = USERS) -> str:
    """`TASK: ERROR` of the first task of a run that failed."""
    failed = next((task for task in run.tasks if task.state == "failed"), None)
    if failed is None:
        return f"{flow.dag} {run.state}, and no task of it failed"
    details = [
        d for line in api.task_log(flow.dag, run.run_id, failed) for d in line.get("error_detail") or ()
    ]
    return f"{failed.name}: {details[-1]['exc_value'] if details else 'its log names no error'}"
