"""What `courses_reindexed` expects of the comparison of the new index with the served one."""

import json
from pathlib import Path

import pytest

from gx.errors import GateMisuse
from report.store import GREAT_EXPECTATIONS
from tests.gx.frames import buckets


def page_of(report, settings) -> str:
    return (Path(settings.path) / report.folder / GREAT_EXPECTATIONS).read_text()


def test_equal_indices_pass(gate, outcome):
    report = gate("courses_reindexed", buckets())
    assert report.passed
    assert report.failed == ()
    assert (report.rows, report.unit) == (4, "buckets")
    assert outcome(report, "Document loss").observed == "source 200, target 200, loss 0 %, allowed 1 %"
    assert outcome(report, "was compared").observed == "source 200, target 200, in 4 buckets"
    assert outcome(report, "Mapping and settings").observed == "no difference"


def test_a_copy_that_drops_two_percent_closes_the_gate_and_names_the_documents(gate, outcome, settings):
    frame = buckets({}, {"missing": 3, "documents": "missing a1, missing b2, missing c3"}, {"missing": 1})
    report = gate("courses_reindexed", frame, target_documents=196)
    loss = outcome(report, "Document loss")
    assert not report.passed
    assert [each.description for each in report.critical] == [loss.description]
    assert (loss.observed, loss.threshold) == ("source 200, target 196, loss 2 %, allowed 1 %", "below 1 %")
    assert [each.text for each in loss.examples] == [
        "bucket 1: missing a1, missing b2, missing c3",
        "bucket 2",
    ]
    page = page_of(report, settings)
    assert "source 200, target 196, loss 2 %, allowed 1 %" in page
    assert "bucket 1: missing a1, missing b2, missing c3" in page


@pytest.mark.parametrize(
    ("missing", "limit", "passed"),
    [(1, 0.01, True), (2, 0.01, False), (2, 0.011, True), (1, 0.0, False), (0, 0.0, True), (199, 1.0, True)],
    ids=["below", "exactly the limit", "raised limit", "no loss allowed", "no loss", "almost all"],
)
def test_the_loss_must_stay_below_the_limit(gate, missing, limit, passed):
    report = gate(
        "courses_reindexed",
        buckets({"source_documents": 200, "missing": missing}, documents=0),
        target_documents=200 - missing,
        thresholds={"max_document_loss": limit},
    )
    assert report.passed == passed


def test_a_loss_within_the_limit_is_a_warning_that_names_the_document(gate, outcome):
    frame = buckets({"source_documents": 199_850, "missing": 2, "documents": "missing a1, missing b2"})
    report = gate("courses_reindexed", frame, source_documents=200_000, target_documents=199_998)
    assert (report.passed, report.severity) == (True, "warning")
    assert outcome(report, "Document loss").observed == (
        "source 200,000, target 199,998, loss 0.001 %, allowed 1 %"
    )
    missing = outcome(report, "No document is missing")
    assert missing.observed == "2 missing documents, in 1 of 4 buckets"
    assert [each.text for each in missing.examples] == ["bucket 0: missing a1, missing b2"]


def test_lost_documents_count_although_as_many_others_came(gate, outcome):
    frame = buckets({"missing": 5, "extra": 5})
    report = gate("courses_reindexed", frame)
    assert outcome(report, "Document loss").observed == "source 200, target 200, loss 2.5 %, allowed 1 %"
    assert not outcome(report, "Document loss").success


@pytest.mark.parametrize(
    ("bucket", "target", "description", "observed"),
    [
        ({"changed": 1, "documents": "changed b2"}, 200, "changed on its way", "1 changed document"),
        ({"extra": 1, "documents": "extra b2"}, 201, "in the target alone", "1 extra document"),
    ],
    ids=["changed", "extra"],
)
def test_one_document_closes_the_gate_and_is_named(
    gate, outcome, settings, bucket, target, description, observed
):
    report = gate("courses_reindexed", buckets({}, {}, {}, bucket), target_documents=target)
    assert not report.passed
    [closing] = report.critical
    assert closing == outcome(report, description)
    assert closing.observed == f"{observed}, in 1 of 4 buckets"
    assert [each.text for each in closing.examples] == [f"bucket 3: {bucket['documents']}"]
    assert f"bucket 3: {bucket['documents']}" in page_of(report, settings)


def test_another_mapping_closes_the_gate_and_the_page_says_what_differs(gate, outcome, settings):
    differences = [
        "cours.niveau type: keyword in the plan, text in the index",
        "cours.<b>x</b>: only in the index",
    ]
    report = gate("courses_reindexed", buckets(), mapping_differences=differences)
    assert not report.passed
    assert outcome(report, "Mapping and settings").observed == "; ".join(differences)
    page = page_of(report, settings)
    assert differences[0] in page
    assert "cours.&lt;b&gt;x&lt;/b&gt;: only in the index" in page
    assert "<b>x</b>" not in page


def test_many_differences_of_the_mapping_are_cut(gate, outcome):
    report = gate("courses_reindexed", buckets(), mapping_differences=[f"f{n}: differs" for n in range(23)])
    assert outcome(report, "Mapping and settings").observed.endswith("; f19: differs; and 3 more")


