"""The end of a run: what its tasks left, told to whom it concerns."""

import logging
from dataclasses import replace
from typing import Any

from airflow.sdk import get_current_context

from alerts.outcome import FailedTask, RunOutcome
from pipeline.handover import told
from provider.alerts.telling import tell
from provider.gate import REPORT_KEY
from provider.steps import ERROR_KEY, plain_failures
from report.gate_report import GateReport

log = logging.getLogger(__name__)

FAILED_STATES = ("failed",)
VERDICT = "done"
"""The task that only carries the failure of others."""
NO_MESSAGE = "The task ended without a message: see its log."


def notify() -> None:
    """Tell whom it concerns what is new in the current run, each once.

    A wrong setting of the alerts keeps nothing back: its default holds, and the message says so. Only wrong
    recipients fail the task.

    Raises:
        AirflowException: somebody has not been reached; Airflow retries, and only they are tried again.
    """
    with plain_failures():
        outcome = run_outcome()
        for report in outcome.reports:
            log.info("%s", report.summary)
        if outcome.counts:
            log.info("%s", ", ".join(f"{name} {count:,}" for name, count in outcome.counts.items()))
        tell(outcome)


def as_left(report: GateReport, state: str) -> GateReport:
    """The report of a gate; one that waited for an answer waits no more when somebody has ended its task."""
    if report.approval is None or not report.waits or state not in FAILED_STATES:
        return report
    return replace(report, approval=replace(report.approval, state="unanswered"))


def run_outcome() -> RunOutcome:
    """What the tasks of the current run left: their states, reports and messages."""
    context = get_current_context()
    ti, dag_id, run_id = context["ti"], str(context["dag"].dag_id), str(context["run_id"])
    found: dict[str, str] = ti.get_task_states(dag_id=dag_id, run_ids=[run_id])[run_id]
    # In the order of the flow: a later step's numbers are the ones to tell.
    states = {task_id: found[task_id] for task_id in context["dag"].task_ids if task_id in found}

    def left(task_id: str, key: str) -> Any:
        return ti.xcom_pull(task_ids=task_id, key=key)

    pushed = {task_id: left(task_id, REPORT_KEY) for task_id in states if states[task_id] is not None}
    decided = [as_left(GateReport.from_dict(r), states[task_id]) for task_id, r in pushed.items() if r]
    reports = sorted(decided, key=lambda report: report.started_at)
    closed = {task_id for task_id, report in pushed.items() if report and not report["passed"]}
    failed = [
        task_id
        for task_id, state in states.items()
        if state in FAILED_STATES and task_id not in {*closed, VERDICT}
    ]
    results = [left(task_id, "return_value") for task_id, state in states.items() if state == "success"]
    parts = [told(result) for result in results]
    return RunOutcome(
        dag_id=dag_id,
        run_id=run_id,
        reports=tuple(reports),
        errors=tuple(FailedTask(task_id, left(task_id, ERROR_KEY) or NO_MESSAGE) for task_id in failed),
        counts={name: count for part in parts for name, count in part.counts.items()},
        rejected_workbook=next((part.rejected_workbook for part in parts if part.rejected_workbook), None),
        notes=tuple(note for part in parts for note in part.notes),
        done=tuple(each for each, state in states.items() if state == "success" or each in closed),
    )
