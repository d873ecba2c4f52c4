"""Gates that record what they decide in `quality_runs`, and compare themselves with it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from report.gate_report import GateReport
from report.history import QUALITY_RUNS, recent_rows, record
from tests.gx.frames import source, valid_users, verdicts

pytestmark = pytest.mark.postgres

REPORT = GateReport(
    gate="users_source",
    run="r0",
    run_name="r0",
    passed=True,
    severity=None,
    outcomes=(),
    rows=100,
    parameters={"replay_only": False},
    seconds=0.5,
    page="validations/users_source/r0.html",
    result_file="results/users_source/r0.json",
    started_at="2026-11-24T02:00:00+00:00",
)


def runs(engine, *reports):
    for report in reports:
        record(engine, report)


def test_a_gate_records_its_report(gate, engine):
    report = gate("users_ready", verdicts(*valid_users(3), {"status": "rejected"}), run="r:1", engine=engine)
    with engine.connect() as connection:
        row = connection.execute(select(QUALITY_RUNS)).mappings().one()
    assert (row["run"], row["gate"], row["severity"], row["success"]) == (
        "r:1",
        "users_ready",
        "critical",
        False,
    )
    assert (row["rows"], row["page"], row["result_file"]) == (4, report.page, report.result_file)
    assert row["parameters"] == {
        "min_valid_ratio": 0.8,
        "max_warning_ratio": 0.05,
        "source_rows": 4,
        "replay_only": False,
    }
    assert row["started_at"].isoformat() == report.started_at
    [ratio] = [each for each in row["outcomes"] if "at least 80 %" in each["description"]]
    assert ratio["observed"] == "75 % valid (3 of 4 rows)"


@pytest.mark.parametrize(("rows", "failed"), [(4, True), (5, False), (10, False), (15, False), (16, True)])
def test_the_volume_is_compared_with_the_median_of_recent_runs(gate, engine, outcome, rows, failed):
    runs(engine, *(replace(REPORT, run=f"r{n}", rows=many) for n, many in enumerate([1, 10, 1000])))
    report = gate("users_source", source(*valid_users(rows)), engine=engine)
    assert report.passed
    volume = outcome(report, "within 50 % of the usual 10 rows")
    assert (volume.success, volume.threshold) == (not failed, "5 to 15 rows")


def test_two_runs_are_no_usual_volume(gate, engine):
    runs(engine, *(replace(REPORT, run=f"r{n}") for n in range(2)))
    report = gate("users_source", source(*valid_users(1)), engine=engine)
    assert not any("usual" in each.description for each in report.outcomes)


def test_a_replay_is_not_compared_and_does_not_count(gate, engine):
    runs(engine, *(replace(REPORT, run=f"r{n}") for n in range(3)))
    report = gate("users_source", source(*valid_users(1)), run="again", engine=engine, replay_only=True)
    assert report.failed == ()
    assert recent_rows(engine, "users_source", limit=9) == [100, 100, 100]
