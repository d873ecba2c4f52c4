"""What the gate `maintenance` expects of a backup and of what should be gone."""

import pandas as pd
import pytest

from gx.gate import run_gate
from report.gate_report import GateReport
from report.settings import QualitySettings

GOOD: dict[str, object] = {
    "backups": 7,
    "backup_hours": [0.1],
    "files": 9,
    "wrong_files": 0,
    "tables": 60,
    "wrong_tables": 0,
    "rows": 20_000,
    "old_logs": 0,
    "old_rows": 0,
    "snapshots": [3],
    "problem": "",
}


def judged(settings: QualitySettings, **facts: object) -> GateReport:
    frame = pd.DataFrame({"part": ["old_logs"], "found": [0.0]})
    return run_gate("maintenance", frame, run="m", facts={**GOOD, **facts}, settings=settings, history=None)


def test_a_fresh_backup_that_restores_passes_with_each_figure_in_words(settings: QualitySettings):
    report = judged(settings)
    assert report.passed
    assert report.failed == ()
    assert {outcome.key: outcome.observed for outcome in report.outcomes} == {
        "backup_present": "7 backups",
        "backup_age": "0.1 hours",
        "backup_files": "0 wrong of 9 files",
        "backup_restores": "0 wrong of 60 tables with 20,000 rows",
        "old_logs": "0 old files",
        "old_metadata": "0 old rows",
        "snapshots": "3 snapshots",
    }


@pytest.mark.parametrize(
    ("facts", "closing"),
    [
        ({"backup_hours": [26.0]}, "backup_age"),
        ({"wrong_files": 1}, "backup_files"),
        ({"wrong_tables": 1}, "backup_restores"),
        ({"old_logs": 1}, "old_logs"),
        ({"old_rows": 1}, "old_metadata"),
        ({"backups": 0, "backup_hours": [], "problem": "There is no backup."}, "backup_present"),
    ],
)
def test_each_of_these_alone_closes_the_gate(
    settings: QualitySettings, facts: dict[str, object], closing: str
):
    report = judged(settings, **facts)
    assert not report.passed
    assert [outcome.key for outcome in report.critical] == [closing]
    assert bool(facts.get("problem")) == ("There is no backup." in str(report.notes))


def test_too_few_snapshots_are_a_warning_and_unknown_ones_a_note(settings: QualitySettings):
    assert [outcome.key for outcome in judged(settings, snapshots=[2]).warnings] == ["snapshots"]
    unknown = judged(settings, snapshots=[])
    assert unknown.passed
    assert "Snapshots are not judged" in str(unknown.notes)
