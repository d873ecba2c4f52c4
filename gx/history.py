"""The table `quality_runs`: every decision of every gate, and what may be asked of it."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Engine,
    Float,
    Identity,
    Index,
    MetaData,
    Subquery,
    Table,
    Text,
    false,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from gx.report import GateReport

metadata = MetaData()

QUALITY_RUNS = Table(
    "quality_runs",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("run", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("severity", Text),
    Column("success", Boolean, nullable=False),
    # Its name in the database is the first reason that there was to set a run apart.
    Column("replay", Boolean, key="apart", nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("outcomes", JSONB, nullable=False),
    Column("doubts", JSONB, nullable=False),
    Column("page", Text, nullable=False),
    Column("result_file", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Index("quality_runs_gate", "gate", "id"),
)

# Any number will do, as long as nobody else in this database locks the same one.
CREATE_LOCK = 7_305_117


def create(engine: Engine) -> None:
    """Create the table when it is not there; safe when several gates do so at once."""
    if inspect(engine).has_table(QUALITY_RUNS.name):
        return
    with engine.begin() as connection:
        # CREATE TABLE IF NOT EXISTS alone can fail when two sessions run it at the same moment.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CREATE_LOCK})
        metadata.create_all(connection)


def record(engine: Engine, report: GateReport) -> None:
    """Add the report as one row of `quality_runs`; a repeated gate adds another."""
    create(engine)
    data = report.to_dict()
    values = {name: data[name] for name in data if name in QUALITY_RUNS.c}
    values |= {
        "success": report.passed,
        "started_at": datetime.fromisoformat(report.started_at),
    }
    with engine.begin() as connection:
        connection.execute(QUALITY_RUNS.insert().values(values))


def recent_rows(engine: Engine, gate: str, *, limit: int, excluding: str | None = None) -> list[int]:
    """Rows of the last passed runs of a gate, newest first; those set apart do not count.

    limit: at most so many runs. excluding: a run id that does not count either (the one that asks).
    """
    create(engine)
    last = _last_reports(gate)
    query = (
        select(last.c.rows)
        .where(last.c.success, last.c.apart == false(), last.c.run.is_distinct_from(excluding))
        .order_by(last.c.id.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return list(connection.scalars(query))


def _last_reports(gate: str) -> Subquery:
    """One row per run: its latest report of the gate."""
    ids = select(func.max(QUALITY_RUNS.c.id)).where(QUALITY_RUNS.c.gate == gate).group_by(QUALITY_RUNS.c.run)
    return select(QUALITY_RUNS).where(QUALITY_RUNS.c.id.in_(ids)).subquery()
