"""What `courses_reindexed` expects of the platform's queries."""

from pathlib import Path
from typing import Any

import pytest

from gx.errors import GateMisuse
from report.store import GREAT_EXPECTATIONS
from tests.gx.frames import buckets

BUCKET = {"kind": "value", "source": 1067, "target": 1066, "at": "level, Débutant", "place": None}
PLACE = {"kind": "place", "source": "c001", "target": "c<b>2", "at": "", "place": 2}


def different(query: str, *found: dict[str, Any], more: int = 0) -> dict[str, Any]:
    return {"query": query, "differences": list(found), "more": more}


def test_queries_that_are_answered_alike_pass(gate, outcome):
    report = gate("courses_reindexed", buckets())
    assert report.passed
    assert outcome(report, "returns what it returned").observed == "14 queries answered alike"
    assert outcome(report, "proves something").observed == "14 queries asked"
    assert outcome(report, "twice its time").observed == "no query takes over twice its time"


def test_a_query_that_differs_closes_the_gate_and_says_what_both_sides_returned(gate, outcome, settings):
    found = [different("facet by level", BUCKET), different("sort by title", PLACE, more=2)]
    report = gate("courses_reindexed", buckets(), queries_different=found)
    assert not report.passed
    [closing] = report.critical
    assert closing == outcome(report, "returns what it returned")
    assert closing.key == "queries_alike"
    assert closing.observed == "2 of 14 queries differ: facet by level, sort by title"
    assert [example.said("en") for example in closing.examples] == [
        "facet by level: level, Débutant: 1,067 in the source, 1,066 in the target",
        "sort by title: place 2: c001 in the source, c<b>2 in the target; and 2 more",
    ]
    assert [example.said("fr") for example in closing.examples] == [
        "facet by level: level, Débutant\u202f: 1\u202f067 dans la source, 1\u202f066 dans la cible",
        "sort by title: rang 2\u202f: c001 dans la source, c<b>2 dans la cible\u202f; et 2 de plus",
    ]
    page = (Path(settings.path) / report.folder / "index.html").read_text()
    assert "What was found" in page
    assert "c&lt;b&gt;2 in the target" in page
    own_page = (Path(settings.path) / report.folder / GREAT_EXPECTATIONS).read_text()
    assert "facet by level: level, Débutant: 1,067 in the source, 1,066 in the target" in own_page


@pytest.mark.parametrize(
    ("difference", "english", "french"),
    [
        (
            {"kind": "total", "source": 2000, "target": 1, "at": "", "place": None},
            "2,000 documents in the source, 1 in the target",
            "2\u202f000 documents dans la source, 1 dans la cible",
        ),
        (
            {"kind": "refused", "source": 1, "target": "No mapping found", "at": "", "place": None},
            "1 document in the source; the target refuses it: No mapping found",
            "1 document dans la source\u202f; la cible la refuse\u202f: No mapping found",
        ),
        (
            {"kind": "value", "source": 3, "target": None, "at": "level, a", "place": None},
            "level, a: 3 in the source, nothing in the target",
            "level, a\u202f: 3 dans la source, rien dans la cible",
        ),
        (
            {"kind": "place", "source": "a", "target": "b", "at": "level", "place": 1},
            "level, place 1: a in the source, b in the target",
            "level, rang 1\u202f: a dans la source, b dans la cible",
        ),
    ],
    ids=["total", "refused", "value", "place in a facet"],
)
def test_each_kind_of_difference_is_said_in_both_languages(gate, difference, english, french):
    report = gate("courses_reindexed", buckets(), queries_different=[different("q", difference)])
    [example] = report.critical[0].examples
    assert (example.said("en"), example.said("fr")) == (f"q: {english}", f"q: {french}")


def test_queries_that_prove_nothing_are_a_warning_that_says_why(gate, outcome):
    found = [
        {"query": "a", "why": "no_value", "what": "niveau.keyword"},
        {"query": "b", "why": "refused", "what": "No mapping found"},
        {"query": "c", "why": "nothing", "what": ""},
        {"query": "d", "why": "no_field", "what": "niveau.keyword"},
        {"query": "e", "why": "nothing", "what": ""},
        {"query": "f", "why": "nothing", "what": ""},
    ]
    report = gate("courses_reindexed", buckets(), queries_unasked=found)
    assert (report.passed, report.severity) == (True, "warning")
    told = outcome(report, "proves something")
    assert told.observed == "6 of 14 queries prove nothing: a, b, c, d, e and 1 more"
    assert told.french.observed == "6 requêtes ne prouvent rien sur 14\u202f: a, b, c, d, e et 1 de plus"
    assert [example.text for example in told.examples][:4] == [
        "a: not asked: the source has no value in niveau.keyword",
        "b: the source refuses it already: No mapping found",
        "c: nothing is found, in the source neither",
        "d: not comparable: the source has no field niveau.keyword",
    ]


def test_a_slower_query_is_a_warning_with_both_times(gate, outcome):
    report = gate(
        "courses_reindexed", buckets(), queries_slower=[{"query": "a", "source": 120, "target": 1300}]
    )
    assert (report.passed, report.severity) == (True, "warning")
    told = outcome(report, "twice its time")
    assert told.observed == "1 of 14 queries takes over twice the time: a"
    assert [example.text for example in told.examples] == ["a: 120 ms in the source, 1,300 ms in the target"]


def test_facts_that_are_no_records_are_a_misuse(gate):
    with pytest.raises(GateMisuse, match=r"'queries_slower' is .*, not a list of records"):
        gate("courses_reindexed", buckets(), queries_slower=["a"])


def test_a_record_that_cannot_be_read_closes_the_gate(gate, outcome):
    report = gate("courses_reindexed", buckets(), queries_slower=[{"query": "a"}])
    assert not report.passed
    assert outcome(report, "twice its time").problem