def test_lost_capabilities_close_the_gate_each_named_with_what_it_was_and_is(gate, outcome, settings):
    lost = [
        {"field": "predictions.level.keyword", "was": "keyword, searchable, aggregatable", "now": ""},
        {"field": "cours.titre", "was": "text, searchable", "now": "keyword, aggregatable"},
    ]
    report = gate("courses_reindexed", buckets(), lost_capabilities=lost)
    assert not report.passed
    [closing] = report.critical
    assert closing.key == "capabilities_kept"
    assert closing.observed == (
        "predictions.level.keyword: was keyword, searchable, aggregatable, is gone; "
        "cours.titre: was text, searchable, is keyword, aggregatable"
    )
    assert closing.french.observed == (
        "predictions.level.keyword\u202f: était keyword, cherchable, agrégeable, n’existe plus\u202f; "
        "cours.titre\u202f: était text, cherchable, est keyword, agrégeable"
    )
    assert "predictions.level.keyword: was keyword" in page_of(report, settings)


def test_many_lost_capabilities_are_cut(gate, outcome):
    lost = [{"field": f"f{n}", "was": "long, searchable", "now": ""} for n in range(22)]
    report = gate("courses_reindexed", buckets(), lost_capabilities=lost)
    assert outcome(report, "as before").observed.endswith("f19: was long, searchable, is gone; and 2 more")


@pytest.mark.parametrize("differences", [[1], [None]])
def test_differences_that_are_no_text_are_a_misuse(gate, differences):
    with pytest.raises(GateMisuse, match=r"'mapping_differences' is .*, not a list of texts"):
        gate("courses_reindexed", buckets(), mapping_differences=differences)


def test_a_bucket_that_was_not_compared_closes_the_gate(gate, outcome):
    report = gate("courses_reindexed", buckets().iloc[1:])
    compared = outcome(report, "was compared")
    assert (compared.observed, compared.threshold) == (
        "source 150, target 150, in 3 buckets",
        "source 200, target 200, and every difference explained",
    )
    assert not report.passed


def test_a_difference_that_nobody_explains_closes_the_gate(gate, outcome):
    report = gate("courses_reindexed", buckets({}, {"target_documents": 49}), target_documents=199)
    compared = outcome(report, "was compared")
    assert not compared.success
    assert compared.observed == "source 200, target 199, in 4 buckets, of which 1 does not add up"
    assert [each.text for each in compared.examples] == ["bucket 1"]


def test_documents_that_are_being_written_explain_a_difference(gate):
    frame = buckets({}, {"target_documents": 49, "in_flight": 1})
    assert gate("courses_reindexed", frame, target_documents=199).failed == ()


def test_an_empty_comparison_closes_the_gate(gate):
    report = gate("courses_reindexed", buckets().iloc[:0])
    assert not report.passed
    assert "the batch is empty" in report.doubts


def test_no_document_in_the_source_closes_the_gate(gate, outcome):
    report = gate("courses_reindexed", buckets(documents=0), source_documents=0, target_documents=0)
    assert outcome(report, "holds at least one document").observed == "0 documents"
    assert outcome(report, "Document loss").observed == "source 0, target 0: no document to lose"
    assert len(report.critical) == 2


COUNTS = ["source_documents", "target_documents", "missing", "extra", "changed", "in_flight"]


@pytest.mark.parametrize("column", COUNTS)
def test_a_column_that_is_gone_closes_the_gate_and_the_page_says_so(gate, settings, column):
    report = gate("courses_reindexed", buckets().drop(columns=column))
    assert not report.passed
    assert any(f'"{column}"' in (each.problem or "") for each in report.critical)
    assert report.critical[-1].problem in page_of(report, settings)


@pytest.mark.parametrize("cell", [None, -1.0, 0.5, float("inf"), "many"])
@pytest.mark.parametrize("column", COUNTS)
def test_a_cell_that_is_no_count_closes_the_gate(gate, column, cell):
    frame = buckets().astype({column: "object"})
    frame.loc[2, column] = cell
    report = gate("courses_reindexed", frame.astype({column: "str" if cell == "many" else "float64"}))
    assert not report.passed
    assert any(f'"{column}" has' in (each.problem or "") for each in report.critical)


def test_without_its_names_a_bucket_still_closes_the_gate(gate):
    report = gate("courses_reindexed", buckets({"changed": 1}).drop(columns="documents"))
    assert [each.text for each in report.critical[0].examples] == ["bucket 0"]


def test_a_page_shows_twenty_buckets_of_many_and_a_report_ten(gate, settings):
    frame = buckets({"changed": 1, "documents": "changed a"}).iloc[[0] * 30].assign(bucket=range(30))
    report = gate("courses_reindexed", frame, source_documents=1500, target_documents=1500)
    [closing] = report.critical
    assert (closing.unexpected_count, len(closing.examples)) == (30, 10)
    result = json.loads((Path(settings.path) / report.result_file).read_text())
    [shown] = [r["result"]["partial_unexpected_list"] for r in result["results"] if not r["success"]]
    assert (shown[0], shown[-1], len(shown)) == ("bucket 0: changed a", "bucket 19: changed a", 20)


def test_the_ids_of_documents_are_not_live_in_the_page(gate, settings):
    evil = "<img src=x onerror=alert(1)>"
    page = page_of(
        gate("courses_reindexed", buckets({"changed": 1, "documents": f"changed {evil}"})), settings
    )
    assert "changed &lt;img src=x onerror=alert(1)&gt;" in page
    assert evil not in page
