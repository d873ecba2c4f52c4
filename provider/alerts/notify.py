"""The end of a run: what its tasks left, told to whom it concerns."""

import logging
from dataclasses import replace
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowException
from upath import UPath

from alerts.outcome import FailedTask, RunOutcome
from alerts.settings import AlertSettings, with_defaults
from alerts.shapes.mail import Mail, compose
from pipeline import private
from pipeline.handover import told
from provider.alerts.pasts import known_pasts
from provider.alerts.smtp import MailNotSentError, send
from provider.gate import REPORT_KEY
from provider.links import report_site
from provider.steps import ERROR_KEY, plain_failures
from report.gate_report import GateReport
from report.settings import QualitySettings

log = logging.getLogger(__name__)

FAILED_STATES = ("failed",)
VERDICT = "done"
"""The task that only carries the failure of others."""
NO_MESSAGE = "The task ended without a message: see its log."


def notify() -> None:
    """Mail the outcome of the current run to the recipients of the alerts, once per verdict.

    A wrong setting of the alerts does not keep a mail back: its default holds, and a mail says so. Only wrong
    recipients fail the task.

    Raises:
        AirflowException: the mail could not be sent; Airflow retries.
    """
    with plain_failures():
        settings, wrong = with_defaults(AlertSettings)
        _notify(replace(run_outcome(), wrong_settings=wrong), settings)


def _notify(outcome: RunOutcome, settings: AlertSettings) -> None:
    for report in outcome.reports:
        log.info("%s", report.summary)
    if outcome.counts:
        log.info("%s", ", ".join(f"{name} {count:,}" for name, count in outcome.counts.items()))
    for note in (*outcome.notes, *outcome.wrong_settings):
        log.warning("%s", note)
    warned = outcome.warned and settings.on == "warning"
    if not (outcome.failed or outcome.approved or warned or outcome.wrong_settings):
        log.info("Nothing to mail.")
        return
    past = known_pasts(outcome.closed)
    mail = compose(
        outcome, attach=settings.attach_rejected, site=report_site(), language=settings.language, past=past
    )
    mark = _mark(mail)
    if mark.exists():
        log.info("Mailed already: %s (%s)", mail.subject, mail.message_id)
        return
    try:
        send(mail)
    except MailNotSentError as error:
        raise AirflowException(str(error)) from error
    try:
        private.make_folder(mark.parent)
        mark.touch()
    except OSError:
        # Another mail at each retry is worse than one more if this task is cleared.
        log.exception("It was sent, but that cannot be written down in %s", mark)
    log.info("Mailed to %s: %s (%s)", settings.to, mail.subject, mail.message_id)


def _mark(mail: Mail) -> UPath:
    """The file that says that a mail was sent."""
    return UPath(with_defaults(QualitySettings)[0].path) / "mailed" / mail.key


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
    reports = sorted((GateReport.from_dict(r) for r in pushed.values() if r), key=lambda r: r.started_at)
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
    )
