"""The full comparison: it finds every difference, and calls nothing lost that is only on its way."""

from collections.abc import Mapping
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from reindex.comparing import fingerprint
from reindex.comparing.compare import BUCKETS, Comparison, both_sides, compare
from reindex.comparing.fingerprint import BINS, Fingerprint, digest_of
from reindex.index.checkpoints import checkpoints
from tests.reindex.before_copy import Begun, begun, copied, numbered

MANY = 20_000


def ready(client: Elasticsearch, served: str, documents: list[dict[str, Any]]) -> Begun:
    """A copy of these documents."""
    begin = begun(client, served, documents)
    copied(client, begin)
    return begin


def compared(client: Elasticsearch, ready: Begun, checkpoints: Mapping[str, int] | None = None) -> Comparison:
    with both_sides(client, ready.plan, checkpoints=checkpoints or ready.checkpoints) as sides:
        return compare(sides)


def figures(comparison: Comparison) -> dict[str, int]:
    """The counts that are not 0."""
    kinds = ("missing", "extra", "changed", "in_flight")
    return {kind: found for kind in kinds if (found := getattr(comparison, kind))}


def examples(comparison: Comparison) -> tuple[str, ...]:
    """The documents that are named, of all buckets."""
    return tuple(text for bucket in comparison.buckets for text in bucket.examples)


@pytest.mark.both_versions
def test_one_changed_one_replaced_one_missing_and_one_extra_among_20_000(client: Elasticsearch, served: str):
    copy = ready(client, served, numbered(MANY))
    target = copy.plan.target
    assert figures(compared(client, copy)) == {}
    client.update(index=target, id="d7", doc={"n": 8})
    client.delete(index=target, id="d11")
    client.index(index=target, id="other", document={"n": 11})
    client.delete(index=target, id="d13")
    client.index(index=target, id="extra", document={"n": 0})
    found = compared(client, copy)
    assert (found.source_documents, found.target_documents) == (MANY, MANY)
    assert figures(found) == {"changed": 1, "missing": 2, "extra": 2}
    assert set(examples(found)) == {"changed d7", "missing d11", "missing d13", "extra other", "extra extra"}
    assert len(found.buckets) == BUCKETS
    assert sum(bool(bucket.examples) for bucket in found.buckets) <= 5


def test_counts_aggregations_and_a_sample_do_not_find_what_the_comparison_finds(
    client: Elasticsearch, served: str
):
    copy = ready(client, served, numbered(MANY))
    source, target = copy.plan.source, copy.plan.target
    client.update(index=target, id="d7", doc={"note": "changed"})
    client.delete(index=target, id="d11")
    client.index(index=target, id="other", document={"n": 11})
    client.indices.refresh(index=target)
    sample = [f"d{n}" for n in range(0, MANY, 50)]

    def looked_at(index: str) -> tuple[object, ...]:
        aggregations = {"sum": {"sum": {"field": "n"}}, "numbers": {"cardinality": {"field": "n"}}}
        found = client.search(index=index, size=0, track_total_hits=True, aggs=aggregations)
        documents = client.mget(index=index, ids=sample)["docs"]
        return found["hits"]["total"], found["aggregations"], [document["_source"] for document in documents]

    assert looked_at(source) == looked_at(target)
    assert figures(compared(client, copy)) == {"changed": 1, "missing": 1, "extra": 1}


def test_documents_cannot_be_read_in_the_order_of_their_ids(client: Elasticsearch, served: str):
    copy = ready(client, served, numbered(3))
    with pytest.raises(BadRequestError, match="_id"):
        client.search(index=copy.plan.source, sort=["_id"])


def test_what_was_written_after_the_catch_up_is_in_flight_and_not_lost(client: Elasticsearch, served: str):
    copy = ready(client, served, numbered(100))
    source = copy.plan.source
    client.index(index=source, id="new", document={})
    client.update(index=source, id="d1", doc={"n": "new"})
    client.delete(index=source, id="d2")
    client.delete(index=source, id="d3")
    client.index(index=source, id="d3", document={"n": "again"})
    found = compared(client, copy)
    assert figures(found) == {"in_flight": 4}
    assert sorted(found.to_come) == ["d1", "d2", "d3", "new"]
    assert (found.source_documents, found.target_documents, examples(found)) == (100, 100, ())


def test_what_was_written_before_the_catch_up_and_is_not_there_is_lost(client: Elasticsearch, served: str):
    copy = ready(client, served, numbered(100))
    client.index(index=copy.plan.source, id="new", document={})
    client.update(index=copy.plan.source, id="d1", doc={"n": "new"})
    found = compared(client, copy, checkpoints(client, copy.plan.source))
    assert figures(found) == {"missing": 1, "changed": 1}
    assert found.to_come == ("new",)


