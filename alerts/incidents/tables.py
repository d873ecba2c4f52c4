"""The tables `quality_incidents` and `quality_incident_events`, beside `quality_runs`."""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from report.tables import complete

metadata = MetaData()

EMPTY_TEXT = text("''")

INCIDENTS = Table(
    "quality_incidents",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("dag", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("check", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default=EMPTY_TEXT),
    # What was said last, in each language.
    Column("said", JSONB, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("last_run", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("last_told_at", DateTime(timezone=True), nullable=False),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("muted_by", Text),
    Column("muted_until", DateTime(timezone=True)),
    Column("muted_reason", Text),
    Column("resolved_at", DateTime(timezone=True)),
    Column("resolved_run", Text),
    Index(
        "quality_incidents_open",
        "dag",
        "gate",
        "check",
        unique=True,
        postgresql_where=text("resolved_at IS NULL"),
    ),
    Index("quality_incidents_resolved", "resolved_at"),
)

EVENTS = Table(
    "quality_incident_events",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("incident", ForeignKey(INCIDENTS.c.id, ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("run", Text, nullable=False, server_default=EMPTY_TEXT),
    Column("page", Text, nullable=False, server_default=EMPTY_TEXT),
    Column("said", JSONB),
    Column("who", Text, nullable=False, server_default=EMPTY_TEXT),
    Column("reason", Text, nullable=False, server_default=EMPTY_TEXT),
    Column("until", DateTime(timezone=True)),
    Index("quality_incident_events_incident", "incident", "id"),
    Index("quality_incident_events_page", "page"),
)

# Any number will do, as long as nobody else in this database locks the same one.
LOCK = 7_305_118


def create(engine: Engine) -> None:
    """Create the tables, or add the columns that they lack."""
    complete(engine, [INCIDENTS, EVENTS])


def wait_for_turn(connection: Connection) -> None:
    """Let one transaction at a time change what incidents there are; the lock ends with the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
