"""What was observed, in words, for reports and mail; and the numbers in words that a suite needs."""

from collections.abc import Callable, Mapping
from typing import Any

from report.said import Said, at_least, at_most, percent, plain, say

__all__ = [
    "NOTHING_OBSERVED",
    "VALUES",
    "at_least",
    "at_most",
    "observed",
    "percent",
    "rows_seen",
    "translated",
]

FRENCH = "french"
"""Key of what is French: in the meta of an expectation by name, in a result the observed value."""

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
