"""Invented nights of the users: what their gate saw, and what that does to the incidents."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from alerts.causes import Cause
from alerts.incidents.incident import Change, Good, Severity, Sighting
from alerts.incidents.observe import observe

DAG, GATE, OWNER = "etl_users_daily", "users_ready", "Users team"
MONDAY = datetime(2026, 11, 23, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def night(number: int) -> datetime:
    """When the gate of a night begins; the first is a Monday."""
    return MONDAY + (number - 1) * DAY


def run_of(number: int) -> str:
    """The run of a night."""
    return f"scheduled__{night(number):%Y-%m-%d}"


def page_of(number: int, attempt: int = 1) -> str:
    """The page of a night's verdict."""
    return f"runs/{GATE}/{run_of(number)}/{attempt}/index.html"


def sighting(
    number: int,
    check: str = "valid_ratio",
    *,
    gate: str = GATE,
    severity: Severity = "critical",
    attempt: int = 1,
    said: str = "690 of 1,000 rows are valid, 800 are needed",
) -> Sighting:
    """A check that fails in a night."""
    page, cause = page_of(number, attempt), Cause(DAG, gate, check)
    return Sighting(
        cause, severity, OWNER, run_of(number), page, said, "690 lignes sur 1 000", at=night(number)
    )


def good(number: int, *, gate: str = GATE, checks: Sequence[str] | None = None, attempt: int = 1) -> Good:
    """A gate that is open in a night, or some of its checks that passed."""
    return Good(DAG, gate, checks, page_of(number, attempt), night(number))


def observed(
    engine: Engine,
    number: int,
    *failing: str | Sighting,
    passed: Sequence[Good] | None = None,
    now: datetime | None = None,
    reminder: timedelta = WEEK,
) -> tuple[Change, ...]:
    """A night in which some checks fail and all others are good. now: five minutes later, normally."""
    sightings = [sighting(number, each) if isinstance(each, str) else each for each in failing]
    return observe(
        engine,
        sightings,
        good=[good(number)] if passed is None else passed,
        run=run_of(number),
        now=now or night(number) + timedelta(minutes=5),
        reminder=reminder,
    )


def kinds(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """What became of which check."""
    return [(change.kind, change.incident.cause.check) for change in changes]
