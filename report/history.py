"""The table `quality_runs`: every decision of every gate, and what may be asked of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Float,
    Identity,
    Index,
    MetaData,
    RowMapping,
    Select,
    Subquery,
    Table,
    Text,
    false,
    func,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from report.gate_report import GateReport
from report.store import PAGES
from report.tables import complete

metadata = MetaData()

EMPTY_LIST, EMPTY_OBJECT, EMPTY_TEXT = text("'[]'"), text("'{}'"), text("''")

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
    # Columns from here on are younger than some tables: each has a default for the rows before it.
    Column("run_name", Text, nullable=False, server_default=EMPTY_TEXT),
    Column("dag", Text, nullable=False, server_default=EMPTY_TEXT),
    Column("task", Text, nullable=False, server_default=EMPTY_TEXT),
    Column("unit", Text, nullable=False, server_default=text("'rows'")),
    Column("holds", JSONB),
    Column("counts", JSONB, nullable=False, server_default=EMPTY_OBJECT),
    Column("unpublished", JSONB, nullable=False, server_default=EMPTY_LIST),
    Column("erased", BigInteger, nullable=False, server_default=text("0")),
    Column("notes", JSONB, nullable=False, server_default=EMPTY_LIST),
    # NULL, not JSON's null, where nobody was asked.
    Column("approval", JSONB(none_as_null=True)),
    Column("owner", Text, nullable=False, server_default=EMPTY_TEXT),
    Index("quality_runs_gate", "gate", "id"),
    # Without it the newest of a gate that is seldom asked are looked for in all rows, by their id.
    Index("quality_runs_gate_time", "gate", "started_at", "id"),
    Index("quality_runs_run", "run"),
    Index("quality_runs_dag", "dag", "gate"),
    Index("quality_runs_page", "page"),
)


def create(engine: Engine) -> None:
    """Create the table, or add the columns that it lacks; safe when several gates do so at once."""
    complete(engine, [QUALITY_RUNS])


def record(engine: Engine, report: GateReport) -> None:
    """Add the report as one row of `quality_runs`; a repeated gate adds another."""
    create(engine)
    with engine.begin() as connection:
        connection.execute(QUALITY_RUNS.insert().values(columns_of(report)))


def columns_of(report: GateReport) -> dict[str, Any]:
    """The report as a row of `quality_runs`, without its id."""
    data = report.to_dict()
    values = {name: data[name] for name in data if name in QUALITY_RUNS.c}
    return values | {"success": report.passed, "started_at": datetime.fromisoformat(report.started_at)}


def recent_rows(engine: Engine, gate: str, *, limit: int, excluding: str | None = None) -> list[int]:
    """Rows of the last passed runs of a gate, newest first; those set apart do not count.

    limit: at most so many runs. excluding: a run id that does not count either (the one that asks).
    """
    return _recent(engine, gate, "rows", limit=limit, excluding=excluding)


def recent_measures(
    engine: Engine, gate: str, *, limit: int, excluding: str | None = None
) -> dict[str, list[float]]:
    """What each check measured in the last passed runs of a gate, by its key.

    Newest first; arguments as of `recent_rows`.
    """
    found: dict[str, list[float]] = {}
    for outcomes in _recent(engine, gate, "outcomes", limit=limit, excluding=excluding):
        for outcome in outcomes:
            if outcome.get("key") and outcome.get("measure"):
                found.setdefault(outcome["key"], []).append(float(outcome["measure"]["value"]))
    return found


def _recent(engine: Engine, gate: str, column: str, *, limit: int, excluding: str | None) -> list[Any]:
    """One column of the last passed runs of a gate; arguments as of `recent_rows`."""
    create(engine)
    last = _last_reports(gate)
    query = (
        select(last.c[column])
        # What a person had to let pass is not what is usual.
        .where(last.c.success, last.c.approval.is_(None))
        .where(last.c.apart == false(), last.c.run.is_distinct_from(excluding))
        .order_by(last.c.id.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return list(connection.scalars(query))


def _last_reports(gate: str) -> Subquery:
    """One row per run: its latest report of the gate."""
    ids = select(func.max(QUALITY_RUNS.c.id)).where(QUALITY_RUNS.c.gate == gate).group_by(QUALITY_RUNS.c.run)
    return select(QUALITY_RUNS).where(QUALITY_RUNS.c.id.in_(ids)).subquery()


def last_of_each_gate(engine: Engine, *, limit: int) -> dict[str, list[GateReport]]:
    """The last reports of each gate, newest first; gates by name. limit: at most so many of a gate."""
    gates = _gates()
    # By LATERAL the index answers each gate; a window over all rows takes thirty times as long.
    last = _newest(limit).where(QUALITY_RUNS.c.gate == gates.c.gate).lateral()
    found: dict[str, list[GateReport]] = {}
    for report in _reports(engine, select(last).select_from(gates.join(last, true()))):
        found.setdefault(report.gate, []).append(report)
    return dict(sorted(found.items()))


def _gates() -> CTE:
    """One row a gate, each looked up behind the one before it: DISTINCT would read the whole index."""
    first = select(func.min(QUALITY_RUNS.c.gate).label("gate")).cte("gates", recursive=True)
    following = select(func.min(QUALITY_RUNS.c.gate)).where(QUALITY_RUNS.c.gate > first.c.gate)
    return first.union_all(select(following.scalar_subquery()).where(first.c.gate.is_not(None)))


def reports_of_gate(
    engine: Engine,
    gate: str,
    *,
    limit: int,
    before: datetime | None = None,
    since: datetime | None = None,
    state: str | None = None,
) -> list[GateReport]:
    """The last reports of a gate, newest first.

    limit: at most so many. before, since: only of gates that began before a time, or then or later.
    state: only those that are `open`, open with a `warning`, or `closed`.
    """
    query = _newest(limit).where(QUALITY_RUNS.c.gate == gate)
    if before is not None:
        query = query.where(QUALITY_RUNS.c.started_at < before)
    if since is not None:
        query = query.where(QUALITY_RUNS.c.started_at >= since)
    if state is not None:
        query = query.where(_STATES[state])
    return _reports(engine, query)


_STATES: Mapping[str, ColumnElement[bool]] = {
    "open": QUALITY_RUNS.c.success & QUALITY_RUNS.c.severity.is_(None),
    "warning": QUALITY_RUNS.c.success & QUALITY_RUNS.c.severity.is_not(None),
    "closed": ~QUALITY_RUNS.c.success,
}


def reports_of_run(engine: Engine, dag: str, run: str, *, task: str | None = None) -> list[GateReport]:
    """The reports of one DAG run, the first first; of one task of it, if that is given."""
    query = select(QUALITY_RUNS).where(QUALITY_RUNS.c.run == run, QUALITY_RUNS.c.dag == dag)
    if task is not None:
        query = query.where(QUALITY_RUNS.c.task == task)
    return _reports(engine, query.order_by(QUALITY_RUNS.c.id))


def report_at(engine: Engine, folder: str) -> GateReport | None:
    """The report whose page stands in a folder; None when there is none."""
    query = _newest(1).where(QUALITY_RUNS.c.page.in_([f"{folder}/{page}" for page in PAGES.values()]))
    found = _reports(engine, query)
    return found[0] if found else None


def gates(engine: Engine) -> list[str]:
    """All gates that have decided, by name."""
    names = _gates()
    with engine.connect() as connection:
        return list(
            connection.scalars(select(names.c.gate).where(names.c.gate.is_not(None)).order_by("gate"))
        )


def gates_of_dag(engine: Engine, dag: str) -> list[str]:
    """The gates that have decided in a DAG, by name."""
    query = select(QUALITY_RUNS.c.gate).where(QUALITY_RUNS.c.dag == dag).distinct().order_by("gate")
    with engine.connect() as connection:
        return list(connection.scalars(query))


def report_of(connection: Connection, row: int) -> GateReport:
    """The report that a row holds, by its id."""
    found = connection.execute(select(QUALITY_RUNS).where(QUALITY_RUNS.c.id == row))
    return report_from_row(found.mappings().one())


NEWEST_FIRST = (QUALITY_RUNS.c.started_at.desc(), QUALITY_RUNS.c.id.desc())


def _newest(limit: int) -> Select[Any]:
    return select(QUALITY_RUNS).order_by(*NEWEST_FIRST).limit(limit)


def _reports(engine: Engine, query: Select[Any]) -> list[GateReport]:
    with engine.connect() as connection:
        return [report_from_row(row) for row in connection.execute(query).mappings()]


FIELDS: Sequence[str] = (
    "gate", "run", "run_name", "severity", "outcomes", "rows", "parameters", "seconds", "page", "result_file",
    "doubts", "unit", "dag", "task", "holds", "counts", "unpublished", "erased", "notes",
    "approval", "owner",
)  # fmt: skip
"""What a row and a report call the same."""


def report_from_row(row: RowMapping | Mapping[str, Any]) -> GateReport:
    """The report that a row of `quality_runs` holds, by the names of its columns."""
    data = {name: row[name] for name in FIELDS}
    return GateReport.from_dict(
        {
            **data,
            "passed": row["success"],
            "apart": row["replay"],
            "started_at": row["started_at"].astimezone(UTC).isoformat(),
        }
    )
