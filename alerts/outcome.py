"""What a run ended in: what its gates decided, and which tasks failed."""

from collections.abc import Mapping
from dataclasses import dataclass

from report.gate_report import GateReport
from report.said import Said


@dataclass(frozen=True)
class FailedTask:
    """A task that failed. message: one line."""

    task_id: str
    message: str


@dataclass(frozen=True)
class Missed:
    """Something that should have happened and did not.

    dag: whose it is. kind: gate and check of its cause: `schedule`, `workbook`, `late`. run: the run that
    should have been, or that is late; empty when there is none. said: what is wrong; next: what to do.
    """

    dag: str
    kind: str
    run: str
    said: Said
    next: Said


@dataclass(frozen=True)
class RunOutcome:
    """What the gates and tasks of one run ended in.

    reports: of the gates that decided, in order. errors: tasks that failed without a verdict.
    rejected_workbook: where the rejected rows can be corrected. counts: of rows or documents, by name.
    notes: sentences that steps left for the report. wrong_settings: lines about the alerts' own variables.
    missed: what should have happened, by what a run saw that watches others. done: ids of the tasks that did
    what they are for: succeeded, or closed a gate.
    """

    dag_id: str
    run_id: str
    reports: tuple[GateReport, ...]
    errors: tuple[FailedTask, ...]
    counts: Mapping[str, int]
    rejected_workbook: str | None
    notes: tuple[str, ...] = ()
    wrong_settings: tuple[str, ...] = ()
    missed: tuple[Missed, ...] = ()
    done: tuple[str, ...] = ()

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
    def answers(self) -> tuple[str, ...]:
        """What persons were asked, and what they answered, a part a gate."""
        return tuple(f"{r.gate}:{r.approval.state}" for r in self.reports if r.approval)