def test_more_extra_documents_than_deletions_are_extra(client: Elasticsearch, served: str):
    copy = ready(client, served, numbered(100))
    client.delete(index=copy.plan.source, id="d1")
    client.index(index=copy.plan.target, id="foreign", document={})
    found = compared(client, copy)
    assert figures(found) == {"extra": 2}
    assert set(examples(found)) == {"extra d1", "extra foreign"}


def test_routing_is_part_of_a_document(client: Elasticsearch, served: str):
    routed = [{"_id": f"d{n}", "routing": "r1", "_source": {"n": n}} for n in range(20)]
    copy = ready(client, served, routed)
    assert figures(compared(client, copy)) == {}
    client.delete(index=copy.plan.target, id="d1", routing="r1")
    client.index(index=copy.plan.target, id="d1", routing="r2", document={"n": 1})
    found = compared(client, copy)
    assert (figures(found), examples(found)) == ({"changed": 1}, ("changed d1",))


def test_a_document_that_stands_twice_under_one_id_is_a_difference(client: Elasticsearch, served: str):
    copy = ready(client, served, [])
    # Some lead to one shard, some to the other: to which, the versions of Elasticsearch do not agree on.
    for routing in (f"r{n}" for n in range(1, 21)):
        client.index(index=copy.plan.target, id="d1", routing=routing, document={"n": 1})
    client.index(index=copy.plan.source, id="d1", routing="r1", document={"n": 1})
    found = compared(client, copy, checkpoints(client, copy.plan.source))
    assert (found.source_documents, found.target_documents) == (1, 2)
    assert figures(found) == {"changed": 1}


def test_a_loss_of_two_percent_is_counted_in_full_and_a_few_are_named(client: Elasticsearch, served: str):
    copy = ready(client, served, numbered(5000))
    gone = [operation for n in range(100) for operation in [{"delete": {"_id": f"d{n * 50}"}}]]
    client.bulk(index=copy.plan.target, operations=gone)
    found = compared(client, copy)
    assert figures(found) == {"missing": 100}
    for bucket in found.buckets:
        assert len(bucket.examples) == min(5, bucket.missing)
        assert bucket.source_documents - bucket.missing == bucket.target_documents


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"_source": {"n": 1}}, {"_source": {"n": 2}}),
        ({"_source": {"n": 1}}, {"_source": {"n": 1.0}}),
        ({"_source": {"n": 1}}, {"_source": {"n": True}}),
        ({"_source": {"n": 1}}, {"_source": {"n": "1"}}),
        ({"_source": {"n": ["a", "b"]}}, {"_source": {"n": ["b", "a"]}}),
        ({"_source": {}}, {"_source": {"n": None}}),
        ({"_source": {}}, {"_source": {}, "_routing": "r1"}),
        ({"_id": "a", "_source": {}}, {"_id": "b", "_source": {}}),
        ({"_source": {"n": "\ud83d"}}, {"_source": {"n": "?"}}),
        ({"_source": {"n": 2**70}}, {"_source": {"n": 2**70 + 1}}),
    ],
)
def test_documents_that_are_not_the_same(one: Mapping[str, Any], other: Mapping[str, Any]):
    assert digest_of({"_id": "a", **one}) != digest_of({"_id": "a", **other})


def test_the_order_of_keys_does_not_count():
    one, other = ({"_id": "a", "_source": source} for source in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert digest_of(one) == digest_of(other)


def printed(*documents: tuple[str, int]) -> Fingerprint:
    read = Fingerprint()
    read.add({"_id": identity, "_source": {"n": number}} for identity, number in documents)
    return read


def test_the_order_of_documents_does_not_count():
    assert printed(("a", 1), ("b", 2)).differing(printed(("b", 2), ("a", 1))) == set()


def test_contents_that_changed_places_are_seen_even_in_one_bin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fingerprint, "bin_of", lambda _: 0)
    assert printed(("a", 1), ("b", 2)).differing(printed(("a", 2), ("b", 1))) == {0}


def test_a_document_that_stands_there_twice_more_is_seen(monkeypatch: pytest.MonkeyPatch):
    """XOR alone would not see it."""
    once, thrice = printed(("a", 1)), printed(("a", 1), ("a", 1), ("a", 1))
    assert once.xor == thrice.xor
    assert len(once.differing(thrice)) == 1


def test_parts_are_put_together():
    whole, first = printed(("a", 1), ("b", 2), ("c", 3)), printed(("a", 1), ("c", 3))
    first.include(printed(("b", 2)))
    assert first.differing(whole) == set()
    assert sum(first.count) == 3
    assert len(first.count) == BINS
