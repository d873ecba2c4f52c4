"""What the weekly gate expects of the runs themselves."""

from collections.abc import Sequence

import pandas as pd
import pytest

from gx.gate import run_gate
from report.gate_report import GateReport
from report.settings import QualitySettings

ORDINARY = {"rows": 30_000, "valid_rows": 29_000, "messages": 4, "delivered": 4}
COURSES = {"document_loss": [0.002], "snapshots": [3]}


def weekly(settings: QualitySettings, *, failed=0, runs=30, longest=2.0, **facts: object):
    """The verdict on runs of which some failed, and one took longest (minutes)."""
    frame = pd.DataFrame(
        {
            "run": [f"r{n}" for n in range(runs)],
            "succeeded": [float(n >= failed) for n in range(runs)],
            "minutes": [longest, *[1.5] * (runs - 1)][:runs],
        }
    )
    given = {"runs": runs, **ORDINARY, **COURSES, **facts}
    return run_gate("runs_weekly", frame, run="w", facts=given, settings=settings, history=None)


def missed(report: GateReport) -> Sequence[str]:
    return [outcome.key for outcome in report.critical]


def test_good_weeks_pass_with_each_figure_in_words(settings: QualitySettings):
    report = weekly(settings, failed=1)
    assert report.passed
    assert {outcome.key: outcome.observed for outcome in report.outcomes} == {
        "success": "96.7 % succeeded",
        "run_minutes": "the longest took 2 minutes",
        "valid_rows": "96.7 % valid (29,000 of 30,000 rows)",
        "document_loss": "0.2 % lost",
        "snapshots": "3 snapshots",
        "alerts_delivered": "4 of 4 messages delivered",
    }
    assert (report.rows, report.unit, report.notes) == (30, "runs", ())


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"failed": 2}, "success"),
        ({"longest": 10}, "run_minutes"),
        ({"valid_rows": 24_000}, "valid_rows"),
        ({"document_loss": [0.01]}, "document_loss"),
        ({"snapshots": [2]}, "snapshots"),
        ({"delivered": 3}, "alerts_delivered"),
    ],
)
def test_a_figure_at_its_limit_or_beyond_closes_the_gate(settings: QualitySettings, wrong, check: str):
    report = weekly(settings, **wrong)
    assert missed(report) == [check]
    assert all(outcome.measure for outcome in report.critical)


@pytest.mark.parametrize(
    "near", [{"longest": 9.99}, {"valid_rows": 24_001}, {"document_loss": [0.0099]}, {"snapshots": [4]}]
)
def test_a_figure_within_its_limit_passes(settings: QualitySettings, near):
    assert weekly(settings, **near).passed


def test_twenty_runs_of_which_one_failed_are_exactly_95_percent_which_is_not_more(settings: QualitySettings):
    assert missed(weekly(settings, failed=1, runs=20)) == ["success"]


def test_too_few_runs_are_said_and_judged_as_they_are(settings: QualitySettings):
    report = weekly(settings, runs=4)
    assert report.passed
    assert report.outcomes[0].description == ("Success: more than 95 % of the last 4 users runs succeeded")
    assert [note.en for note in report.notes] == [
        "Only 4 users runs have ended so far, of the 30 that are looked at."
    ]


def test_what_there_is_nothing_of_is_said_and_not_judged(settings: QualitySettings):
    nothing = dict.fromkeys(("rows", "valid_rows", "messages", "delivered"), 0)
    report = weekly(settings, **nothing, document_loss=[], snapshots=[])
    assert report.passed
    assert [outcome.key for outcome in report.outcomes] == ["success", "run_minutes"]
    assert [note.en.partition(" not judged")[0] for note in report.notes] == [
        "Valid rows are",
        "Document loss is",
        "Snapshots are",
        "Alerts are",
    ]


def test_without_any_run_nothing_can_be_said_and_the_gate_is_closed(settings: QualitySettings):
    report = weekly(settings, runs=0)
    assert not report.passed
    assert report.doubts == ("the batch is empty",)
