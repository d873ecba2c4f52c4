"""What changed since the last run that passed, and the arithmetic of trends."""

from collections.abc import Sequence

import pytest

from report.changes import Change, Trend, changes, first_failed, trend, values_of
from report.gate_report import GateReport, Measure
from report.past import Earlier, Past
from tests.report.other_reports import orders
from tests.report.reports import report
from tests.report.users_reports import users_nights, users_ready, valid_ratio

AT_MOST = Measure(0.01, high=0.05)


def ending_in(last: float, *, by: float, runs: int = 10) -> list[float]:
    """Values on a straight line, the last one given."""
    return [last - by * ago for ago in range(runs - 1, -1, -1)]


def test_a_rising_measure_reaches_its_limit_after_the_runs_that_the_slope_says():
    found = trend(ending_in(0.01, by=0.0005), AT_MOST)
    assert found is not None
    assert found.slope == pytest.approx(0.0005)
    assert found.runs_left == 80


def test_runs_left_are_rounded_up_but_not_for_a_trace_of_binary_rounding():
    assert trend(ending_in(2, by=0.7), Measure(2, high=4, unit="number")) == Trend(pytest.approx(0.7), 3)
    assert trend(ending_in(0.26, by=0.04), Measure(0.26, high=0.5)) == Trend(pytest.approx(0.04), 6)


def test_a_falling_measure_heads_for_its_lower_limit():
    found = trend(ending_in(0.9, by=-0.02), Measure(0.9, low=0.8))
    assert found is not None
    assert found.slope < 0
    assert found.runs_left == 5


@pytest.mark.parametrize(
    "measure",
    [Measure(0.9, low=0.8), Measure(0.9, high=0.5), Measure(0.9, high=90.0), Measure(0.9)],
    ids=["heads away", "is beyond", "is far", "has no limit"],
)
def test_a_limit_that_is_not_ahead_or_not_soon_is_not_foretold(measure: Measure):
    found = trend(ending_in(0.9, by=0.01), measure)
    assert found is not None
    assert found.runs_left is None


def test_six_runs_are_too_few_for_a_trend_and_seven_are_enough():
    assert trend(ending_in(0.01, by=0.0005, runs=6), AT_MOST) is None
    assert trend(ending_in(0.01, by=0.0005, runs=7), AT_MOST) is not None


@pytest.mark.parametrize(
    "values",
    [[0.01] * 9, [0.1 + 0.2 - 0.3 + 0.01] * 9, [0.01, 0.02] * 5, [0.01, 0.03, 0.02, 0.01, 0.03, 0.02, 0.015]],
    ids=["level", "level but for rounding", "to and fro", "no order"],
)
def test_without_a_clear_slope_no_trend_is_told(values: list[float]):
    assert trend(values, AT_MOST) is None


def test_a_noisy_but_steady_rise_is_a_trend():
    values = [0.010, 0.012, 0.013, 0.013, 0.016, 0.016, 0.019, 0.020, 0.021]
    found = trend(values, Measure(0.021, high=0.05))
    assert found is not None
    assert found.slope == pytest.approx(0.00137, abs=0.0001)
    assert found.runs_left == 21


def changed(made: GateReport, earlier: Sequence[GateReport]) -> list[Change]:
    return changes(made, Past.of(made, earlier))


def runs(*reports: GateReport) -> list[Earlier]:
    return [Earlier.of(report) for report in reports]


def test_only_the_last_fourteen_runs_make_a_trend():
    past = [users_ready(ago, unknown=10) for ago in range(1, 14)]
    long_ago = [users_ready(ago, unknown=500 - ago) for ago in range(14, 30)]
    found = changed(users_ready(unknown=11), [*past, *long_ago])
    assert [(change.name, change.trend) for change in found] == [("unknown_values", None)]


def test_what_differs_stands_with_now_then_and_the_difference_and_failures_first():
    found = changed(users_ready(valid=690, unknown=8), users_nights())
    assert [change.name for change in found] == ["valid_ratio", "unknown_values"]
    assert found[0].now.measure is not None
    assert found[0].now.measure.value == 0.69
    assert found[0].difference == pytest.approx(0.69 - 0.938)


def test_the_comparison_is_with_the_last_run_that_passed_and_not_with_closed_ones():
    good = users_ready(3, valid=950)
    now, past = users_ready(valid=690), [users_ready(1, valid=700), users_ready(2, valid=710), good]
    assert Past.of(now, past).good == good
    found = changed(now, past)
    assert found[0].difference == pytest.approx(0.69 - 0.95)


def test_the_run_in_which_a_check_first_failed_is_the_last_one_without_a_pause():
    now, *past = runs(
        users_ready(valid=690),
        users_ready(1, valid=700),
        users_ready(2, valid=710),
        users_ready(3),
        users_ready(4, valid=500),
    )
    assert first_failed("valid_ratio", [now, *past]) == past[1]
    assert first_failed("valid_ratio", [now, *past[2:]]) == now
    assert first_failed("no_row_lost", [now, *past]) is None


def test_a_check_that_is_new_differs_and_has_no_difference():
    before = report("users_ready", [], nights_ago=1)
    found = changed(report("users_ready", [valid_ratio(960, 1000)]), [before])
    assert [(change.name, change.then, change.difference) for change in found] == [
        ("valid_ratio", None, None)
    ]


def test_without_a_run_that_passed_nothing_is_compared():
    assert changed(users_ready(valid=690), []) == []
    assert changed(users_ready(valid=690), [users_ready(1, valid=700)]) == []


def test_reports_without_keys_and_measures_are_compared_by_the_share_that_fails():
    found = changed(orders(empty=2), [orders(1)])
    assert [change.name for change in found] == ["expect_column_values_to_not_be_null.customer_id"]
    assert changed(orders(), [orders(1)]) == []


def test_outcomes_with_one_name_are_numbered_in_their_order():
    twice = report("users_ready", [valid_ratio(960, 1000), valid_ratio(950, 1000)])
    assert list(twice.by_name) == ["valid_ratio", "valid_ratio.2"]


def test_measures_are_told_oldest_first_with_gaps_where_a_run_did_not_have_the_check():
    found = runs(users_ready(valid=960), users_ready(1, valid=950), orders(2), users_ready(3, valid=940))
    assert values_of("valid_ratio", found) == [0.94, None, 0.95, 0.96]
