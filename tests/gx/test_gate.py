"""The gate: severity decides, doubt closes, misuse and faults are named."""

import html
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gx.errors import GateMisuse, GateUnavailable
from gx.gate import run_gate
from gx.suites import SUITES, load
from report.settings import QualitySettings
from report.store import GREAT_EXPECTATIONS
from tests.gx.frames import ALI, ZOE, source, valid_users, verdicts

Suites = Callable[..., None]


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> Suites:
    """Put expectations in the place of those of `users_ready`."""

    def put(*expectations: Any) -> None:
        other = replace(load("users_ready"), build=lambda facts, thresholds: list(expectations))
        monkeypatch.setitem(SUITES, "users_ready", other)

    return put


def in_set(**options: Any) -> Any:
    import great_expectations.expectations as gxe

    return gxe.ExpectColumnValuesToBeInSet(**{"column": "status", "value_set": ["valid"], **options})


@pytest.mark.parametrize(("severity", "passed"), [("critical", False), ("warning", True), ("info", True)])
def test_severity_decides(gate, suite, severity, passed):
    suite(in_set(severity=severity))
    report = gate("users_ready", verdicts(ZOE, {"status": "rejected"}))
    assert (report.passed, report.severity) == (passed, severity)
    assert len(report.failed) == 1


def test_an_expectation_without_severity_is_critical(gate, suite):
    suite(in_set())
    assert not gate("users_ready", verdicts({"status": "rejected"})).passed


def test_the_worst_of_several_failures_counts(gate, suite):
    suite(in_set(severity="info"), in_set(severity="warning", mostly=0.9))
    assert gate("users_ready", verdicts({"status": "rejected"})).severity == "warning"


def test_an_empty_suite_closes_the_gate(gate, suite):
    suite()
    report = gate("users_ready", verdicts(ZOE))
    assert not report.passed
    assert report.doubts == ("the suite has no expectation",)
    assert report.summary == "users_ready closed: the suite has no expectation"


@pytest.mark.parametrize(("name", "frame"), [("users_source", source()), ("users_ready", verdicts())])
def test_an_empty_batch_closes_the_gate(gate, name, frame):
    report = gate(name, frame)
    assert not report.passed
    assert (report.rows, report.doubts) == (0, ("the batch is empty",))


def test_a_condition_that_matches_no_row_closes_the_gate_even_under_a_warning(gate, suite):
    from great_expectations.expectations.row_conditions import Column

    suite(in_set(severity="warning", row_condition=Column("status") == "valid"))
    report = gate("users_ready", verdicts({"status": "rejected"}))
    assert not report.passed
    assert (report.severity, report.critical[0].problem) == ("critical", "no row matched the condition")


def test_no_valid_row_closes_the_gate_of_a_replay(gate):
    report = gate("users_ready", verdicts({"status": "rejected", "replay": True}), replay_only=True)
    assert not report.passed
    assert {each.problem for each in report.critical} == {"no row matched the condition"}


def test_an_exception_closes_the_gate_even_under_a_warning(gate, suite):
    suite(in_set(severity="warning", column="gone"))
    report = gate("users_ready", verdicts(ZOE))
    assert not report.passed
    assert report.failed[0].problem == 'the batch has no column "gone"'


def test_the_message_of_an_exception_is_text_in_the_page(gate, suite, settings):
    suite(in_set(column="<img src=x> $column"))
    report = gate("users_ready", verdicts(ZOE))
    page = (Path(settings.path) / report.folder / GREAT_EXPECTATIONS).read_text()
    assert "<img src=x>" not in page
    assert 'the batch has no column "<img src=x> $column"' in html.unescape(page)


@pytest.mark.parametrize("column", ["status", "warnings", "replay", "email", "full_name", "age", "gender"])
def test_a_column_that_is_gone_closes_the_gate(gate, column):
    report = gate("users_ready", verdicts(*valid_users(3)).drop(columns=column))
    assert not report.passed
    assert any(column in (each.problem or "") for each in report.critical)


def test_an_aggregate_of_nothing_closes_the_gate(gate, suite):
    import great_expectations.expectations as gxe

    suite(gxe.ExpectColumnMaxToBeBetween(column="age", max_value=100, severity="warning"))
    report = gate("users_ready", verdicts(ZOE))
    assert not report.passed
    assert report.failed[0].problem == "nothing was observed"


