"""Gates that record what they decide in `quality_runs`, and compare themselves with it."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from report.gate_report import Measure, Outcome
from report.history import QUALITY_RUNS, recent_measures, recent_rows, record, reports_of_gate
from tests.gx.frames import source, valid_users, verdicts
from tests.report.reports import PLAIN

pytestmark = pytest.mark.postgres

REPORT = replace(PLAIN, gate="users_source", run="r0", rows=100, outcomes=())


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


@pytest.mark.parametrize(("rows", "failed"), [(5, True), (6, False), (14, False), (15, True)])
def test_the_volume_is_compared_with_the_median_and_spread_of_recent_runs(
    gate, engine, outcome, rows, failed
):
    runs(
        engine,
        *(replace(REPORT, run=f"r{n}", rows=many) for n, many in enumerate([10, 10, 1, 9, 10, 11, 1000])),
    )
    report = gate(
        "users_source", source(*valid_users(rows)), thresholds={"volume_tolerance": 0.2}, engine=engine
    )
    assert report.passed
    volume = outcome(report, "as usual, 6 to 14 rows (median 10, of 7 runs)")
    assert (volume.success, volume.severity, volume.threshold) == (not failed, "warning", "6 to 14 rows")


def test_six_runs_are_no_usual_volume_and_the_report_says_so(gate, engine, settings):
    runs(engine, *(replace(REPORT, run=f"r{n}") for n in range(6)))
    report = gate("users_source", source(*valid_users(1)), engine=engine)
    assert not any("usual" in each.description for each in report.outcomes)
    [note] = report.notes
    assert note.en == (
        "Volume and repeated emails are not compared with recent runs yet: 6 runs of the 7 needed."
    )
    assert "6 exécutions sur les 7 nécessaires" in note.fr
    assert note.en in (Path(settings.path) / report.page).read_text().replace("\u00a0", " ")
    assert reports_of_gate(engine, "users_source", limit=1) == [report]


def test_a_replay_is_not_compared_and_does_not_count(gate, engine):
    runs(engine, *(replace(REPORT, run=f"r{n}") for n in range(8)))
    report = gate("users_source", source(*valid_users(1)), run="again", engine=engine, replay_only=True)
    assert report.failed == ()
    assert recent_rows(engine, "users_source", limit=9) == [100] * 8


@pytest.mark.parametrize(("rejected", "failed"), [(0, False), (4, False), (5, True)])
def test_the_valid_rows_are_compared_with_those_of_earlier_verdicts_of_the_gate(
    gate, engine, outcome, rejected, failed
):
    for valid, nights in ((97, 4), (98, 3)):
        good = verdicts(*valid_users(valid), *[{"status": "rejected"}] * (100 - valid))
        report = gate("users_ready", good, run=f"{valid} 0", engine=engine)
        # The same night again is no gate's work: its verdict is stored once more.
        runs(engine, *(replace(report, run=f"{valid} {night}") for night in range(1, nights)))
    tonight = verdicts(*valid_users(100 - rejected), *[{"status": "rejected"}] * rejected)
    report = gate("users_ready", tonight, engine=engine)
    assert report.passed
    ratio = outcome(report, "as usual, 96 % to 98 % of the rows are valid (median 97 %, of 7 runs")
    assert (ratio.success, ratio.severity) == (not failed, "warning")


def test_the_measures_are_those_of_passed_runs_newest_first(engine):
    def measured(value):
        return (
            Outcome("e", "d", None, "warning", True, "o", "t", key="valid_ratio", measure=Measure(value)),
        )

    runs(
        engine,
        replace(REPORT, run="r1", outcomes=measured(0.9)),
        replace(REPORT, run="r2", outcomes=measured(0.1), passed=False),
        replace(REPORT, run="r3", outcomes=measured(0.8)),
        replace(REPORT, run="r4", outcomes=()),
        replace(REPORT, run="r5", outcomes=measured(0.2), apart=True),
    )
    assert recent_measures(engine, "users_source", limit=9) == {"valid_ratio": [0.8, 0.9]}
    assert recent_measures(engine, "users_source", limit=9, excluding="r3") == {"valid_ratio": [0.9]}
