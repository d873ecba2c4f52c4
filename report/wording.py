"""Numbers and observations in words, for reports, mail and the descriptions in Data Docs."""

import math
from collections.abc import Callable, Mapping
from typing import Any

MAX_DIGITS = 8


def of_things(count: int, thing: str) -> str:
    """So many things: `1 row`, `2,000 rows`."""
    return f"{count:,} {thing if count == 1 else thing + 's'}"


def not_adding_up(count: int) -> str:
    """What a sentence about counted things ends in when so many of them are counted wrongly."""
    return f", of which {count:,} {'does' if count == 1 else 'do'} not add up" if count else ""


def percent(ratio: float) -> str:
    """The ratio as a percentage: `80 %`, `71.3 %`; more digits where rounding would hide a difference."""
    value = ratio * 100
    whole, digits = math.isclose(value, round(value)), 1
    while not whole and digits < MAX_DIGITS and float(f"{value:.{digits}f}").is_integer():
        digits += 1
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return f"{text} %"


def at_least(ratio: float) -> str:
    """A lower limit in words: `at least 80 %`."""
    return f"at least {percent(ratio)}"


def at_most(ratio: float) -> str:
    """An upper limit in words: `at most 5 %`."""
    return f"at most {percent(ratio)}"


VALUES: Mapping[str, Callable[[Any], str]] = {
    "rows": lambda value: of_things(value, "row"),
    "hours": lambda value: f"{value:,.1f} hours",
    "share": lambda value: percent(float(value)),
}


def observed(
    result: Mapping[str, Any],
    meta: Mapping[str, Any],
    *,
    success: bool,
    words: Mapping[str, Callable[[Any], str]] = VALUES,
) -> str:
    """What was observed, in words.

    result: the `result` of a validation result. meta: the meta of its expectation; `unit` (a key of `words`,
    or `presence`), `label` (what the good rows are) or `fault` (what the bad ones are) choose the words.
    """
    unit = meta.get("unit")
    if unit == "presence":
        return "present" if success else "absent"
    value = result.get("observed_value")
    if isinstance(value, str):
        return value
    if "element_count" in result:
        return _rows_observed(result, meta)
    if value is None:
        return "nothing observed"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return words[str(unit)](value) if unit in words else str(value)


def _rows_observed(result: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    bad = int(result.get("unexpected_count") or 0)
    rows = int(result["element_count"]) - int(result.get("missing_count") or 0)
    if rows == 0:
        return "no value to look at"
    if "label" in meta:
        return f"{percent((rows - bad) / rows)} {meta['label']} ({rows - bad:,} of {rows:,} rows)"
    if "fault" in meta:
        return f"{percent(bad / rows)} {meta['fault']} ({bad:,} of {rows:,} rows)"
    return f"{bad:,} of {rows:,} rows fail" if bad else f"all {rows:,} rows"
