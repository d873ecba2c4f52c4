"""Read what the page of a verdict looks back on: little of each earlier verdict, all of the last good one."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, func, select
from sqlalchemy.dialects.postgresql import JSONB

from report.gate_report import GateReport, folder_of_page, numbered
from report.history import NEWEST_FIRST, QUALITY_RUNS, report_of
from report.past import Checked, Earlier, Past

_OUTCOME = func.jsonb_array_elements(QUALITY_RUNS.c.outcomes, type_=JSONB).column_valued("outcome")


def _text(name: str) -> ColumnElement[str]:
    return func.nullif(_OUTCOME[name].astext, "")


# As `Outcome.name`.
_NAME = func.coalesce(_text("key"), func.concat_ws(".", _text("expectation"), _text("column")))
_CHECKED = func.jsonb_build_array(_NAME, _OUTCOME["success"], _OUTCOME["measure"]["value"])
# A hundredth of the outcomes, which are mostly sentences and examples.
_CHECKS = select(func.jsonb_agg(_CHECKED)).scalar_subquery()

_DRAWN = [QUALITY_RUNS.c[name] for name in ("id", "started_at", "page", "success", "apart")]


def past_of(engine: Engine, report: GateReport, *, limit: int) -> Past:
    """The verdicts of a gate that began before a report. limit: at most so many."""
    began = datetime.fromisoformat(report.started_at)
    query = (
        select(*_DRAWN, _CHECKS.label("checks"))
        .where(QUALITY_RUNS.c.gate == report.gate, QUALITY_RUNS.c.started_at < began)
        .order_by(*NEWEST_FIRST)
        .limit(limit)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
        return Past([_earlier(row) for row in rows], _good(connection, rows, apart=report.apart))


def _earlier(row: RowMapping) -> Earlier:
    return Earlier(
        started_at=row["started_at"].astimezone(UTC).isoformat(),
        folder=folder_of_page(row["page"]),
        passed=row["success"],
        apart=row["replay"],
        checks=_checks(row["checks"] or ()),
    )


def _checks(drawn: Sequence[tuple[str, bool, float | None]]) -> dict[str, Checked]:
    names = numbered(name for name, _, _ in drawn)
    return {name: Checked(success, value) for name, (_, success, value) in zip(names, drawn, strict=True)}


def _good(connection: Connection, rows: Sequence[RowMapping], *, apart: bool) -> GateReport | None:
    """The newest of these whose gate was open, whole."""
    good = next((row["id"] for row in rows if row["success"] and row["replay"] == apart), None)
    return None if good is None else report_of(connection, good)
