"""Invented verdicts for those who watch."""

from datetime import UTC, datetime, timedelta

from report.gate_report import GateReport, Measure
from report.said import Said
from tests.report.reports import a_report, check

USERS = {"dag": "etl_users_daily", "gate": "users_ready"}
STILL = Said("as it was", "comme avant")


def verdict(*, valid: float, hours_ago: float = 1, **fields: object) -> GateReport:
    """A verdict of users_ready. valid: share of the rows, of which 80 % are needed."""
    ratio = check(
        "valid_ratio", STILL, STILL, STILL, success=valid >= 0.8, measure=Measure(valid, low=0.8, high=None)
    )
    decided = {
        "dag": USERS["dag"],
        "outcomes": (ratio,),
        "passed": valid >= 0.8,
        "rows": 1000,
        "counts": {"valid": round(1000 * valid), "duplicate": 12},
        "started_at": (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat(),
    }
    return a_report(**{**decided, **fields})
