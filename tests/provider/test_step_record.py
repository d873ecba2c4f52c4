"""What a step counted is kept in PostgreSQL; a database that is away keeps no step from going on."""

import json
import logging
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk.execution_time.context import set_current_context
from sqlalchemy import Engine, text

from provider.step_record import figures, record_step
from tests.stack import free_port

SWAPPED = {
    "swap": {"block_seconds": 1.25, "index": "courses-2"},
    "told": {"counts": {"documents": 7}, "notes": []},
}


@pytest.fixture(autouse=True)
def _running() -> Iterator[None]:
    """A running task is the one thing that is not real here."""
    task = SimpleNamespace(dag_id="reindex_weekly", task_id="swap_alias")
    with set_current_context(cast("Any", {"ti": task, "run_id": "manual__1"})):
        yield


def connection(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", json.dumps({"conn_type": "postgres", **fields}))


def test_counts_are_figures_and_so_is_the_write_block():
    assert figures(SWAPPED) == {"documents": 7, "write_block_seconds": 1.25}
    assert figures({"path": "users.parquet"}) == {}


@pytest.mark.postgres
def test_a_step_is_a_row_with_what_it_counted(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    socket = str(engine.url.query["host"])
    connection(
        monkeypatch,
        login="postgres",
        schema=engine.url.database,
        extra={"host": socket, "sqlalchemy_query": {"host": socket}},
    )
    record_step(SWAPPED, seconds=3.14159)
    record_step(None, seconds=1)
    with engine.connect() as connected:
        rows = connected.execute(text("SELECT dag, task, run, seconds, figures FROM step_runs")).all()
    assert rows == [("reindex_weekly", "swap_alias", "manual__1", 3.142, figures(SWAPPED))]


def test_a_database_that_is_away_is_a_line_in_the_log_and_no_wait(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    connection(monkeypatch, host="127.0.0.1", port=free_port(), login="nobody", schema="nowhere")
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        record_step(SWAPPED, seconds=1)
    assert time.monotonic() - began < 5
    assert "The figures of this step are not recorded" in caplog.text
