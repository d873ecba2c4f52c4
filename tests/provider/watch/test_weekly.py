"""What the weekly gate looks at, out of answers of Airflow and a real `quality_runs`."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk.execution_time.context import set_current_context
from sqlalchemy import Engine, text

from gx.gate import run_gate
from gx.suites import load, runs_weekly
from pipeline.folder import RunFolder
from provider.gate import gate_input
from provider.watch import weekly
from provider.watch.api import AirflowApi
from provider.watch.weekly import LAST_RUNS, deliveries, frame_of, gather
from report.history import record
from report.settings import QualitySettings
from tests.provider.test_gate import connection_to
from tests.report.other_reports import courses_reindexed
from tests.report.users_reports import users_ready

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)


def run(number: int, *, state: str = "success", minutes: float = 2.0) -> dict[str, Any]:
    """A run that ended, as `/dags/…/dagRuns` tells it."""
    begun = NOW - timedelta(days=number)
    return {
        "dag_run_id": f"scheduled__{number}",
        "state": state,
        "start_date": begun.isoformat(),
        "end_date": (begun + timedelta(minutes=minutes)).isoformat(),
    }


class Answers:
    """An Airflow that answers these runs and what their tasks returned."""

    def __init__(self, users: list[dict[str, Any]], courses: dict[str, Any]) -> None:
        self.users, self.courses = users, courses

    def ended(self, dag: str, *, limit: int) -> list[dict[str, Any]]:
        if dag == "etl_users_daily":
            return self.users[:limit]
        return [{"dag_run_id": name} for name in self.courses][:limit]

    def returned(self, dag: str, run: str, task: str) -> Any:
        assert (dag, task) == ("reindex_weekly", "prune_snapshots")
        return self.courses[run]


def gathered(engine: Engine, tmp_path: Path, users: list[dict[str, Any]], courses: dict[str, Any]) -> Any:
    api = cast("AirflowApi", Answers(users, courses))
    return gather(api, engine, RunFolder.of(str(tmp_path), "w"), now=NOW)


def test_the_runs_are_judged_as_they_are_by_their_gate(engine: Engine, tmp_path: Path):
    for number, valid in ((0, 900), (1, 700), (2, 5)):
        ready = users_ready(number, valid=valid)
        record(engine, replace(ready, run=f"scheduled__{number}", apart=number == 2))
    record(engine, replace(users_ready(0, valid=1), run="scheduled__0", dag="another"))
    record(engine, courses_reindexed(lost=100))
    kept = {"failed": None, "good": {"kept": ["a", "b", "c"], "deleted": []}}
    users = [run(n, state="failed" if n == 1 else "success", minutes=1 + n) for n in range(40)]
    given = gathered(engine, tmp_path, users, kept)
    assert given.facts == {
        "runs": 30,
        "rows": 2000,
        "valid_rows": 1600,
        "messages": 0,
        "delivered": 0,
        "document_loss": [courses_reindexed(lost=100).by_name["document_loss"].measure.value],
        "snapshots": [3],
    }
    settings = QualitySettings(path=str(tmp_path / "quality"))
    report = run_gate(
        load("runs_weekly"), given.batch, run="w", facts=given.facts, settings=settings, history=None
    )
    assert (report.rows, [outcome.key for outcome in report.critical]) == (30, ["run_minutes", "valid_rows"])


def test_the_gate_gets_the_rows_and_the_facts_of_the_step_before(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))
    monkeypatch.setenv("ETL_STAGING_URL", str(tmp_path))
    monkeypatch.setattr(weekly, "airflow_api", lambda: nullcontext(Answers([run(0)], {})))
    context = {"dag": SimpleNamespace(dag_id="quality_kpis_weekly"), "run_id": "manual__1", "params": {}}
    with set_current_context(cast("Any", context)):
        given = gate_input(weekly.gather_runs())
    assert Path(given.batch).is_relative_to(tmp_path)
    assert set(load("runs_weekly").facts) == set(given.facts)
    assert given.facts["runs"] == 1


def test_a_new_installation_has_no_runs_and_nothing_is_made_up(engine: Engine, tmp_path: Path):
    given = gathered(engine, tmp_path, [], {})
    counted = dict.fromkeys(("runs", "rows", "valid_rows", "messages", "delivered"), 0)
    assert given.facts == {**counted, "document_loss": [], "snapshots": []}
    settings = QualitySettings(path=str(tmp_path / "quality"))
    report = run_gate("runs_weekly", given.batch, run="w", facts=given.facts, settings=settings, history=None)
    assert report.doubts == ("the batch is empty",)


def test_a_run_that_was_ended_before_it_began_took_no_time():
    frame = frame_of([{**run(0, state="failed"), "start_date": None}])
    assert frame.to_dict("records") == [{"run": "scheduled__0", "succeeded": 0.0, "minutes": 0.0}]


def test_messages_of_the_last_week_are_counted_by_whom_they_have_reached(engine: Engine):
    assert deliveries(engine, since=NOW) == (0, 0)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE quality_deliveries (first_at timestamptz, delivered_at timestamptz)")
        )
        add = text("INSERT INTO quality_deliveries VALUES (:first, :delivered)")
        for first, delivered in ((NOW, NOW), (NOW, None), (NOW - timedelta(days=8), None)):
            connection.execute(add, {"first": first, "delivered": delivered})
    assert deliveries(engine, since=NOW - timedelta(days=7)) == (2, 1)


def test_as_many_runs_are_asked_for_as_the_suite_says():
    assert LAST_RUNS == runs_weekly.LAST_RUNS
