"""What was observed, in words, for reports and mail; and the numbers in words that a suite needs."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from report.gate_report import Measure
from report.said import Said, at_least, at_most, percent, plain, say

__all__ = [
    "NOTHING_OBSERVED",
    "VALUES",
    "at_least",
    "at_most",
    "observed",
    "percent",
    "reason",
    "rows_seen",
    "translated",
]

FRENCH = "french"
"""Key of what is French: in the meta of an expectation by name, in a result the observed value."""

SILENT = Said("", "")
NOTHING_OBSERVED = say("nothing observed", "rien d’observé")

Say = Callable[[Any], str | Said]

VALUES: Mapping[str, Say] = {
    "rows": lambda value: say("{rows:row|rows}", "{rows:ligne|lignes}", rows=value),
    "hours": lambda value: say("{hours:decimal} hours", "{hours:decimal}\u202fh", hours=value),
    "share": lambda value: say("{share:percent}", "{share:percent}", share=float(value)),
}


def observed(
    result: Mapping[str, Any],
    meta: Mapping[str, Any],
    *,
    success: bool,
    words: Mapping[str, Say] = VALUES,
) -> Said:
    """What was observed, in words.

    result: the `result` of a validation result. meta: the meta of its expectation; `unit` (a key of `words`,
    or `presence`), `label` (what the good rows are) or `fault` (what the bad ones are) choose the words.
    """
    unit = meta.get("unit")
    if unit == "presence":
        return say("present", "présente") if success else say("absent", "absente")
    value = result.get("observed_value")
    if isinstance(value, str):
        return Said(value, str(result.get(FRENCH, value)))
    if "element_count" in result:
        return _rows_observed(result, meta)
    if value is None:
        return NOTHING_OBSERVED
    if isinstance(value, list):
        return plain(", ".join(map(str, value))) if value else say("none", "aucune valeur")
    return plain(words[str(unit)](value) if unit in words else str(value))


def reason(result: Mapping[str, Any], meta: Mapping[str, Any], measure: Measure | None) -> Said:
    """Why a check on rows failed: `690 of 1,000 rows are valid, 800 are needed`; else empty.

    result, meta: as of `observed`; `predicate` is what the rows of `fault` do (`have an unknown value`) in a
    sentence. measure: the share of the good rows where they have a label, else that of the bad ones.
    """
    if measure is None or "element_count" not in result:
        return SILENT
    bad, rows = rows_seen(result)
    if "label" in meta and measure.low is not None:
        what = say("are {good}", "sont {good}", good=translated(meta, "label"))
        return _of_rows(rows - bad, rows, what, _needed(measure.low * rows, rows))
    if "fault" in meta and measure.high is not None:
        what = translated(meta, "predicate" if "predicate" in meta else "fault")
        return _of_rows(bad, rows, what, _allowed(measure.high * rows))
    return SILENT


def _of_rows(seen: int, rows: int, what: Said, limit: Said) -> Said:
    return say(
        "{seen:number} of {rows:number} rows {what}, {limit}",
        "{seen:ligne|lignes} sur {rows:number} {what}, {limit}",
        seen=seen,
        rows=rows,
        what=what,
        limit=limit,
    )


def _needed(least: float, rows: int) -> Said:
    # Of 0.8 and 1,000 in binary 800.0000000001 may come.
    number = math.ceil(round(least, 6))
    if number >= rows:
        return say("all are needed", "il les faut toutes")
    return say("{number:is needed|are needed}", "il en faut {number:number}", number=number)


def _allowed(most: float) -> Said:
    number = math.floor(round(most, 6))
    if not number:
        return say("none is allowed", "aucune n’est admise")
    return say(
        "at most {number:is allowed|are allowed}", "au plus {number:est admise|sont admises}", number=number
    )


def translated(meta: Mapping[str, Any], name: str) -> Said:
    """A text of an expectation's meta in each language; empty where it has none."""
    text = str(meta.get(name, ""))
    return Said(text, str(meta.get(FRENCH, {}).get(name, text)))


def rows_seen(result: Mapping[str, Any]) -> tuple[int, int]:
    """Rows that fail, and rows that were looked at: those without a value are not."""
    missing = int(result.get("missing_count") or 0)
    return int(result.get("unexpected_count") or 0), int(result["element_count"]) - missing


def _rows_observed(result: Mapping[str, Any], meta: Mapping[str, Any]) -> Said:
    bad, rows = rows_seen(result)
    if rows == 0:
        return say("no value to look at", "aucune valeur à examiner")
    for name, seen in (("label", rows - bad), ("fault", bad)):
        if name in meta:
            return say(
                "{share:percent} {what} ({seen:number} of {rows:number} rows)",
                "{share:percent} {what} ({seen:ligne|lignes} sur {rows:number})",
                share=seen / rows,
                what=translated(meta, name),
                seen=seen,
                rows=rows,
            )
    if bad:
        return say(
            "{bad:number} of {rows:number} rows fail",
            "{bad:ligne|lignes} en défaut sur {rows:number}",
            bad=bad,
            rows=rows,
        )
    return say("all {rows:number} rows", "toutes les lignes ({rows:number})", rows=rows)
