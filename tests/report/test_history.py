"""The table `quality_runs` on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, inspect, text

from report.gate_report import Example, Measure, Outcome, Words
from report.history import (
    QUALITY_RUNS,
    create,
    gates_of_dag,
    last_of_each_gate,
    recent_rows,
    record,
    report_at,
    reports_of_gate,
    reports_of_run,
)
from report.said import Said
from tests.report.reports import PLAIN

pytestmark = pytest.mark.postgres

REPORT = replace(PLAIN, gate="users_source", run="r0")


def runs(engine, *reports):
    for report in reports:
        record(engine, report)


def test_recent_rows_are_those_of_passed_runs_newest_first(engine):
    runs(
        engine,
        replace(REPORT, run="r1", rows=1),
        replace(REPORT, run="r2", rows=2),
        replace(REPORT, run="r3", rows=3, passed=False),
        replace(REPORT, run="r4", rows=4, apart=True),
        replace(REPORT, run="r5", rows=5, gate="users_ready"),
        replace(REPORT, run="r6", rows=6),
    )
    assert recent_rows(engine, "users_source", limit=9) == [6, 2, 1]
    assert recent_rows(engine, "users_source", limit=2) == [6, 2]
    assert recent_rows(engine, "users_source", limit=2, excluding="r6") == [2, 1]


def test_of_a_repeated_run_the_last_verdict_counts(engine):
    runs(engine, replace(REPORT, passed=False, rows=1), replace(REPORT, rows=2))
    assert recent_rows(engine, "users_source", limit=9) == [2]


def test_the_table_may_be_created_by_several_at_once(engine):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: create(engine), range(8)))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM quality_runs")).scalar_one() == 0


FULL = replace(
    REPORT,
    gate="users_ready",
    passed=False,
    severity="critical",
    outcomes=(
        Outcome(
            "expect_valid_rows",
            "At least 80 % of the rows are valid",
            "status",
            "critical",
            False,
            "75 % valid",
            "at least 80 %",
            unexpected_count=1,
            element_count=4,
            examples=(Example("users.xlsx, row 3", "b…@x.fr", french="users.xlsx, ligne 3"),),
            key="valid_ratio",
            measure=Measure(0.75, low=0.8),
            french=Words("Au moins 80 % des lignes sont valides", "75 % valides", "au moins 80 %"),
        ),
    ),
    doubts=("the batch is empty",),
    unit="documents",
    apart=True,
    dag="users",
    task="check_users_ready",
    holds=Said("the table users", "la table users"),
    counts={"valid": 3, "rejected": 1},
    unpublished=("rows.csv: disk full",),
    page="runs/users_ready/r0/20261124T020000.000000Z/index.html",
    started_at="2026-11-24T02:00:00.000001+00:00",
)


def at(hour: int, **changes):
    """A report of users_source that began at an hour of the day, of a run named after it."""
    began = f"2026-11-24T{hour:02}:00:00+00:00"
    page = f"runs/{changes.get('gate', 'users_source')}/r{hour}/20261124T{hour:02}/index.html"
    return replace(REPORT, run=f"r{hour}", started_at=began, page=page, **changes)


def test_a_report_is_read_as_it_was_recorded(engine):
    record(engine, FULL)
    assert reports_of_gate(engine, "users_ready", limit=9) == [FULL]
    assert last_of_each_gate(engine, limit=9) == {"users_ready": [FULL]}
    assert reports_of_run(engine, "users", "r0") == [FULL]
    assert report_at(engine, FULL.folder) == FULL


def test_a_report_is_read_as_it_began_wherever_the_database_stands(engine):
    record(engine, FULL)
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET timezone TO 'Europe/Paris'"))
    engine.dispose()
    assert reports_of_gate(engine, "users_ready", limit=1)[0].started_at == FULL.started_at


def test_the_last_of_each_gate_are_newest_first_and_no_more_than_asked_for(engine):
    runs(engine, *(at(hour) for hour in (1, 2, 3)), *(at(hour, gate="courses") for hour in (4, 5)))
    found = last_of_each_gate(engine, limit=2)
    assert list(found) == ["courses", "users_source"]
    assert {gate: [r.run for r in reports] for gate, reports in found.items()} == {
        "courses": ["r5", "r4"],
        "users_source": ["r3", "r2"],
    }


def test_no_gate_has_decided_in_an_empty_table(engine):
    create(engine)
    assert last_of_each_gate(engine, limit=30) == {}
    assert reports_of_gate(engine, "users_ready", limit=30) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"limit": 2}, ["r4", "r3"]),
        ({"limit": 9, "before": datetime(2026, 11, 24, 3, tzinfo=UTC)}, ["r2", "r1"]),
        ({"limit": 9, "since": datetime(2026, 11, 24, 3, tzinfo=UTC)}, ["r4", "r3"]),
        ({"limit": 9, "state": "closed"}, ["r3"]),
        ({"limit": 1, "state": "open"}, ["r4"]),
        ({"limit": 9, "state": "warning"}, ["r1"]),
    ],
)
def test_the_reports_of_a_gate_may_be_asked_for_by_time_and_verdict(engine, asked, expected):
    runs(
        engine,
        at(1, severity="warning"),
        at(2, severity=None),
        at(3, severity="critical", passed=False),
        at(4, severity=None),
        at(5, gate="other"),
    )
    assert [report.run for report in reports_of_gate(engine, "users_source", **asked)] == expected


def test_the_reports_of_a_run_are_those_of_its_dag_and_task_the_first_first(engine):
    runs(
        engine,
        at(1, dag="users", task="check_a"),
        at(1, dag="users", task="check_b", gate="users_ready"),
        at(1, dag="courses", task="check_a", gate="courses"),
        at(2, dag="users", task="check_a"),
    )
    assert [r.gate for r in reports_of_run(engine, "users", "r1")] == ["users_source", "users_ready"]
    assert [r.gate for r in reports_of_run(engine, "users", "r1", task="check_b")] == ["users_ready"]
    assert reports_of_run(engine, "users", "r9") == []
    assert gates_of_dag(engine, "users") == ["users_ready", "users_source"]
    assert gates_of_dag(engine, "nobody") == []


def test_a_report_is_found_by_its_folder_and_by_no_part_of_it(engine):
    runs(engine, at(1), at(10))
    found = report_at(engine, "runs/users_source/r1/20261124T01")
    assert found
    assert found.run == "r1"
    for folder in ("runs/users_source/r1", "runs/users_source", "%", "runs/users_source/r_/20261124T01"):
        assert report_at(engine, folder) is None


OLD_TABLE = """
CREATE TABLE quality_runs (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    run text NOT NULL,
    gate text NOT NULL,
    severity text,
    success boolean NOT NULL,
    replay boolean NOT NULL,
    rows bigint NOT NULL,
    seconds double precision NOT NULL,
    parameters jsonb NOT NULL,
    outcomes jsonb NOT NULL,
    doubts jsonb NOT NULL,
    page text NOT NULL,
    result_file text NOT NULL,
    started_at timestamptz NOT NULL
);
CREATE INDEX quality_runs_gate ON quality_runs (gate, id);
INSERT INTO quality_runs
    (run, gate, severity, success, replay, rows, seconds, parameters, outcomes, doubts, page, result_file,
     started_at)