def test_a_null_verdict_closes_the_gate_although_it_leaves_the_ratio(gate, outcome):
    report = gate("users_ready", verdicts(*valid_users(9), {"status": None}))
    assert outcome(report, "at least 80 %").observed == "100 % valid (9 of 9 rows)"
    assert not report.passed


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        (
            {"min_ratio": 0.5},
            r"unknown threshold 'min_ratio' \(known here: min_valid_ratio, max_warning_ratio\)",
        ),
        ({"min_valid_ratio": 80}, "min_valid_ratio = 80 is out of range: it is a ratio between 0 and 1"),
        ({"min_valid_ratio": -0.1}, "out of range"),
        ({"min_valid_ratio": float("nan")}, "out of range"),
        ({"min_valid_ratio": "0.8"}, "out of range"),
        ({"min_valid_ratio": True}, "out of range"),
    ],
)
def test_a_wrong_threshold_is_a_misuse(gate, thresholds, message):
    with pytest.raises(GateMisuse, match=message):
        gate("users_ready", verdicts(ZOE), thresholds=thresholds)


def test_hours_may_be_more_than_one_but_not_negative(gate):
    assert gate("users_source", source(ZOE, ALI), thresholds={"max_workbook_age_hours": 100}).passed
    with pytest.raises(GateMisuse, match="hours, 0 or more"):
        gate("users_source", source(ZOE), thresholds={"max_workbook_age_hours": -1})


def test_an_unknown_gate_is_a_misuse(settings):
    with pytest.raises(GateMisuse, match=r"no gate is called 'users' \(there are: users_source, "):
        run_gate("users", "x.parquet", run="r", facts={}, settings=settings, history=None)


def test_a_missing_fact_is_a_misuse(settings):
    with pytest.raises(GateMisuse, match="the fact 'source_rows' is missing"):
        run_gate(
            "users_ready",
            "x",
            run="r",
            facts={"replay_only": False},
            settings=settings,
            history=None,
        )


@pytest.mark.parametrize("rows", ["2", -1, True])
def test_a_fact_of_a_wrong_kind_is_a_misuse(gate, rows):
    with pytest.raises(GateMisuse, match="the fact 'source_rows' is"):
        gate("users_ready", verdicts(ZOE), source_rows=rows)


def test_a_batch_that_is_not_there_can_be_tried_again(settings, tmp_path):
    facts = {"source_rows": 1, "replay_only": False}
    with pytest.raises(GateUnavailable, match=r"nothing\.parquet cannot be read"):
        run_gate(
            "users_ready",
            str(tmp_path / "nothing.parquet"),
            run="r",
            facts=facts,
            settings=settings,
            history=None,
        )


def test_a_batch_that_is_no_parquet_can_be_tried_again(settings, tmp_path):
    batch = tmp_path / "half.parquet"
    batch.write_bytes(b"PAR1 and then the disk was full")
    facts = {"source_rows": 1, "replay_only": False}
    with pytest.raises(GateUnavailable, match=r"half\.parquet cannot be read"):
        run_gate("users_ready", str(batch), run="r", facts=facts, settings=settings, history=None)


def test_a_folder_that_cannot_be_written_does_not_touch_the_verdict(gate, settings):
    Path(settings.path).write_text("a file where the folder should be")
    report = gate("users_ready", verdicts(ZOE))
    assert report.passed
    [line] = report.unpublished
    assert line.startswith(f"The report's files could not be written to {settings.path}: ")


def test_a_table_without_an_engine_is_a_misuse(settings):
    facts = {"valid_rows": 1, "users_before": 0, "users_after": 1, "staging_table": "s", "missing_users": "m"}
    with pytest.raises(GateMisuse, match="needs an engine"):
        run_gate("users_next", "postgres:v", run="r", facts=facts, settings=settings, history=None)


def test_a_url_is_read_as_well_as_a_path(tmp_path, settings):
    batch = tmp_path / "verdicts.parquet"
    verdicts(ZOE, ALI).to_parquet(batch)
    facts = {"source_rows": 2, "replay_only": False}
    report = run_gate("users_ready", batch.as_uri(), run="r", facts=facts, settings=settings, history=None)
    assert report.passed


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("QUALITY_PATH", "/somewhere")
    settings = QualitySettings()
    assert (settings.path, settings.history_runs) == ("/somewhere", 30)
