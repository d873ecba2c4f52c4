"""What a gate would have decided with another threshold, by what its check measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gx.errors import GateMisuse
from gx.suite import Suite
from report.gate_report import GateReport, Measure, Outcome
from report.said import number, percent


@dataclass(frozen=True)
class Retried:
    """One earlier decision. would_pass: with the other threshold. would_fail: the check in question alone."""

    run: str
    when: datetime
    passed: bool
    measure: Measure
    would_pass: bool
    would_fail: bool

    @property
    def value(self) -> str:
        """What was measured, in words."""
        if self.measure.unit == "share":
            return percent(self.measure.value)
        return number(self.measure.value) + (" hours" if self.measure.unit == "hours" else "")


def check_of(suite: Suite, threshold: str) -> str:
    """The key of the check that a threshold is the limit of. Raises GateMisuse when there is none."""
    if threshold not in suite.limits:
        known = ", ".join(f"--{name.replace('_', '-')}" for name in suite.limits) or "none"
        raise GateMisuse(
            f"{suite.name}: {threshold!r} is no threshold whose check is measured (known: {known})"
        )
    return suite.limits[threshold]


def backtest(reports: Sequence[GateReport], suite: Suite, threshold: str, value: float) -> Iterator[Retried]:
    """Each decision again, as if the threshold had been another; those without the measure are left out.

    Raises GateMisuse for a threshold without a measured check, and for a value out of range.
    """
    suite.with_defaults({threshold: value})
    key = check_of(suite, threshold)
    for report in reports:
        for outcome in report.outcomes:
            if outcome.name == key and outcome.measure is not None:
                yield _retried(report, outcome, outcome.measure, value)


def _retried(report: GateReport, outcome: Outcome, measure: Measure, limit: float) -> Retried:
    fails = outcome.problem is not None or not _holds(measure, limit)
    closes = fails and (outcome.severity == "critical" or outcome.problem is not None)
    others = any(other.closes for other in report.outcomes if other is not outcome)
    return Retried(
        run=report.run,
        when=datetime.fromisoformat(report.started_at),
        passed=report.passed,
        measure=measure,
        would_pass=not (closes or others or report.doubts),
        would_fail=fails,
    )


def _holds(measure: Measure, limit: float) -> bool:
    """Whether the value is on the right side of another limit."""
    if measure.low is not None:
        return measure.value > limit if measure.strict else measure.value >= limit
    return measure.value < limit if measure.strict else measure.value <= limit
