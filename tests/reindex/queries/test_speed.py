"""When a query is called slower, by times that are handed in."""

from collections.abc import Callable, Iterator

import pytest

from reindex.queries.speed import slowed


def measured(*times: int) -> Callable[[], int]:
    """So long it takes, one time after the other; more often nobody asks."""
    left: Iterator[int] = iter(times)
    return lambda: next(left)


NEVER = (measured(), measured())


@pytest.mark.parametrize(
    ("source", "target"),
    [(100, 100), (100, 200), (1, 50), (300, 10), (0, 0)],
    ids=["as fast", "exactly twice", "too short to be noticed", "faster", "no time"],
)
def test_a_query_that_is_fast_enough_is_not_measured_again(source: int, target: int):
    assert slowed(source, target, again=NEVER) is None


def test_over_twice_the_time_in_the_best_of_three_is_slower():
    again = measured(120, 110, 130), measured(400, 240, 500)
    assert slowed(100, 300, again=again) == (110, 240)


def test_a_first_answer_of_a_cold_cache_is_not_slower():
    again = measured(100, 110, 90), measured(900, 180, 200)
    assert slowed(100, 900, again=again) is None


def test_both_sides_are_measured_by_turns():
    order: list[str] = []

    def asked(side: str) -> int:
        order.append(side)
        return 100 if side == "source" else 300

    slowed(100, 300, again=(lambda: asked("source"), lambda: asked("target")))
    assert order == ["source", "target"] * 3
