"""Which incidents there are, and what happened to each."""

from typing import Any

from sqlalchemy import Engine, Select, exists, select

from alerts.incidents.incident import SEEN, Event, Incident
from alerts.incidents.tables import EVENTS, INCIDENTS, create
from report.history import QUALITY_RUNS
from report.history import create as create_history
from report.said import Said

LARGEST = 2**63 - 1
"""The largest number that an incident can have."""


def open_incidents(engine: Engine) -> list[Incident]:
    """The incidents that are open, the newest first."""
    return _incidents(engine, select(INCIDENTS).where(INCIDENTS.c.resolved_at.is_(None)))


def resolved_incidents(engine: Engine, *, limit: int) -> list[Incident]:
    """The incidents that are over, those that were over last first. limit: at most so many."""
    query = select(INCIDENTS).where(INCIDENTS.c.resolved_at.is_not(None))
    return _incidents(engine, query.order_by(INCIDENTS.c.resolved_at.desc()).limit(limit))


def incident_of(engine: Engine, number: int) -> Incident | None:
    """The incident of a number; None when there is none."""
    if not 0 < number <= LARGEST:
        return None
    found = _incidents(engine, select(INCIDENTS).where(INCIDENTS.c.id == number))
    return found[0] if found else None


def incidents_of_verdict(engine: Engine, page: str) -> list[Incident]:
    """The incidents that a verdict has opened or joined. page: `GateReport.page`."""
    numbers = select(EVENTS.c.incident).where(EVENTS.c.page == page, EVENTS.c.kind.in_(SEEN))
    return _incidents(engine, select(INCIDENTS).where(INCIDENTS.c.id.in_(numbers)))


def events_of(engine: Engine, number: int, *, limit: int) -> list[Event]:
    """What happened to an incident, the newest first. limit: at most so many."""
    create_history(engine)
    has_page = exists().where(QUALITY_RUNS.c.page == EVENTS.c.page).label("has_page")
    query = (
        select(EVENTS, has_page).where(EVENTS.c.incident == number).order_by(EVENTS.c.id.desc()).limit(limit)
    )
    with engine.connect() as connection:
        return [_event(row) for row in connection.execute(query).mappings()]


def _event(row: Any) -> Event:
    fields = {name: row[name] for name in row if name not in ("incident", "said")}
    return Event(**fields, said=Said(**row["said"]) if row["said"] else None)


def _incidents(engine: Engine, query: Select[Any]) -> list[Incident]:
    create(engine)
    newest_first = query.order_by(INCIDENTS.c.opened_at.desc(), INCIDENTS.c.id.desc())
    with engine.connect() as connection:
        return [Incident.of(row) for row in connection.execute(newest_first).mappings()]
