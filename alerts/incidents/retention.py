"""Incidents are kept as long as the report: counted from when they were over."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete

from alerts.incidents.tables import INCIDENTS, create


def prune(engine: Engine, *, now: datetime, keep_days: int) -> int:
    """Delete the incidents that have been over for more than so many days, with all that happened to them.

    An open one stays, however old. Returns how many were deleted.
    """
    create(engine)
    old = INCIDENTS.c.resolved_at < now - timedelta(days=keep_days)
    with engine.begin() as connection:
        return connection.execute(delete(INCIDENTS).where(old)).rowcount
