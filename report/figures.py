"""What `quality_runs` says of many runs at once, for the weekly figures."""

from collections.abc import Collection, Sequence

from sqlalchemy import Engine, func, select

from report.gate_report import GateReport
from report.history import QUALITY_RUNS, create, reports_of_gate

READY, REINDEXED = "users_ready", "courses_reindexed"
LOSS = "document_loss"


def rows_of_runs(engine: Engine, runs: Collection[str], *, dag: str) -> tuple[int, int]:
    """Rows of all these runs that are no replay, and how many of them are valid; 0 of runs without a verdict.

    Of a gate that was asked again in a run its last verdict counts.
    """
    create(engine)
    table = QUALITY_RUNS.c
    last = (
        select(func.max(table.id))
        .where(table.gate == READY, table.dag == dag, table.run.in_(runs))
        .group_by(table.run)
    )
    query = select(table.counts).where(table.id.in_(last), ~table.apart)
    with engine.connect() as connection:
        counts = [counted for counted in connection.scalars(query) if counted]
    return sum(sum(counted.values()) for counted in counts), sum(c.get("valid", 0) for c in counts)


def last_document_loss(engine: Engine) -> float | None:
    """The share of the source that the last comparison of the courses missed, 0-1; None before the first."""
    create(engine)
    reports: Sequence[GateReport] = reports_of_gate(engine, REINDEXED, limit=1)
    outcome = reports[0].by_name.get(LOSS) if reports else None
    return outcome.measure.value if outcome and outcome.measure else None
