"""Measures, limits and margins as sentences of each language."""

import pytest

from report import told
from report.changes import Trend
from report.gate_report import Measure, Unit
from report.said import Language


@pytest.mark.parametrize(
    ("amount", "unit", "english", "french"),
    [
        (0.69, "share", "69 %", "69 %"),
        (0.96234, "share", "96.2 %", "96,2 %"),
        (0.99996, "share", "99.996 %", "99,996 %"),
        (1, "share", "100 %", "100 %"),
        (12480, "number", "12,480", "12 480"),
        (2.5, "hours", "2.5 h", "2,5 h"),
    ],
)
def test_values_are_written_by_their_unit(amount: float, unit: Unit, english: str, french: str):
    assert told.value(amount, unit, "en").replace("\u00a0", " ") == english
    assert told.value(amount, unit, "fr").replace("\u00a0", " ").replace("\u202f", " ") == french


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        (Measure(0.9, low=0.8), "≥ 80 %"),
        (Measure(0.9, low=1.0), "100 %"),
        (Measure(0.9, high=0.05), "≤ 5 %"),
        (Measure(0.001, high=0.01, strict=True), "< 1 %"),
        (Measure(3, low=2, unit="number", strict=True), "> 2"),
        (Measure(1000, low=1000, high=1000, unit="number"), "= 1,000"),
        (Measure(1000, low=900, high=1100, unit="number"), "900 – 1,100"),
        (Measure(3, high=0, unit="number"), "0"),
        (Measure(3, unit="number"), ""),
    ],
)
def test_limits_are_signs_and_numbers(measure: Measure, text: str):
    assert told.limit(measure, "en").replace("\u00a0", " ") == text


def test_facts_are_numbers_of_the_language_and_all_else_as_it_is():
    assert [told.fact(given, "en") for given in (0.01, 12480, True, "abc", ["a"])] == [
        "0.01", "12,480", "yes", "abc", "['a']",
    ]  # fmt: skip
    assert told.fact(0.01, "fr") == "0,01"


@pytest.mark.parametrize(
    ("amount", "unit", "language", "text"),
    [
        (-0.248, "share", "en", "−24.8 points"),
        (0.01, "share", "en", "+1 point"),
        (0.015, "share", "fr", "+1,5 point"),
        (0.00002, "share", "en", "below 0.1 point"),
        (-4, "number", "en", "−4"),
    ],
)
def test_differences_have_a_sign_and_shares_are_told_in_points(
    amount: float, unit: Unit, language: Language, text: str
):
    assert told.difference(amount, unit, language) == text


def test_a_margin_tells_its_trend_and_when_the_limit_is_reached():
    measure = Measure(0.01, high=0.05)
    assert told.margin(measure, None, "en") == "1 % of 5 % allowed"
    assert told.margin(measure, Trend(0.007, 6), "en") == (
        "1 % of 5 % allowed, rising; at this slope reached in about 6 runs"
    )
    assert told.margin(measure, Trend(0.04, 1), "en").endswith("reached in about 1 run")
    assert told.margin(measure, Trend(-0.007), "en") == "1 % of 5 % allowed, falling"
    assert told.margin(measure, Trend(0.007, 6), "fr").replace("\u202f", " ").replace("\u00a0", " ") == (
        "1 % sur 5 % admis, en hausse ; à ce rythme, limite atteinte dans environ 6 exécutions"
    )


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        (Measure(0.69, low=0.8), "69 % where at least 80 % is needed"),
        (Measure(0.99, low=1.0), "99 % where 100 % is needed"),
        (Measure(7, low=8, high=8, unit="number"), "7 where exactly 8 is needed"),
        (Measure(7, low=8, high=9, unit="number"), "7 where 8 – 9 is allowed"),
        (Measure(0.061, high=0.05), "6.1 % where 5 % is allowed"),
        (Measure(7, unit="number"), ""),
    ],
)
def test_each_kind_of_limit_has_a_margin(measure: Measure, text: str):
    assert told.margin(measure, None, "en") == text
