"""The newest verdict of every gate and the newest run of every step, quickly in tables of any length."""

from typing import Any

from sqlalchemy import CTE, Column, Connection, Select, Table, select, true, tuple_

from report.gate_report import GateReport
from report.history import NEWEST_FIRST, QUALITY_RUNS, report_from_row
from report.step_runs import STEP_RUNS, StepRun

MOST = 200
"""Gates, and steps, that are shown; somebody who makes up names of gates must not fill the store."""


def latest_verdicts(connection: Connection) -> list[GateReport]:
    """One report a DAG and gate, by their names: the newest one, a replay's or not."""
    runs = QUALITY_RUNS.c
    query = _newest_of_each(QUALITY_RUNS, (runs.dag, runs.gate), NEWEST_FIRST)
    found = [report_from_row(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda report: (report.dag, report.gate))


def latest_steps(connection: Connection) -> list[StepRun]:
    """One run a DAG and step, by their names: the newest that ended well."""
    runs = STEP_RUNS.c
    newest = (runs.ended_at.desc(), runs.id.desc())
    query = _newest_of_each(STEP_RUNS, (runs.dag, runs.task), newest)
    found = [
        StepRun(**{name: value for name, value in row.items() if name != "id"})
        for row in connection.execute(query).mappings()
    ]
    return sorted(found, key=lambda step: (step.dag, step.task))


def _newest_of_each(table: Table, pair: tuple[Column[Any], Column[Any]], newest: Any) -> Select[Any]:
    pairs = _pairs(pair)
    # By LATERAL the index answers each pair: DISTINCT ON would read every row.
    row = select(table).where(pair[0] == pairs.c[0], pair[1] == pairs.c[1]).order_by(*newest).limit(1)
    last = row.lateral()
    return select(last).select_from(pairs.join(last, true())).limit(MOST)


def _pairs(pair: tuple[Column[Any], Column[Any]]) -> CTE:
    """One row for each pair of values, looked up behind the one before it."""
    first = select(*pair).order_by(*pair).limit(1).subquery()
    before = select(first).cte("pairs", recursive=True)
    behind = select(*pair).where(tuple_(*pair) > tuple_(*before.c)).order_by(*pair).limit(1).lateral()
    return before.union_all(select(behind).select_from(before.join(behind, true())))
