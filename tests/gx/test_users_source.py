"""What `users_source` expects of the extracted rows."""

import pytest

from tests.gx.frames import ALI, ZOE, source


def test_ordinary_rows_pass(gate):
    report = gate("users_source", source(ZOE, ALI))
    assert report.passed
    assert report.failed == ()
    assert report.rows == 2
    assert report.summary == "users_source passed: 8 expectations"


@pytest.mark.parametrize("field", ["full_name", "email"])
def test_a_missing_required_column_closes_the_gate(gate, outcome, field):
    report = gate("users_source", source(ZOE, ALI).drop(columns=field))
    assert not report.passed
    assert report.severity == "critical"
    missing = outcome(report, f"the column {field}")
    assert (missing.success, missing.observed, missing.threshold) == (False, "absent", "present")


def test_duplicate_emails_above_the_limit_are_a_warning(gate, outcome):
    report = gate("users_source", source(ZOE, ZOE, ALI))
    assert report.passed
    assert report.severity == "warning"
    repeated = outcome(report, "Unique emails")
    assert (repeated.success, repeated.observed, repeated.threshold) == (
        False,
        "33.3 % of the emails repeat another",
        "at most 5 %",
    )
    assert [o.description for o in report.warnings] == [repeated.description]


def test_the_limit_of_duplicates_can_be_raised(gate):
    report = gate("users_source", source(ZOE, ZOE, ALI), thresholds={"max_duplicate_ratio": 0.4})
    assert report.failed == ()


def test_empty_emails_are_no_duplicates(gate):
    report = gate("users_source", source(ZOE, {"full_name": "Sans"}, {"full_name": "Sans"}))
    assert report.failed == ()


def test_an_unknown_column_is_a_warning_that_names_it(gate, outcome):
    frame = source(ZOE, ALI).assign(Courriel="x")
    report = gate("users_source", frame, unknown_columns=["Courriel"])
    assert report.passed
    assert outcome(report, "known one").observed == "Courriel"


def test_an_unknown_column_is_found_even_when_it_is_not_reported(gate, outcome):
    report = gate("users_source", source(ZOE, ALI).assign(Courriel="x"))
    assert not outcome(report, "known one").success


def test_a_reported_unknown_column_counts_even_when_it_was_dropped(gate, outcome):
    report = gate("users_source", source(ZOE, ALI), unknown_columns=["Courriel"])
    assert outcome(report, "known one").observed == "Courriel"


def test_an_old_workbook_is_a_warning(gate, outcome):
    report = gate("users_source", source(ZOE, ALI, age_hours=37.25))
    assert report.passed
    age = outcome(report, "oldest workbook")
    assert (age.success, age.observed, age.threshold) == (False, "37.2 hours", "at most 36 hours")


def test_the_volume_is_not_looked_at_without_history(gate):
    report = gate("users_source", source(ZOE, ALI))
    assert not any("Volume" in each.description for each in report.outcomes)
