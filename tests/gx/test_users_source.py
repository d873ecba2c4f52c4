"""What `users_source` expects of the extracted rows."""

import pytest

from tests.gx.frames import ALI, ZOE, source


def test_ordinary_rows_pass(gate):
    report = gate("users_source", source(ZOE, ALI))
    assert report.passed
    assert report.failed == ()
    assert report.rows == 2
    assert report.summary == "users_source passed: 9 expectations"


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


def unread(what: str, *, rows: int = 0, emails: int = 0, sheet: str = "Notes") -> dict[str, object]:
    return {"workbook": "d.xlsx", "sheet": sheet, "what": what, "rows": rows, "emails": emails}


@pytest.mark.parametrize(
    ("part", "english", "french"),
    [
        (
            unread("visible", rows=12),
            "d.xlsx, Notes: no users in it, 12 rows, 0 emails",
            "d.xlsx, Notes\u202f: sans utilisateurs, 12 lignes, 0 email",
        ),
        (
            unread("veryhidden", rows=1, emails=2000),
            "d.xlsx, Notes: hidden, 1 row, 2,000 emails",
            "d.xlsx, Notes\u202f: masquée, 1 ligne, 2\u202f000 emails",
        ),
        (
            unread("above", emails=1),
            "d.xlsx, Notes: 1 email above the header",
            "d.xlsx, Notes\u202f: 1 email au-dessus de l’en-tête",
        ),
        (
            unread("repeated", rows=3),
            "d.xlsx, Notes: 3 rows that only repeat the header",
            "d.xlsx, Notes\u202f: 3 lignes où l’en-tête se répète",
        ),
    ],
    ids=["a sheet without users", "a hidden one with emails", "above the header", "the header again"],
)
def test_what_was_not_read_is_a_warning_in_both_languages(gate, outcome, part, english, french):
    report = gate("users_source", source(ZOE, ALI), unread=[part])
    assert (report.passed, report.severity) == (True, "warning")
    told = outcome(report, "nothing besides the rows that were read")
    assert (told.key, told.observed, told.words("fr").observed) == ("unread_parts", english, french)


def test_an_email_in_a_visible_sheet_that_was_not_read_closes_the_gate(gate, outcome):
    parts = [unread("visible", rows=3, emails=2, sheet="Courriels"), unread("hidden", rows=3, emails=2)]
    report = gate("users_source", source(ZOE, ALI), unread=parts)
    assert not report.passed
    [closing] = report.critical
    assert (closing.key, closing.observed) == (
        "unread_emails",
        "d.xlsx, Courriels: no users in it, 3 rows, 2 emails",
    )
    assert outcome(report, "nothing besides").observed.count("d.xlsx") == 2


def test_many_parts_are_told_with_the_number_of_those_that_are_not_named(gate, outcome):
    parts = [unread("hidden", rows=1, sheet=f"S{number}") for number in range(13)]
    told = outcome(gate("users_source", source(ZOE), unread=parts), "nothing besides").observed
    assert told.endswith("d.xlsx, S9: hidden, 1 row, 0 emails; 3 more")


def test_an_old_workbook_is_a_warning(gate, outcome):
    report = gate("users_source", source(ZOE, ALI, age_hours=37.25))
    assert report.passed
    age = outcome(report, "oldest workbook")
    assert (age.success, age.observed, age.threshold) == (False, "37.2 hours", "at most 36 hours")


def test_the_volume_is_not_looked_at_without_history(gate):
    report = gate("users_source", source(ZOE, ALI))
    assert not any("Volume" in each.description for each in report.outcomes)
