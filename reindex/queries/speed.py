"""Whether a query takes longer on the target: told where a reader would notice, and measured again first."""

from collections.abc import Callable

TIMES = 2.0
NOTICED = 50
"""Milliseconds below which nobody notices; shorter times are mostly chance."""
AGAIN = 3
"""Measurements of each side before anything is told; the first answer has warmed both up."""

Measure = Callable[[], int]
"""Asks one side once more; milliseconds that the server took."""


def slower(source: int, target: int) -> bool:
    """Whether the target takes over twice the milliseconds of the source, and enough to be noticed."""
    return target > NOTICED and target > TIMES * source


def slowed(source: int, target: int, *, again: tuple[Measure, Measure]) -> tuple[int, int] | None:
    """The best times of source and target when the target is slower, measured by turns; None when it is not.

    source, target: of the first answers, by which nearly all queries are known to be fast enough.
    """
    if not slower(source, target):
        return None
    times = [[measure() for measure in again] for _ in range(AGAIN)]
    best = min(one for one, _ in times), min(other for _, other in times)
    return best if slower(*best) else None
