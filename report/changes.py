"""What differs from the last run that passed, since when a check fails, where its measure is heading.

Pure: a report and the past of its gate go in; nothing is rendered here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression

from report.gate_report import GateReport, Measure, Outcome
from report.past import Earlier, Past, comparable

LEAST_RUNS = 7
"""Measures below which no trend is told."""
TREND_RUNS = 14
"""The last measures that a trend is made of: older ones say little about where it is heading."""
CLEAR = 3.0
"""Standard errors that a slope must differ from none by; below, it may be chance."""
FURTHEST = 90
"""Runs ahead beyond which reaching a limit is not foretold."""


@dataclass(frozen=True)
class Trend:
    """Where a measure is heading. slope: its change a run.

    runs_left: runs until it reaches its limit at this slope; None when it does not, or not soon.
    """

    slope: float
    runs_left: int | None = None


@dataclass(frozen=True)
class Change:
    """One check, now and in the last run that passed.

    then: None when it was not checked then. since: the run in which it first failed; None when it does not
    fail. trend: None when there are too few runs, or no clear slope.
    """

    name: str
    now: Outcome
    then: Outcome | None
    since: Earlier | None = None
    trend: Trend | None = None

    @property
    def difference(self) -> float | None:
        """Now less then; None when one of them measured nothing."""
        before = self.then.measure if self.then else None
        if self.now.measure is None or before is None or before.unit != self.now.measure.unit:
            return None
        return self.now.measure.value - before.value


def changes(report: GateReport, past: Past) -> list[Change]:
    """The checks that differ from the last run that passed, those that fail first; empty when none passed."""
    if past.good is None:
        return []
    before, runs = past.good.by_name, comparable(report, past)
    found = [
        Change(name, now, before.get(name), first_failed(name, runs), trend_of(now, values_of(name, runs)))
        for name, now in report.by_name.items()
        if _differs(now, before.get(name))
    ]
    return sorted(found, key=lambda change: (not change.now.closes, change.now.success))


def first_failed(name: str, runs: Sequence[Earlier]) -> Earlier | None:
    """The run since which a check has failed without a pause; None when it does not fail in the newest.

    runs: the newest first.
    """
    first = None
    for run in runs:
        check = run.checks.get(name)
        if check is None or check.success:
            break
        first = run
    return first


def values_of(name: str, runs: Sequence[Earlier]) -> list[float | None]:
    """What a check measured in each run, the oldest first; None where it measured nothing.

    runs: the newest first.
    """
    found = (run.checks.get(name) for run in reversed(runs))
    return [check.value if check else None for check in found]


def trend_of(now: Outcome, values: Sequence[float | None]) -> Trend | None:
    """Where the measure of a check is heading; None when that cannot be told.

    values: what it measured in each run, the oldest first, the last one now.
    """
    if now.measure is None:
        return None
    return trend([value for value in values[-TREND_RUNS:] if value is not None], now.measure)


def trend(values: Sequence[float], measure: Measure) -> Trend | None:
    """The least squares slope of the last values, when there are enough and it is clear.

    values: the oldest first; measure: the last of them, with its limits.
    """
    if len(values) < LEAST_RUNS:
        return None
    slope = _clear_slope(values)
    return Trend(slope, _runs_left(measure, slope)) if slope else None


def _clear_slope(values: Sequence[float]) -> float | None:
    """The slope, unless chance may have made it."""
    places = range(len(values))
    slope, start = linear_regression(places, values)
    middle = (len(values) - 1) / 2
    spread = sum((place - middle) ** 2 for place in places)
    left = sum((value - start - slope * place) ** 2 for place, value in zip(places, values, strict=True))
    error = math.sqrt(left / (len(values) - 2) / spread)
    # A line without any error is one of exact values; rounding leaves a trace of a slope on a level one.
    level = max(abs(value) for value in values) * 1e-9
    return slope if abs(slope) > max(CLEAR * error, level) else None


def _runs_left(measure: Measure, slope: float) -> int | None:
    limit = measure.high if slope > 0 else measure.low
    if limit is None:
        return None
    left = (limit - measure.value) / slope
    # What is exact in decimals is not in binary: 6.0000000001 runs are 6.
    runs = math.ceil(round(left, 6))
    return runs if 0 < runs <= FURTHEST else None


def _differs(now: Outcome, then: Outcome | None) -> bool:
    if then is None or now.success != then.success or now.problem != then.problem:
        return True
    if now.measure is not None and then.measure is not None:
        return not math.isclose(now.measure.value, then.measure.value)
    if now.element_count:
        return _share(now) != _share(then)
    return now.observed != then.observed


def _share(outcome: Outcome) -> float:
    """The share of rows that fail: how many were looked at differs from run to run."""
    return (outcome.unexpected_count or 0) / (outcome.element_count or 1)
