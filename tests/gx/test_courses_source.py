"""What `courses_source` expects of the profile of the served index."""

from pathlib import Path

import pytest

from report.store import GREAT_EXPECTATIONS
from tests.gx.frames import profile


def test_ordinary_documents_pass(gate, outcome):
    report = gate("courses_source", profile())
    assert report.passed
    assert report.failed == ()
    assert (report.rows, report.unit) == (5, "fields")
    assert outcome(report, "at least one document").observed == "200 documents"
    assert outcome(report, "looked at").observed == "5 fields of 200 documents"
    assert outcome(report, "required fields").observed == "all 2 fields in every document"
    assert outcome(report, "Descriptions").observed == "0 % missing (0 of 200 documents)"


@pytest.mark.parametrize("field", ["url", "titre"])
def test_one_document_without_a_required_field_closes_the_gate(gate, outcome, settings, field):
    report = gate("courses_source", profile(**{field: {"missing": 1}}))
    assert not report.passed
    [closing] = report.critical
    assert closing == outcome(report, "required fields")
    name = "url" if field == "url" else "cours.titre"
    assert closing.observed == f"{name} missing in 1 of 200 documents"
    assert [each.text for each in closing.examples] == [f"{name}: missing in 1 document"]
    assert [each.said("fr") for each in closing.examples] == [f"{name}: absent de 1 document"]
    assert closing.observed in (Path(settings.path) / report.folder / GREAT_EXPECTATIONS).read_text()


def test_a_field_that_the_profile_calls_required_is_required(gate, outcome):
    report = gate("courses_source", profile(categories={"required": True, "missing": 7}))
    assert outcome(report, "required fields").observed == "cours.categories missing in 7 of 200 documents"
    assert not report.passed


def test_a_required_field_cannot_be_left_out_nor_called_optional(gate, outcome):
    frame = profile(titre={"required": False, "missing": 2})
    report = gate("courses_source", frame[frame.field != "url"])
    assert outcome(report, "required fields").observed == (
        "cours.titre missing in 2 of 200 documents; url not looked at"
    )


@pytest.mark.parametrize(
    ("field", "fault", "description"),
    [("description", "missing", "Descriptions"), ("niveau", "unknown", "Levels")],
)
def test_a_share_above_the_limit_is_a_warning(gate, outcome, field, fault, description):
    report = gate("courses_source", profile(**{field: {fault: 11}}))
    assert (report.passed, report.severity) == (True, "warning")
    share = outcome(report, description)
    assert (share.observed, share.threshold) == (f"5.5 % {fault} (11 of 200 documents)", "at most 5 %")
    assert report.failed == (share,)
    assert gate("courses_source", profile(**{field: {fault: 10}})).failed == ()


def test_the_shares_are_thresholds(gate):
    frame = profile(description={"missing": 20}, niveau={"unknown": 20})
    limits = {"max_missing_descriptions": 0.1, "max_unknown_levels": 0.1}
    assert gate("courses_source", frame, thresholds=limits).failed == ()


def test_an_index_without_documents_closes_the_gate(gate, outcome):
    report = gate("courses_source", profile(documents=0), documents=0)
    assert not report.passed
    assert outcome(report, "at least one document").observed == "0 documents"
    assert outcome(report, "Descriptions").problem == "The profile counts no document."


def test_an_empty_profile_closes_the_gate(gate):
    report = gate("courses_source", profile().iloc[:0])
    assert not report.passed
    assert "the batch is empty" in report.doubts


@pytest.mark.parametrize(
    "fault", [{"documents": 199}, {"present": 199}, {"unknown": 201}], ids=["too few", "neither", "too many"]
)
def test_a_field_that_was_not_counted_in_every_document_closes_the_gate(gate, outcome, fault):
    report = gate("courses_source", profile(niveau=fault), thresholds={"max_unknown_levels": 1})
    assert not report.passed
    counted = outcome(report, "looked at")
    assert counted.observed == "5 fields of 200 documents, of which 1 does not add up"
    assert [each.place for each in counted.examples] == ["cours.niveau"]


@pytest.mark.parametrize("field", ["cours.description", "cours.niveau"])
def test_a_field_that_is_not_in_the_profile_closes_the_gate_even_under_a_warning(gate, field):
    frame = profile()
    report = gate("courses_source", frame[frame.field != field])
    assert not report.passed
    assert [each.problem for each in report.critical] == [f"The profile has 0 rows of {field}."]


@pytest.mark.parametrize("column", ["field", "documents", "present", "missing", "unknown", "required"])
def test_a_column_that_is_gone_closes_the_gate(gate, column):
    report = gate("courses_source", profile().drop(columns=column))
    assert not report.passed
    assert any(f'"{column}"' in (each.problem or "") for each in report.critical)


@pytest.mark.parametrize("column", ["field", "documents", "present", "missing", "unknown", "required"])
def test_an_empty_cell_closes_the_gate(gate, column):
    frame = profile().astype({column: "object"})
    frame.loc[1, column] = None
    report = gate("courses_source", frame)
    assert not report.passed
    assert any(f'"{column}" has' in (each.problem or "") for each in report.critical)
