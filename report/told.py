"""Measures, limits, margins and differences in words."""

from report.changes import Trend
from report.gate_report import Measure, Unit
from report.said import Language, number, percent
from report.words import word

MINUS = "\u2212"


def value(amount: float, unit: Unit, language: Language) -> str:
    """`69 %`, `1,000`, `2.5 h`."""
    match unit:
        case "share":
            return percent(round(amount, 4) if 0.001 < amount < 0.999 else amount, language)
        case "hours":
            return f"{number(amount, language)}\u00a0h"
        case "number":
            return number(amount, language)


def limit(measure: Measure, language: Language) -> str:
    """`≥ 80 %`, `< 1 %`, `= 1,000`, `900 – 1,100`; `0` where nothing is allowed; empty without a limit."""
    low, high = (
        None if each is None else value(each, measure.unit, language) for each in (measure.low, measure.high)
    )
    if low is not None and high is not None:
        return f"=\u00a0{low}" if measure.low == measure.high else f"{low} – {high}"
    if low is not None:
        exact = measure.unit == "share" and measure.low is not None and measure.low >= 1
        return low if exact else f"{'>' if measure.strict else '≥'}\u00a0{low}"
    if high == value(0, measure.unit, language):
        return high
    return "" if high is None else f"{'<' if measure.strict else '≤'}\u00a0{high}"


def fact(given: object, language: Language) -> str:
    """A threshold or a fact of a gate: numbers as the language writes them, all else as it is.

    Of records only how many there are: their check tells them in words.
    """
    if isinstance(given, list) and any(isinstance(each, dict) for each in given):
        given = len(given)
    if isinstance(given, bool):
        return word("yes" if given else "no", language)
    if not isinstance(given, int | float):
        return str(given)
    return number(given, language, digits=6)


def difference(amount: float, unit: Unit, language: Language) -> str:
    """`−27.2 points` of a share, `below 0.1 point`, `+4` of a number."""
    sign = MINUS if amount < 0 else "+"
    match unit:
        case "share":
            points = round(abs(amount) * 100, 1)
            return sign + word("points", language, n=points) if points else word("below_a_point", language)
        case _:
            return sign + value(abs(amount), unit, language)


def margin(measure: Measure, trend: Trend | None, language: Language) -> str:
    """`1 % of 5 % allowed, rising; at this slope reached in about 6 runs`; empty without a limit."""
    said = _margin(measure, language)
    if not said or trend is None:
        return said
    said += word("rising" if trend.slope > 0 else "falling", language)
    if trend.runs_left is not None:
        said += word("reached_in", language, n=trend.runs_left)
    return said


def _margin(measure: Measure, language: Language) -> str:
    now = value(measure.value, measure.unit, language)
    low, high = measure.low, measure.high
    if low is not None and high is not None:
        both = limit(measure, language).removeprefix("=\u00a0")
        return word("margin_exact" if low == high else "margin_both", language, now=now, limit=both)
    if high is not None:
        key = "margin_high" if measure.value <= high else "margin_both"
        return word(key, language, now=now, limit=value(high, measure.unit, language))
    if low is None:
        return ""
    key = "margin_all" if measure.unit == "share" and low >= 1 else "margin_low"
    return word(key, language, now=now, limit=value(low, measure.unit, language))
