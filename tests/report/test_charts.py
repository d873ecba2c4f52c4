"""Charts: where values and limits lie, what they say to whoever cannot see them, no inline style."""

import pytest
from markupsafe import Markup

from report.charts import Scale, Series, bar, line_chart, sparkline
from report.gate_report import Measure
from report.site import Site
from report.strip import strip
from tests.report.users_reports import users_nights, users_ready


def test_a_scale_places_values_between_its_ends_and_no_further():
    scale = Scale(0.0, 1.0, 200)
    assert [scale.at(value) for value in (-1, 0, 0.8, 1, 7)] == [0, 0, 160, 200, 200]


def test_a_bar_ends_at_the_value_and_shades_what_is_not_allowed():
    drawn = bar(Measure(0.69, low=0.8), title="69 %", state="closed")
    assert 'class="value" width="138.0"' in drawn
    assert 'class="beyond" width="160.0"' in drawn
    assert 'aria-label="69 %"' in drawn


def test_a_bar_with_an_upper_limit_reaches_a_quarter_beyond_it():
    drawn = bar(Measure(0.01, high=0.05), title="1 %", state="open")
    assert 'class="value" width="32.0"' in drawn
    assert 'class="beyond" x="160.0" width="40.0"' in drawn


@pytest.mark.parametrize(
    "measure", [Measure(0.0, high=0.0, unit="number"), Measure(3.0, unit="hours"), Measure(0.0)]
)
def test_a_bar_is_drawn_of_any_measure(measure: Measure):
    assert bar(measure, title="x", state="open").startswith("<svg")


def test_a_bar_of_what_must_never_fail_shows_what_did_not():
    assert 'class="value" width="200.0"' in bar(Measure(0.0, high=0.0), title="x", state="open")
    assert 'class="value" width="180.0"' in bar(Measure(0.1, high=0.0), title="x", state="closed")


def test_a_sparkline_ends_in_a_dot_and_leaves_out_what_was_not_measured():
    drawn = sparkline([0.9, None, 0.7], title="Last 3", low=0.8)
    assert drawn.count('class="dot"') == 1
    assert 'd="M0 1.8 114 24.2"' in drawn
    assert 'class="limit"' in drawn


def test_nothing_measured_is_no_chart():
    assert sparkline([None, None], title="x") == Markup("")
    assert sparkline([], title="x") == Markup("")


def test_one_value_and_equal_values_are_drawn_too():
    assert 'class="dot"' in sparkline([5], title="x")
    assert 'class="line"' in sparkline([0, 0, 0], title="x", high=0)


def test_a_line_chart_carries_its_numbers_as_a_table_the_newest_first():
    drawn = line_chart(
        [Series("valid", [900, 950]), Series("rejected", [100, None])],
        title="Rows",
        labels=["24 Nov", "25 Nov"],
        form=lambda value: f"{value:.0f}",
        language="en",
        high=1000,
    )
    assert drawn.index('<th scope="row">25 Nov') < drawn.index('<th scope="row">24 Nov')
    assert "<td>950</td><td>–</td>" in drawn
    assert "limit 1000" in drawn
    assert '<li class="s2">rejected</li>' in drawn


def test_a_strip_shows_the_last_thirty_verdicts_the_newest_at_the_end():
    drawn = strip([users_ready(valid=690), *users_nights(40)], "en", site=Site())
    assert drawn.count("<li>") == 30
    assert "Last 30 verdicts" in drawn
    assert drawn.rindex('class="closed"') > drawn.rindex('class="open"')
    assert 'title="26 Nov, 02:03 · Closed"' in drawn


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "' onload='x"])
def test_names_in_charts_are_escaped(hostile: str):
    drawn = line_chart(
        [Series(hostile, [1, 2]), Series("b", [1, 2])],
        title=hostile,
        labels=[hostile, "b"],
        form=str,
        language="en",
    )
    drawn += sparkline([1, 2], title=hostile) + bar(Measure(1), title=hostile, state="open")
    assert hostile not in drawn
    assert "style=" not in drawn
