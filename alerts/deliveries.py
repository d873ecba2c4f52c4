"""The table `quality_deliveries`: which message has reached whom, and how often it was tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Engine,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from alerts.routes import Target
from report.tables import complete

metadata = MetaData()

DELIVERIES = Table(
    "quality_deliveries",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("dag", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False),
    # None until the recipient has it.
    Column("delivered_at", DateTime(timezone=True)),
    # Why the last attempt failed.
    Column("error", Text),
    Index("quality_deliveries_once", "key", "channel", "recipient", unique=True),
    Index("quality_deliveries_first", "first_at"),
)


def create(engine: Engine) -> None:
    """Create the table, or add the columns that it lacks."""
    complete(engine, [DELIVERIES])


@contextmanager
def held(engine: Engine, key: str) -> Iterator[bool]:
    """Hold a message while it is sent; False when somebody else does."""
    number = int(key[:15], 16)
    with engine.connect() as connection, connection.begin():
        yield bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": number}))


def delivered(engine: Engine, key: str) -> frozenset[Target]:
    """Who has a message already."""
    columns = DELIVERIES.c
    query = select(columns.channel, columns.recipient).where(
        columns.key == key, columns.delivered_at.is_not(None)
    )
    with engine.connect() as connection:
        return frozenset(Target(row.channel, row.recipient) for row in connection.execute(query))


def note(
    engine: Engine,
    key: str,
    target: Target,
    *,
    dag: str,
    run: str,
    subject: str,
    now: datetime,
    error: str | None,
) -> None:
    """Write down an attempt. error: why it failed, in one line; None: the recipient has the message."""
    values = {"last_at": now, "error": error, "delivered_at": None if error else now}
    made = insert(DELIVERIES).values(
        key=key,
        channel=target.channel,
        recipient=target.recipient,
        dag=dag,
        run=run,
        subject=subject,
        first_at=now,
        attempts=1,
        **values,
    )
    columns = DELIVERIES.c
    again = {
        **values,
        "attempts": columns.attempts + 1,
        "delivered_at": func.coalesce(columns.delivered_at, made.excluded.delivered_at),
    }
    with engine.begin() as connection:
        connection.execute(
            made.on_conflict_do_update(
                index_elements=[columns.key, columns.channel, columns.recipient], set_=again
            )
        )


def prune(engine: Engine, *, now: datetime, keep_days: int, dry_run: bool = False) -> int:
    """Delete the deliveries of messages that are older than so many days; returns how many there were.

    dry_run: only count them.
    """
    create(engine)
    old = DELIVERIES.c.first_at < now - timedelta(days=keep_days)
    with engine.begin() as connection:
        if dry_run:
            return connection.scalar(select(func.count()).select_from(DELIVERIES).where(old)) or 0
        return connection.execute(delete(DELIVERIES).where(old)).rowcount
