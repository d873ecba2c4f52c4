"""The table `step_runs`: how long each step of a flow took when it ended well, and what it counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2.errors import UndefinedTable
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Engine,
    Float,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    delete,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import ProgrammingError

metadata = MetaData()

STEP_RUNS = Table(
    "step_runs",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("dag", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("figures", JSONB, nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("step_runs_task", "dag", "task", "ended_at"),
    Index("step_runs_ended", "ended_at"),
)

CREATE_LOCK = 7_305_118
"""Of the database, while somebody creates the table."""


@dataclass(frozen=True)
class StepRun:
    """One step that ended well. figures: what it counted, by name; seconds: wall time of its last try."""

    dag: str
    task: str
    run: str
    seconds: float
    figures: Mapping[str, float]
    ended_at: datetime


def record(
    engine: Engine, *, dag: str, task: str, run: str, seconds: float, figures: Mapping[str, float]
) -> None:
    """Add one step that ended well, at the time of the database."""
    values = {"dag": dag, "task": task, "run": run, "seconds": seconds, "figures": dict(figures)}
    try:
        _insert(engine, values)
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable):
            raise
        create(engine)
        _insert(engine, values)


def create(engine: Engine) -> None:
    """Create the table unless it is there; safe when several steps do so at once."""
    with engine.begin() as connection:
        # CREATE TABLE IF NOT EXISTS alone can fail when two sessions run it at the same moment.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CREATE_LOCK})
        metadata.create_all(connection)


def _insert(engine: Engine, values: Mapping[str, Any]) -> None:
    with engine.begin() as connection:
        connection.execute(STEP_RUNS.insert().values(values))


def prune(engine: Engine, *, oldest: datetime) -> int:
    """Delete what ended before a time; returns how many rows."""
    create(engine)
    with engine.begin() as connection:
        return connection.execute(delete(STEP_RUNS).where(STEP_RUNS.c.ended_at < oldest)).rowcount