VALUES
    ('old:1', 'users_ready', 'critical', false, true, 4, 0.5, '{"min_valid_ratio": 0.8}',
     '[{"expectation": "expect_valid_rows", "description": "Enough valid rows", "column": "status",
        "severity": "critical", "success": false, "observed": "75 % valid", "threshold": "at least 80 %",
        "unexpected_count": 1, "element_count": 4, "problem": null,
        "examples": [{"place": "row 3", "value": "b…"}]}]',
     '[]', 'validations/users_ready/old.html', 'results/users_ready/old.json', '2026-11-20T02:00:00Z');
"""
"""The table as it was before it knew of DAGs, with a row."""


def test_an_older_table_gets_the_columns_it_lacks_and_keeps_its_rows(engine):
    with engine.begin() as connection:
        connection.execute(text(OLD_TABLE))
    create(engine)
    [old] = reports_of_gate(engine, "users_ready", limit=9)
    assert (old.run, old.passed, old.apart, old.rows) == ("old:1", False, True, 4)
    assert (old.dag, old.task, old.holds, old.counts, old.unit) == ("", "", None, {}, "rows")
    assert (old.outcomes[0].name, old.outcomes[0].measure) == ("expect_valid_rows.status", None)
    record(engine, FULL)
    assert reports_of_gate(engine, "users_ready", limit=9) == [FULL, old]
    indexes = {index["name"] for index in inspect(engine).get_indexes("quality_runs")}
    assert indexes == {index.name for index in QUALITY_RUNS.indexes}


def test_a_table_that_lacks_nothing_is_not_altered_again(engine):
    create(engine)
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    create(engine)
    assert not [each for each in statements if each.startswith(("ALTER", "CREATE", "SELECT pg_advisory"))]


def test_an_older_table_may_be_completed_by_several_at_once(engine):
    with engine.begin() as connection:
        connection.execute(text(OLD_TABLE))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: create(engine), range(8)))
    assert len(reports_of_gate(engine, "users_ready", limit=9)) == 1
