"""The exporter: the newest verdicts and steps as figures, of a real database, whatever happens to that."""

import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text

from metrics.families import VERDICTS
from metrics.latest import MOST
from report import step_runs
from report.history import columns_of, record
from report.step_runs import STEP_RUNS
from tests.benchmarks import quality
from tests.benchmarks.history import fill
from tests.metrics.scraped import exporter, scraped
from tests.metrics.verdicts import USERS, verdict
from tests.stack import free_port

pytestmark = pytest.mark.postgres

REPEATED = """
INSERT INTO quality_runs OVERRIDING SYSTEM VALUE
SELECT (jsonb_populate_record(q, changed)).*
FROM quality_runs q, generate_series(1, :times) n, jsonb_build_object(
    'id', q.id + n * 1000, 'started_at', q.started_at + n * interval '9 days') changed
"""
"""The nights that are there so many times more, each time later."""


def test_the_newest_verdict_of_each_gate_and_dag_is_told_with_its_rows_counts_seconds_and_age(engine: Engine):
    for report in (
        verdict(valid=0.5, hours_ago=30),
        verdict(valid=0.95, hours_ago=6, seconds=2.5),
        verdict(valid=0.7, hours_ago=3, dag="other"),
    ):
        record(engine, report)
    with exporter(engine) as port:
        found = scraped(port)
    told = {each: found.value("gate_verdict", **USERS, verdict=each) for each in VERDICTS}
    assert told == {"open": 1, "warning": 0, "approved": 0, "waiting": 0, "closed": 0}
    assert found.value("gate_verdict", dag="other", gate="users_ready", verdict="closed") == 1
    assert found.value("gate_rows", **USERS, unit="rows") == 1000
    assert found.value("gate_counts", **USERS, kind="valid") == 950
    assert found.value("gate_counts", **USERS, kind="duplicate") == 12
    assert found.value("gate_seconds", **USERS) == 2.5
    assert found.value("gate_verdict_age_seconds", **USERS) == pytest.approx(6 * 3600, abs=60)


def test_each_check_is_told_with_its_value_its_limits_and_how_far_it_is_from_them(engine: Engine):
    record(engine, verdict(valid=0.75))
    with exporter(engine) as port:
        found = scraped(port)
    ratio = {**USERS, "check": "valid_ratio"}
    assert found.value("check_value", **ratio, unit="share") == 0.75
    assert found.value("check_limit", **ratio, side="low") == 0.8
    assert found.value("check_margin", **ratio, side="low") == pytest.approx(-0.05)
    assert found.value("check_margin", **ratio, side="high") is None
    assert found.value("check_used_ratio", **ratio) == pytest.approx(1.25)
    assert found.value("check_failed", **ratio, severity="critical") == 1


def test_the_newest_run_of_each_step_is_told_with_its_seconds_and_counts_and_the_write_block(engine: Engine):
    step = {"dag": "reindex_weekly", "task": "swap_alias"}
    step_runs.record(engine, **step, run="1", seconds=9, figures={"documents": 5})
    step_runs.record(
        engine, **step, run="2", seconds=3.5, figures={"documents": 7, "write_block_seconds": 1.25}
    )
    with exporter(engine) as port:
        found = scraped(port)
    shown = {"dag": "reindex_weekly", "step": "swap_alias"}
    assert found.value("step_seconds", **shown) == 3.5
    assert found.labels("step_rows") == [{**shown, "kind": "documents"}]
    assert found.value("step_rows", **shown, kind="documents") == 7
    assert found.value("write_block_seconds", dag="reindex_weekly") == 1.25
    assert 0 <= (found.value("step_age_seconds", **shown) or -1) < 60


def test_an_empty_database_is_up_and_says_nothing_and_nothing_is_made_in_it(
    engine: Engine,
):
    with exporter(engine) as port:
        found = scraped(port)
    assert found.value("database_up") == 1
    assert found.labels("gate_verdict") == []
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 0


