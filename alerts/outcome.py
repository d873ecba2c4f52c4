"""What a run ended in: what its gates decided, and which tasks failed."""

from collections.abc import Mapping
from dataclasses import dataclass

from report.gate_report import GateReport


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
