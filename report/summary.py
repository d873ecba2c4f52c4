"""What the last verdicts of all gates say together: what is closed, what fails most.

Pure: histories in, findings out. A history is the reports of one gate, the newest first, never empty.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from report.gate_report import GateReport, Outcome

History = Mapping[str, Sequence[GateReport]]
"""The last reports of each gate, newest first; a gate without a report does not stand in it."""


@dataclass(frozen=True)
class Closure:
    """A gate that is closed. last: its last verdict. first: the first one since it was open.

    known: whether `first` is the first indeed; the history may begin later than the closure.
    """

    last: GateReport
    first: GateReport
    known: bool


@dataclass(frozen=True)
class Reason:
    """Why a gate failed or warned, how often, and when last.

    outcome: of the check; None when nothing can be said about the batch: then `doubt` says why.
    """

    gate: str
    last: GateReport
    times: int
    outcome: Outcome | None = None
    doubt: str = ""


def started(report: GateReport) -> datetime:
    """When the gate began."""
    return datetime.fromisoformat(report.started_at)


def closure(reports: Sequence[GateReport]) -> Closure | None:
    """Since when the gate is closed; None when it is open."""
    if reports[0].passed:
        return None
    closed = next((place for place, report in enumerate(reports) if report.passed), len(reports))
    return Closure(reports[0], reports[closed - 1], known=closed < len(reports))


def share_open(reports: Sequence[GateReport]) -> float:
    """The share of verdicts that let the run pass, 0-1."""
    return sum(report.passed for report in reports) / len(reports)


def tightest(report: GateReport) -> Outcome | None:
    """The check that has used most of what it is allowed; None when no check has a scale."""
    return max((o for o in report.outcomes if _used(o) is not None), key=_used_or_none, default=None)


def _used(outcome: Outcome) -> float | None:
    return outcome.measure.used if outcome.measure else None


def _used_or_none(outcome: Outcome) -> float:
    return _used(outcome) or 0.0


def outcome_of(report: GateReport, name: str) -> Outcome | None:
    """The outcome of a check by its name; None when the run did not have it."""
    return next((outcome for outcome in report.outcomes if outcome.name == name), None)


def commonest_reasons(history: History, *, limit: int) -> list[Reason]:
    """What failed most often in all runs, then what failed last. limit: at most so many."""
    found: dict[tuple[str, str], Reason] = {}
    for gate, reports in history.items():
        for report in reports:
            for reason in _reasons(gate, report):
                key = (gate, reason.outcome.name if reason.outcome else reason.doubt)
                first = found.get(key, reason)
                times = first.times + 1 if key in found else 1
                found[key] = Reason(gate, first.last, times, first.outcome, first.doubt)
    return sorted(found.values(), key=lambda r: (r.times, started(r.last)), reverse=True)[:limit]


def _reasons(gate: str, report: GateReport) -> Iterable[Reason]:
    yield from (Reason(gate, report, 1, outcome=outcome) for outcome in report.failed)
    yield from (Reason(gate, report, 1, doubt=doubt) for doubt in report.doubts)
