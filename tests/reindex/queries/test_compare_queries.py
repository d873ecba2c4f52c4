"""The searches of the platform on a real server: what differs is named; ties and writes are not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from reindex.comparing.compare import both_sides, compare
from reindex.queries import compare as compare_module
from reindex.queries.answers import Difference
from reindex.queries.ask import Side, ask
from reindex.queries.compare import Compared, Different, Unasked
from reindex.queries.file import load
from tests.reindex.queries.two_sides import COURSES, TwoSides, course, query, two_sides

FACET = query(
    "facet by level", size=0, aggs={"level": {"terms": {"field": "predictions.predicted_level.keyword"}}}
)
BY_TITLE = query("sort by title", sort="cours.titre.keyword")
BY_LEVEL = query("sort by level", sort="predictions.predicted_level.keyword")
FULL_TEXT = query("full text", query={"match": {"cours.titre": "python linux"}})


def named(compared: Compared) -> list[str]:
    return [different.query for different in compared.different]


def returned(sides: TwoSides, asked: Any) -> list[list[str]]:
    """The ids that each side returns, whatever is thought of them."""
    with both_sides(sides.client, sides.plan, checkpoints=sides.checkpoints) as both:
        answers = [ask(Side(sides.client, opened), asked.search) for opened in (both.source, both.target)]
    return [[hit.identity for hit in answer.hits] for answer in answers]


def test_a_faithful_copy_answers_every_query_of_the_platform_alike(client: Elasticsearch, served: str):
    compared = two_sides(client, served).compare()
    assert (compared.queries, compared.different, compared.unasked) == (len(load(None)), (), ())


def test_one_document_less_in_one_facet_is_found_although_every_document_is_the_same(
    client: Elasticsearch, served: str
):
    sides = two_sides(client, served, before=[COURSES[0]])
    assert sides.compare(FACET).different == (
        Different("facet by level", (Difference("value", 34, 33, at="level, Débutant"),)),
    )
    assert {"facet by level", "facet by category", "filter by level"} <= set(named(sides.compare()))


def test_two_documents_that_change_places_in_a_sort_are_found(client: Elasticsearch, served: str):
    folded = {"analysis": {"normalizer": {"folded": {"type": "custom", "filter": ["asciifolding"]}}}}
    title = {"type": "text", "fields": {"keyword": {"type": "keyword", "normalizer": "folded"}}}
    documents = [course(1, titre="Zoologie"), course(2, titre="Écrire"), course(3, titre="Anglais")]
    sides = two_sides(
        client,
        served,
        documents,
        target_mapping={"properties": {"cours": {"properties": {"titre": title}}}},
        target_settings=folded,
    )
    assert returned(sides, BY_TITLE) == [["c003", "c001", "c002"], ["c003", "c002", "c001"]]
    assert sides.compare(BY_TITLE).different == (
        Different("sort by title", (Difference("place", "c001", "c002", place=2),)),
    )


def test_documents_of_one_value_may_stand_in_any_order_and_on_any_page(client: Elasticsearch, served: str):
    sides = two_sides(client, served, target_settings={"number_of_shards": 3})
    second_page = query("second page", sort="predictions.predicted_level.keyword", **{"from": 10})
    for asked in (BY_LEVEL, second_page):
        ours, theirs = returned(sides, asked)
        assert set(ours) != set(theirs), "otherwise nothing has to be explained"
    assert sides.compare(BY_LEVEL, second_page).different == ()
    assert sides.compare().different == ()


def test_a_document_of_another_value_among_them_is_found(client: Elasticsearch, served: str):
    """It sorts last in the target, which does not know its level; all on the first page have one level."""
    sides = two_sides(client, served, COURSES[:12], before=[COURSES[6]])
    [different] = sides.compare(BY_LEVEL).different
    assert different.differences[0].place == 3


def test_scores_may_differ_by_what_was_deleted_and_is_not_merged_away(client: Elasticsearch, served: str):
    python = [course(n, titre=f"Python {n}") for n in range(6)]
    linux = [course(n, titre=f"Linux {n}") for n in range(10, 15)]
    often = [course(n, titre=f"Linux {n}") for n in range(100, 160)]
    sides = two_sides(client, served, [*python, *linux, *often], deleted=often)
    ours, theirs = returned(sides, FULL_TEXT)
    assert (ours[0][:3], theirs[0][:3]) == ("c00", "c01"), "which word is rarer depends on the deleted ones"
    assert sides.compare(FULL_TEXT).different == ()


@pytest.mark.parametrize("analyzer", ["french", "whitespace"])
def test_scores_that_come_of_another_analyzer_are_found(client: Elasticsearch, served: str, analyzer: str):
    documents = [
        course(1, titre="Python et les Pythons"),
        course(2, titre="python"),
        course(3, titre="Linux Python"),
    ]
    title = {"type": "text", "analyzer": analyzer}
    sides = two_sides(
        client, served, documents, target_mapping={"properties": {"cours": {"properties": {"titre": title}}}}
    )
    assert named(sides.compare(FULL_TEXT)) == ["full text"]


def test_what_was_written_and_deleted_since_the_catch_up_is_left_out_of_both_sides(
    client: Elasticsearch, served: str
):
    sides = two_sides(client, served)
    source = sides.plan.source
    client.index(index=source, id="new", document=course(200)["_source"])
    client.index(index=source, id="c001", document=course(1, predicted_level="Expert")["_source"])
    client.delete(index=source, id="c006")
    client.indices.refresh(index=source)
    found = [client.count(index=index)["count"] for index in (source, sides.plan.target)]
    assert found == [100, 100]
    assert returned(sides, BY_TITLE)[0] != returned(sides, BY_TITLE)[1]
    assert sides.compare().different == ()


def test_a_document_that_the_copy_has_lost_is_told_by_its_own_check_and_restored_by_the_swap(
    client: Elasticsearch, served: str
):
    sides = two_sides(client, served)
    client.delete(index=sides.plan.target, id="c001", refresh=True)
    with both_sides(client, sides.plan, checkpoints=sides.checkpoints) as both:
        assert compare(both).missing == 1
    assert sides.compare().different == ()


def test_a_document_that_only_the_target_has_is_found(client: Elasticsearch, served: str):
    sides = two_sides(client, served)
    client.index(index=sides.plan.target, id="foreign", document=course(7)["_source"], refresh=True)
    [different] = sides.compare(query("count", size=0)).different
    assert different.differences == (Difference("total", 100, 101),)


def test_a_query_that_the_target_refuses_is_told_with_its_reason(client: Elasticsearch, served: str):
    without = {"properties": {"cours": {"properties": {"titre": {"type": "text"}}}}}
    sides = two_sides(client, served, target_mapping=without)
    [different] = sides.compare(BY_TITLE).different
    reason = "No mapping found for [cours.titre.keyword] in order to sort on"
    assert different.differences == (Difference("refused", 100, reason),)


def test_a_query_that_fails_on_one_shard_of_the_target_is_refused_and_not_half_answered(
    client: Elasticsearch, served: str
):
    """The script finds no value in one document: the server would leave out its shard and go on."""
    sides = two_sides(client, served, before=[COURSES[0]])
    script = {"source": "emit(doc['predictions.predicted_level.keyword'].value)"}
    computed = query(
        "computed",
        size=0,
        runtime_mappings={"computed": {"type": "keyword", "script": script}},
        aggs={"computed": {"terms": {"field": "computed"}}},
    )
    half = client.search(
        index=sides.plan.target,
        size=0,
        runtime_mappings=computed.search.runtime_mappings,
        aggs=computed.search.aggs,
    )
    assert half["_shards"]["failed"] == 1
    [different] = sides.compare(computed).different
    assert different.differences == (Difference("refused", 100, "runtime error"),)


def test_a_page_that_lies_too_far_back_for_the_target_is_refused_there(client: Elasticsearch, served: str):
    sides = two_sides(client, served, target_settings={"max_result_window": 6000})
    far = query("far back", sort="cours.titre.keyword", **{"from": 7000})
    [different] = sides.compare(far).different
    [found] = different.differences
    assert (found.kind, found.source) == ("refused", 100)
    assert str(found.target).startswith("Result window is too large")


WITHOUT_SUB_FIELDS: Mapping[str, Any] = {
    "dynamic": False,
    "properties": {"predictions": {"properties": {"predicted_level": {"type": "keyword"}}}},
}


def test_what_the_source_cannot_answer_is_told_and_is_no_difference(client: Elasticsearch, served: str):
    filtered = query(
        "filter by level",
        {"level": "predictions.predicted_level.keyword"},
        query={"term": {"predictions.predicted_level.keyword": "$level"}},
    )
    nothing = query("nothing", query={"match": {"cours.titre": "quidditch"}})
    level = {"type": "keyword", "fields": {"keyword": {"type": "keyword"}}}
    sides = two_sides(
        client,
        served,
        mapping=WITHOUT_SUB_FIELDS,
        target_mapping={"properties": {"predictions": {"properties": {"predicted_level": level}}}},
    )
    compared = sides.compare(BY_TITLE, FACET, filtered, nothing)
    assert compared.different == ()
    assert compared.unasked == (
        Unasked("sort by title", "refused", "No mapping found for [cours.titre.keyword] in order to sort on"),
        Unasked("facet by level", "no_field", "predictions.predicted_level.keyword"),
        Unasked("filter by level", "no_value", "predictions.predicted_level.keyword"),
        Unasked("nothing", "nothing"),
    )


def test_what_the_target_finds_where_the_source_found_nothing_is_a_difference(
    client: Elasticsearch, served: str
):
    title = {"type": "text", "analyzer": "french"}
    sides = two_sides(
        client, served, target_mapping={"properties": {"cours": {"properties": {"titre": title}}}}
    )
    assert named(sides.compare(query("plural", query={"match": {"cours.titre": "pythons"}}))) == ["plural"]


def test_a_facet_below_a_facet_is_compared_too(client: Elasticsearch, served: str):
    level = {"terms": {"field": "predictions.predicted_level.keyword"}}
    category = {"terms": {"field": "predictions.predicted_category.keyword"}, "aggs": {"level": level}}
    sides = two_sides(client, served, before=[COURSES[4]])
    [different] = sides.compare(query("both", size=0, aggs={"category": category})).different
    assert different.differences == (
        Difference("value", 33, 32, at="category, Langues"),
        Difference("value", 11, 10, at="category, Langues, level, Intermédiaire"),
    )


def test_a_query_that_became_slow_is_told_with_its_times(
    client: Elasticsearch, served: str, monkeypatch: pytest.MonkeyPatch
):
    sides = two_sides(client, served)

    def timed(side: Side, search: Any) -> Any:
        target = (
            client.search(pit={"id": side.opened}, size=1)["hits"]["hits"][0]["_index"] == sides.plan.target
        )
        return replace(ask(side, search), milliseconds=300 if target else 100)

    monkeypatch.setattr(compare_module, "ask", timed)
    [slower] = sides.compare(FACET).slower
    assert (slower.query, slower.source, slower.target) == ("facet by level", 100, 300)


def test_many_differences_of_one_query_are_counted_and_three_shown(client: Elasticsearch, served: str):
    sides = two_sides(client, served, before=COURSES[:20])
    by_title = query(
        "titles", size=0, aggs={"title": {"terms": {"field": "cours.titre.keyword", "size": 200}}}
    )
    [different] = sides.compare(by_title).different
    assert (len(different.differences), different.more) == (3, 17)
