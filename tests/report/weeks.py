"""Invented verdicts of the weekly gate."""

from collections.abc import Sequence

from report.gate_report import GateReport, Measure, Unit
from report.said import Said, say
from tests.report.reports import check, report

LIMITS: dict[str, tuple[Said, float | None, float | None, Unit]] = {
    "success": (say("more than {x:percent}", "plus de {x:percent}", x=0.95), 0.95, None, "share"),
    "valid_rows": (say("more than {x:percent}", "plus de {x:percent}", x=0.8), 0.8, None, "share"),
    "run_minutes": (say("less than 10 minutes", "moins de 10 min"), None, 10, "number"),
    "document_loss": (say("less than {x:percent}", "moins de {x:percent}", x=0.01), None, 0.01, "share"),
    "snapshots": (say("at least 3", "au moins 3"), 3, None, "number"),
    "alerts_delivered": (say("at least {x:percent}", "au moins {x:percent}", x=1), 1, None, "share"),
}
"""Of each figure its limit in words, its lower and its upper limit, and what it is measured in."""
GOOD = {
    "success": 29 / 30,
    "valid_rows": 0.961,
    "run_minutes": 2.4,
    "document_loss": 0.0004,
    "snapshots": 3.0,
}


def week(ago: int, *, runs: int = 30, **figures: float) -> GateReport:
    """The verdict so many weeks ago. figures: those that differ from good ones, by their keys."""
    outcomes = []
    for key, value in {**GOOD, **figures}.items():
        limit, low, high, unit = LIMITS[key]
        success = (low is None or value >= low) and (high is None or value < high)
        seen = say("{x:number}", "{x:number}", x=value)
        measure = Measure(value, low, high, unit)
        outcomes.append(check(key, Said(key, key), seen, limit, success=success, measure=measure))
    return report(
        "runs_weekly",
        outcomes,
        nights_ago=7 * ago,
        rows=runs,
        unit="runs",
        dag="quality_kpis_weekly",
        holds=None,
    )


def weeks(count: int = 14) -> Sequence[GateReport]:
    """The last weeks, the newest first: a slow one, one that lost documents, one that failed, short ones."""
    odd = {
        2: {"run_minutes": 14.2, "alerts_delivered": 1.0},
        5: {"document_loss": 0.013, "alerts_delivered": 0.5},
        8: {"success": 0.9, "alerts_delivered": 1.0},
    }
    return [week(ago, runs=min(30, 7 * (count - ago)), **odd.get(ago, {})) for ago in range(count)]
