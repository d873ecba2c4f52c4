"""The mail about a run: which gate closed or which task failed, why, and where to look."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowException
from upath import UPath

from pipeline import private
from pipeline.handover import told
from provider.gate import REPORT_KEY
from provider.mail.message import Mail, MailNotSentError, render, send
from provider.mail.settings import AlertSettings, with_defaults
from provider.mail.verdicts import Known, Verdict, known_pasts, verdict
from provider.steps import ERROR_KEY, plain_failures
from report.gate_report import GateReport
from report.said import ENGLISH, Language
from report.settings import QualitySettings

log = logging.getLogger(__name__)

FAILED_STATES = ("failed",)
NOTHING_KNOWN: Known = {}


@dataclass(frozen=True)
class FailedTask:
    """A task that failed. message: one line."""

    task_id: str
    message: str


@dataclass(frozen=True)
class RunOutcome:
    """What the gates and tasks of one run ended in.

    reports: of the gates that decided, in order. errors: tasks that failed without a verdict.
    rejected_workbook: where the rejected rows can be corrected. counts: of rows or documents, by name.
    notes: sentences that steps left for the report. wrong_settings: lines about the alerts' own variables.
    """

    dag_id: str
    run_id: str
    reports: tuple[GateReport, ...]
    errors: tuple[FailedTask, ...]
    counts: Mapping[str, int]
    rejected_workbook: str | None
    notes: tuple[str, ...] = ()
    wrong_settings: tuple[str, ...] = ()

    @property
    def closed(self) -> tuple[GateReport, ...]:
        """Gates that closed."""
        return tuple(report for report in self.reports if not report.passed)

    @property
    def approved(self) -> tuple[GateReport, ...]:
        """Gates that a person opened."""
        return tuple(report for report in self.reports if report.approved)

    @property
    def warned(self) -> tuple[GateReport, ...]:
        """Gates that passed with a failed warning."""
        return tuple(r for r in self.reports if r.passed and r.warnings and not r.approved)

    @property
    def failed(self) -> bool:
        """Whether the run failed."""
        return bool(self.closed or self.errors)

    @property
    def subject(self) -> str:
        """Which gate of which run."""
        if self.closed:
            state = "waiting" if any(report.waits for report in self.closed) else "closed"
            what = f"[{state}] {', '.join(report.gate for report in self.closed)}"
        elif self.errors:
            what = f"[failed] {', '.join(error.task_id for error in self.errors)}"
        elif self.approved:
            what = f"[approved] {', '.join(report.gate for report in self.approved)}"
        else:
            what = f"[warning] {', '.join(report.gate for report in self.warned) or 'wrong settings'}"
        return f"{what} · {self.dag_id} · {self.run_id}"

    @property
    def identity(self) -> str:
        """The verdict that a mail is about: another attempt with another result is another verdict."""
        pages = [f"{report.page}:{report.passed}{_answer(report)}" for report in self.reports]
        errors = [f"{error.task_id}:{error.message}" for error in self.errors]
        return "|".join((self.dag_id, self.run_id, *pages, *errors))


def _answer(report: GateReport) -> str:
    return f":{report.approval.state}" if report.approval else ""


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
    mail = compose(outcome, attach=settings.attach_rejected, language=settings.language, past=past)
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


def compose(
    outcome: RunOutcome, *, attach: bool, language: Language = ENGLISH, past: Known = NOTHING_KNOWN
) -> Mail:
    """The mail about an outcome. attach: with the rejected workbook, if there is one.

    past: of the gates that closed, as far as it is known.
    """
    workbook = outcome.rejected_workbook
    attachments = (Path(workbook),) if attach and workbook and Path(workbook).exists() else ()
    verdicts = [
        verdict(report, past.get(report.page), language)
        for report in (*outcome.closed, *outcome.approved, *outcome.warned)
    ]
    body = render("outcome", language, outcome=outcome, verdicts=verdicts, titled=_titled(outcome, verdicts))
    return Mail(subject=outcome.subject, identity=outcome.identity, body=body, attachments=attachments)


def _titled(outcome: RunOutcome, verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict whose headline is that of the mail: of one closed gate, or one approved or warned."""
    others = outcome.approved or outcome.warned
    if len(outcome.closed) == 1 or (not outcome.failed and len(others) == 1):
        return verdicts[0]
    return None


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


VERDICT = "done"
"""The task that only carries the failure of others."""
NO_MESSAGE = "The task ended without a message: see its log."
