"""The report: what it says of itself, and its way through XCom."""

import json
import subprocess
import sys

import pytest

from report.gate_report import Example, GateReport, Measure, Outcome


def outcome(**options: object) -> Outcome:
    given = {
        "expectation": "expect_column_values_to_be_unique",
        "description": "No email twice",
        "column": "email",
        "severity": "critical",
        "success": True,
        "observed": "all 2 rows",
        "threshold": "no email twice",
    }
    return Outcome(**{**given, **options})


def report(*outcomes: Outcome, **options: object) -> GateReport:
    given = {
        "gate": "users_ready",
        "run": "manual__2026-11-24T02:00:00+00:00",
        "run_name": "manual__2026-11-24T02-00-00-00-00",
        "passed": True,
        "severity": None,
        "rows": 2,
        "parameters": {"min_valid_ratio": 0.8, "source_rows": 2},
        "seconds": 0.5,
        "page": "validations/users_ready/x.html",
        "result_file": "results/users_ready/x.json",
        "started_at": "2026-11-24T02:00:00+00:00",
    }
    return GateReport(**{**given, "outcomes": outcomes, **options})


WARNING = outcome(description="Few changes", severity="warning", success=False, observed="60 %")
CRITICAL = outcome(
    success=False,
    observed="2 of 2 rows fail",
    unexpected_count=2,
    element_count=2,
    examples=(Example("u.xlsx, Feuil1, row 2", "z…@x.fr"), Example("", "user_id 7")),
)
DOUBT = outcome(description="Fresh", severity="warning", success=False, problem="nothing was observed")


def test_a_report_survives_json():
    before = report(CRITICAL, WARNING, passed=False, severity="critical", doubts=("the batch is empty",))
    assert GateReport.from_dict(json.loads(json.dumps(before.to_dict()))) == before


def test_what_closes_the_gate_comes_first():
    closed = report(outcome(), WARNING, CRITICAL, DOUBT, passed=False, severity="critical")
    assert closed.failed == (CRITICAL, DOUBT, WARNING)
    assert closed.critical == (CRITICAL, DOUBT)
    assert closed.warnings == (WARNING,)


@pytest.mark.parametrize(
    ("made", "summary"),
    [
        (report(outcome()), "users_ready passed: 1 expectations"),
        (
            report(outcome(), WARNING, severity="warning"),
            "users_ready passed: 1 of 2 expectations failed (warning): Few changes: 60 %",
        ),
        (
            report(outcome(), WARNING, CRITICAL, passed=False, severity="critical"),
            "users_ready closed: 2 of 3 expectations failed (critical): No email twice: 2 of 2 rows fail"
            " (and 1 more)",
        ),
        (
            report(DOUBT, passed=False, severity="critical"),
            "users_ready closed: 1 of 1 expectations failed (critical): Fresh: nothing was observed",
        ),
        (
            report(passed=False, severity="critical", doubts=("the batch is empty",)),
            "users_ready closed: the batch is empty",
        ),
    ],
)
def test_the_summary_is_one_line(made, summary):
    assert made.summary == summary


def test_an_example_reads_as_a_place_and_a_value():
    assert [each.text for each in CRITICAL.examples] == ["u.xlsx, Feuil1, row 2: z…@x.fr", "user_id 7"]


LIGHT = (
    *("gx", "gx.errors", "gx.gate", "gx.suite", "gx.suites"),
    *("report.gate_report", "report.settings", "report.history"),
)


@pytest.mark.process
def test_what_a_dag_file_may_import_is_light():
    code = f"""
import importlib, sys
for name in {LIGHT!r}:
    importlib.import_module(name)
    print(name, [heavy for heavy in ("great_expectations", "pandas") if heavy in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{name} []" for name in LIGHT]


@pytest.mark.parametrize(
    ("measure", "used"),
    [
        (Measure(0.02, high=0.05), 0.4),
        (Measure(0.9, low=0.8), 0.5),
        (Measure(0.6, low=0.8), 2.0),
        (Measure(18, high=36, unit="hours"), 0.5),
        (Measure(100, low=50, high=150, unit="number"), 0.0),
        (Measure(30, low=50, high=150, unit="number"), 1.4),
        (Measure(1000, low=1000, high=1000, unit="number"), None),
        (Measure(1.0, low=1.0), None),
        (Measure(0, high=0, unit="number"), None),
        (Measure(7), None),
    ],
)
def test_a_measure_says_how_much_of_what_is_allowed_is_used(measure, used):
    assert measure.used == (used if used is None else pytest.approx(used))


def test_a_report_that_was_stored_before_checks_had_keys_is_still_read():
    stored = report(CRITICAL, doubts=("the batch is empty",)).to_dict()
    for name in ("dag", "task", "holds", "counts", "unpublished"):
        del stored[name]
    for each in stored["outcomes"]:
        for name in ("key", "measure", "french"):
            del each[name]
        for example in each["examples"]:
            del example["french"]
    read = GateReport.from_dict(json.loads(json.dumps(stored)))
    [check] = read.outcomes
    assert (check.name, check.measure) == ("expect_column_values_to_be_unique.email", None)
    assert check.words("fr") == check.words("en")
    assert (read.holds, read.counts) == (None, {})
