"""What was deleted between two rounds of the catch-up is found by `_seq_no`, whatever else happened."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from reindex.copying import catch_up, vanished
from reindex.copying.catch_up import Applied, Follower
from reindex.index.checkpoints import checkpoints
from reindex.index.moments import shards_at_once
from tests.reindex.before_copy import Begun, begun, contents, copied, numbered

DOCUMENTS = 200

Change = Callable[[Elasticsearch, str], object]


@pytest.fixture
def ready(client: Elasticsearch, served: str) -> Begun:
    """A copied index of 200 documents in two shards."""
    ready = begun(client, served, numbered(DOCUMENTS))
    copied(client, ready)
    return ready


@pytest.fixture(autouse=True)
def no_look_at_all_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at all ids fails a test."""

    def looked_at(*_: object, **__: object) -> None:
        raise AssertionError("every id was looked at")

    monkeypatch.setattr(catch_up, "only_in", looked_at)


@pytest.fixture(params=[None, (4, 2, 3)], ids=["as it is", "in many narrow spans"])
def spans(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many documents are counted in how many spans, and in how many requests."""
    for name, value in zip(("SPANS", "FINER", "RANGES"), request.param or (), strict=False):
        monkeypatch.setattr(vanished, name, value)


@pytest.fixture
def follower(client: Elasticsearch, ready: Begun) -> Iterator[Follower]:
    """A follower behind its first round."""
    with catch_up.following(client, ready.plan, ready.checkpoints) as follower:
        follower.apply(client)
        yield follower


def last_round(client: Elasticsearch, follower: Follower) -> Applied:
    """A round as it is under the write block."""
    return follower.apply(client, under_block=lambda: None)


def same(client: Elasticsearch, ready: Begun) -> bool:
    """Whether both sides have the same documents."""
    return contents(client, ready.plan.source) == contents(client, ready.plan.target)


def deleted(client: Elasticsearch, index: str) -> None:
    for number in (0, 7, 8, 9, 150, 199):
        client.delete(index=index, id=f"d{number}")


def deleted_by_a_query(client: Elasticsearch, index: str) -> None:
    client.delete_by_query(index=index, query={"prefix": {"url": "https://x.fr/1"}}, refresh=True)


def everything_deleted(client: Elasticsearch, index: str) -> None:
    client.delete_by_query(index=index, query={"match_all": {}}, refresh=True)


def deleted_and_made_again(client: Elasticsearch, index: str) -> None:
    for number in range(10):
        client.delete(index=index, id=f"d{number}")
        if number % 2:
            client.index(index=index, id=f"d{number}", document={"n": "again"})


def written_and_deleted(client: Elasticsearch, index: str) -> None:
    for number in range(10):
        client.index(index=index, id=f"d{number}", document={"n": "new"})
        client.index(index=index, id=f"other-{number}", document={"n": "new"})
        client.delete(index=index, id=f"d{number}")
        client.delete(index=index, id=f"other-{number}")


def as_many_added_as_deleted(client: Elasticsearch, index: str) -> None:
    for number in range(10):
        client.index(index=index, id=f"other-{number}", document={"n": "new"})
        client.delete(index=index, id=f"d{number}")


def deleted_and_others_written_twice(client: Elasticsearch, index: str) -> None:
    for number in range(20):
        for _ in range(2):
            client.update(index=index, id=f"d{number}", doc={"n": "new"}, detect_noop=False)
    client.delete(index=index, id="d30")


def moved_to_another_shard(client: Elasticsearch, index: str) -> None:
    client.index(index=index, id="a", routing="r1", document={})
    client.delete(index=index, id="d0")
    for routing in ("r2", "r3", "r4"):
        client.index(index=index, id="d0", routing=routing, document={"n": routing})


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        (deleted, 6),
        (deleted_by_a_query, 111),
        (everything_deleted, DOCUMENTS),
        (deleted_and_made_again, 5),
        (written_and_deleted, 10),
        (as_many_added_as_deleted, 10),
        (deleted_and_others_written_twice, 1),
    ],
)
def test_deletions_of_the_last_moments_are_found_without_looking_at_all_ids(
    client: Elasticsearch, ready: Begun, spans: None, follower: Follower, change: Change, gone: int
):
    change(client, ready.plan.source)
    assert last_round(client, follower).deleted == gone
    assert same(client, ready)


def test_a_document_that_moved_to_another_shard_is_deleted_where_it_was(
    client: Elasticsearch, ready: Begun, follower: Follower
):
    moved_to_another_shard(client, ready.plan.source)
    last_round(client, follower)
    found = client.search(index=ready.plan.target, query={"ids": {"values": ["d0"]}}, size=10)["hits"]["hits"]
    there = client.search(index=ready.plan.source, query={"ids": {"values": ["d0"]}}, size=10)["hits"]["hits"]
    assert sorted(hit["_routing"] for hit in found) == sorted(hit["_routing"] for hit in there)
    assert same(client, ready)


def test_deletions_of_several_rounds_come_one_after_the_other(
    client: Elasticsearch, ready: Begun, follower: Follower
):
    for number in range(3):
        client.delete(index=ready.plan.source, id=f"d{number}")
        client.index(index=ready.plan.source, id=f"d{number + 10}", document={"n": number})
        client.index(index=ready.plan.source, id="d100", document={"n": number})
        assert follower.apply(client).deleted == 1
    client.delete(index=ready.plan.source, id="d100")
    client.delete(index=ready.plan.source, id="d11")
    assert last_round(client, follower).deleted == 2
    assert same(client, ready)


@pytest.mark.both_versions
def test_a_document_that_is_written_while_a_round_begins_and_deleted_behind_it_is_found(
    client: Elasticsearch, ready: Begun, follower: Follower, monkeypatch: pytest.MonkeyPatch
):
    def then_written(client: Elasticsearch, index: str) -> dict[str, int]:
        reached = checkpoints(client, index)
        for name in ("late", "later"):
            client.index(index=index, id=name, document={})
        return reached

    monkeypatch.setattr(catch_up, "checkpoints_of", then_written)
    assert follower.apply(client).written == 2
    monkeypatch.undo()
    client.delete(index=ready.plan.source, id="late")
    done = last_round(client, follower)
    assert (done.written, done.deleted) == (1, 1)
    assert same(client, ready)


@pytest.mark.both_versions
def test_only_the_numbers_that_are_gone_are_listed_and_each_request_is_small(
    client: Elasticsearch, served: str, monkeypatch: pytest.MonkeyPatch
):
    ready = begun(client, served, numbered(20_000))
    source = ready.plan.source
    monkeypatch.setattr(vanished, "SPANS", 100)
    with shards_at_once(client, source, ready.checkpoints) as before:
        counted = vanished.census(client, before, ready.checkpoints)
        assert all(len(counts) <= 100 for counts in counted.counts.values())
        gone = {f"d{number}" for number in range(0, 20_000, 400)}
        bulk(client, ({"_op_type": "delete", "_index": source, "_id": name} for name in gone))
        client.index(index=source, id="d1", document={})
        client.index(index=source, id="new", document={})
        answered = answers(client, monkeypatch)
        with shards_at_once(client, source, checkpoints(client, source)) as now:
            found = vanished.vanished(client, counted, now, tick=lambda: None)
    assert {hit["_id"] for hit in found} == gone
    assert len(found) == len(gone)
    hits = [len(answer["hits"]["hits"]) for answer in answered]
    spans = [
        len(answer["aggregations"]["spans"]["buckets"]) for answer in answered if "aggregations" in answer
    ]
    # Those that are gone and the one that was written again, and of this one where it is now.
    assert sum(hits) == len(gone) + 2
    assert sum(spans) < 5000


def answers(client: Elasticsearch, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the server answers to every search from now on."""
    seen: list[dict[str, Any]] = []
    send = client.transport.perform_request

    def perform_request(method: str, target: str, **options: Any) -> Any:
        answer = send(method, target, **options)
        if target.startswith("/_search"):
            seen.append(answer.body)
        return answer

    monkeypatch.setattr(client.transport, "perform_request", perform_request)
    return seen
