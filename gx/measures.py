"""What a check measured, as a number against its limits: for bars, margins and trends."""

import math
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

from gx.severity import COMPLEMENT
from report.gate_report import Measure, Unit
from report.wording import rows_seen

MEASURE = "measure"
"""Key of a result under which one of our own expectations says what it measured."""

ROWS_OF_A_QUERY = "unexpected_rows_expectation"

UNITS: Mapping[str, Unit] = {"share": "share", "hours": "hours"}

# Shares are computed as 1 - x: 1 - 0.3 must not come out above 0.7.
DIGITS = 12


def measure_of(
    kind: str,
    options: Mapping[str, Any],
    detail: Mapping[str, Any],
    meta: Mapping[str, Any],
    limits: Mapping[str, float],
) -> Measure | None:
    """What was measured; None where nothing was, or where it is no number, as with names.

    kind, options, meta: of the expectation. detail: the `result` of its validation result. limits: values of
    the parameters that the options may name.
    """
    if MEASURE in detail:
        return Measure(**detail[MEASURE])
    if "element_count" in detail:
        return _of_rows(detail, meta, _limit(options.get("mostly"), limits))
    value = _number(detail.get("observed_value"))
    if value is None:
        return None
    if kind == ROWS_OF_A_QUERY:
        return Measure(value, high=0, unit="number")
    low, high = (
        _limit(options.get(name, options.get("value")), limits) for name in ("min_value", "max_value")
    )
    if low is None and high is None:
        return None
    strict = bool(options.get("strict_min") or options.get("strict_max"))
    if meta.get(COMPLEMENT):
        return Measure(_rest(value), _rest(high), _rest(low), strict=strict)
    return Measure(value, low, high, UNITS.get(str(meta.get("unit")), "number"), strict)


def _of_rows(detail: Mapping[str, Any], meta: Mapping[str, Any], mostly: float | None) -> Measure | None:
    """The share of the good rows where they have a label, else that of the bad ones."""
    bad, rows = rows_seen(detail)
    if rows <= 0:
        return None
    needed = 1.0 if mostly is None else mostly
    if "label" in meta:
        return Measure((rows - bad) / rows, low=needed)
    return Measure(bad / rows, high=_rest(needed))


def _limit(option: Any, limits: Mapping[str, float]) -> float | None:
    """The number that an option is, or that the parameter has that it names."""
    named = isinstance(option, Mapping) and option.get("$PARAMETER")
    return _number(limits.get(named) if named else option)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, Real | Decimal) or not math.isfinite(value):
        return None
    return int(value) if isinstance(value, Integral) else float(value)


def _rest(share: Any) -> Any:
    return None if share is None else round(1 - share, DIGITS)
