"""Incidents are kept as long as the report: counted from when they were over."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, select

from alerts.incidents.tables import INCIDENTS, create


def prune(engine: Engine, *, now: datetime, keep_days: int, dry_run: bool = False) -> int:
    """Delete the incidents that have been over for more than so many days, with all that happened to them.

    An open one stays, however old. Returns how many were deleted, or would be by a dry run.
    """
    create(engine)
    old = INCIDENTS.c.resolved_at < now - timedelta(days=keep_days)
    with engine.begin() as connection:
        if dry_run:
            return connection.scalar(select(func.count()).where(old)) or 0
        return connection.execute(delete(INCIDENTS).where(old)).rowcount
