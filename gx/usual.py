"""What is usual for a gate: the median and the spread of its recent runs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from report.said import Said, say

ENOUGH_RUNS = 7
"""Fewer runs say nothing about what is usual."""

SIGMAS = 3
SIGMA_OF_MAD = 1.4826
"""Of a normal distribution: its standard deviation, as a multiple of the median absolute deviation."""


@dataclass(frozen=True)
class Usual:
    """What recent runs had. low, high: what is near enough to their median. runs: how many they were."""

    median: float
    low: float
    high: float
    runs: int


def usual(values: Sequence[float], *, at_least: float) -> Usual | None:
    """The median of the values, and three standard deviations around it, by their median absolute deviation.

    An outlier or two do not move it. at_least: how far from the median is always near enough.
    None with fewer values than `ENOUGH_RUNS`.
    """
    if len(values) < ENOUGH_RUNS:
        return None
    middle = median(values)
    spread = SIGMAS * SIGMA_OF_MAD * median(abs(value - middle) for value in values)
    reach = max(spread, at_least)
    return Usual(middle, middle - reach, middle + reach, len(values))


def usual_share(facts: Mapping[str, object], key: str, *, at_least: float) -> Usual | None:
    """What is usual for a check that measures a share, with limits between 0 and 1; None as for `usual`."""
    found = usual(recent_measures(facts, key), at_least=at_least)
    if found is None:
        return None
    return Usual(found.median, max(0.0, found.low), min(1.0, found.high), found.runs)


def recent_rows(facts: Mapping[str, object]) -> list[float]:
    """Rows of the gate's recent runs, newest first; none without a history."""
    return _numbers(facts.get("recent_rows"))


def recent_measures(facts: Mapping[str, object], key: str) -> list[float]:
    """What a check measured in the gate's recent runs, newest first; none without a history."""
    measures = facts.get("recent_measures")
    return _numbers(measures.get(key)) if isinstance(measures, Mapping) else []


def too_few(runs: int, what: Said) -> tuple[Said, ...]:
    """The line about what cannot be compared yet; nothing when there are enough runs. what: a plural."""
    if runs >= ENOUGH_RUNS:
        return ()
    return (
        say(
            "{what} are not compared with recent runs yet: {runs:run|runs} of the {enough:number} needed.",
            "{what} ne sont pas encore comparés aux dernières exécutions : {runs:exécution|exécutions} "
            "sur les {enough:number} nécessaires.",
            what=what,
            runs=runs,
            enough=ENOUGH_RUNS,
        ),
    )


def _numbers(values: object) -> list[float]:
    found = values if isinstance(values, list) else []
    return [float(value) for value in found if isinstance(value, int | float) and math.isfinite(value)]
