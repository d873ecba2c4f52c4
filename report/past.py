"""What a page looks back on: a line of each earlier verdict, and the last good one whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

from report.gate_report import GateReport


class Checked(NamedTuple):
    """What a check said of a batch. value: its measure; None where it measured nothing."""

    success: bool
    value: float | None


@dataclass(frozen=True)
class Earlier:
    """As much of an earlier verdict as a later page draws. checks: by name, as in `GateReport.by_name`."""

    started_at: str
    folder: str
    passed: bool
    apart: bool
    checks: Mapping[str, Checked]

    @classmethod
    def of(cls, report: GateReport) -> Self:
        """The line of a report."""
        checks = {
            name: Checked(outcome.success, outcome.measure.value if outcome.measure else None)
            for name, outcome in report.by_name.items()
        }
        return cls(report.started_at, report.folder, report.passed, report.apart, checks)

    @cached_property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that did not succeed."""
        return tuple(name for name, check in self.checks.items() if not check.success)


@dataclass(frozen=True)
class Past:
    """The verdicts of a gate before one of its reports.

    verdicts: the newest first. good: the newest one whose gate was open, of those that the report may be
    compared with; None when there is none among them.
    """

    verdicts: Sequence[Earlier] = ()
    good: GateReport | None = None

    @classmethod
    def of(cls, report: GateReport, earlier: Sequence[GateReport]) -> Self:
        """The past of a report. earlier: the whole reports before it, the newest first."""
        good = next((each for each in earlier if each.passed and each.apart == report.apart), None)
        return cls([Earlier.of(each) for each in earlier], good)


NO_PAST = Past()


def comparable(report: GateReport, past: Past) -> list[Earlier]:
    """The verdict of a report and the earlier ones that it may be compared with, the newest first.

    Those set apart are compared only with their like.
    """
    return [Earlier.of(report), *(each for each in past.verdicts if each.apart == report.apart)]