def test_while_the_database_is_away_it_answers_at_once_with_what_it_knew_and_says_so(engine: Engine):
    record(engine, verdict(valid=0.5))
    own = create_engine(engine.url)
    with exporter(own) as port:
        assert scraped(port).value("database_up") == 1
        own.dispose()
        # Nobody listens there any more, for this exporter.
        own.dialect.connect = lambda *_, **__: create_engine(away()).raw_connection()  # type: ignore[method-assign]
        began = time.perf_counter()
        found = scraped(port)
        assert time.perf_counter() - began < 1
    assert found.value("database_up") == 0
    assert found.value("gate_verdict", **USERS, verdict="closed") == 1


def away() -> str:
    """A database where nobody listens."""
    return f"postgresql+psycopg2://nobody@127.0.0.1:{free_port()}/nowhere"


def test_a_database_that_was_never_there_is_told_and_nothing_else():
    with exporter(create_engine(away())) as port:
        found = scraped(port)
    assert found.value("database_up") == 0
    assert {name for name, _ in found.samples} == {"inlearning_database_up", "inlearning_read_seconds"}


def test_every_figure_says_what_it_is(engine: Engine):
    record(engine, verdict(valid=0.9))
    step_runs.record(engine, dag="d", task="t", run="r", seconds=1, figures={"write_block_seconds": 1})
    with exporter(engine) as port:
        meanings = scraped(port).meanings
    assert len(meanings) == 17
    assert all(name.startswith("inlearning_") for name in meanings)
    assert all(meaning.endswith(".") and len(meaning) > 20 for meaning in meanings.values())


def test_made_up_names_of_gates_do_not_fill_the_store(engine: Engine):
    fill(engine, [columns_of(verdict(valid=0.9, gate=f"gate{n:04}")) for n in range(MOST + 50)])
    with exporter(engine) as port:
        found = scraped(port)
    assert len(found.labels("gate_seconds")) == MOST


def test_with_20_000_verdicts_it_answers_within_50_ms(engine: Engine):
    fill(engine, islice(quality.rows(), 200))
    step_runs.create(engine)
    with engine.begin() as connection:
        connection.execute(text(REPEATED), {"times": 99})
        assert connection.scalar(text("SELECT count(*) FROM quality_runs")) == 20_000
        tasks = [{"dag": f"d{n % 3}", "task": f"t{n % 40}", "run": str(n)} for n in range(5_000)]
        connection.execute(STEP_RUNS.insert(), [{**t, "seconds": 1, "figures": {"rows": 5}} for t in tasks])
    with exporter(engine) as port, httpx.Client(trust_env=False) as client:
        address = f"http://127.0.0.1:{port}/metrics"
        client.get(address)
        answers = [client.get(address) for _ in range(9)]
    assert all("inlearning_database_up 1.0" in answer.text for answer in answers)
    took = [answer.elapsed.total_seconds() for answer in answers]
    # Of a machine that others use, too, the quickest says what the exporter needs.
    assert min(took) < 0.05, took


def test_as_a_process_it_serves_on_its_port_and_ends_when_told(engine: Engine, tmp_path: Path):
    record(engine, verdict(valid=0.9))
    port = free_port()
    environment = {
        "METRICS_PORT": str(port),
        "METRICS_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "metrics"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr
        assert f"Metrics on http://127.0.0.1:{port}/metrics" in process.stderr.readline()
        assert scraped(port).value("gate_verdict", **USERS, verdict="open") == 1
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.communicate()


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({}, "METRICS_DATABASE_URL (or QUALITY_DATABASE_URL, ETL_DATABASE_URL) is not set"),
        ({"METRICS_PORT": "soon"}, "METRICS_PORT: Input should be a valid integer"),
    ],
)
def test_what_is_wrong_with_its_settings_is_one_line(tmp_path: Path, variables: dict[str, str], line: str):
    done = subprocess.run(
        [sys.executable, "-m", "metrics"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[2]), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
