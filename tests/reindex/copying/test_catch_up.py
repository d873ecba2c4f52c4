"""What is written to the source while it is copied comes into the target, whatever it was."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from pipeline.errors import RetriableError
from reindex.copying import catch_up, copy, restore, writing
from reindex.errors import CopyError, SwapError
from reindex.index.checkpoints import checkpoints
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.before_copy import (
    OF_FILE,
    SLOWLY,
    Begun,
    begun,
    contents,
    copied,
    numbered,
    wait_for_end,
    wait_until,
)

DOCUMENTS = 3000
CHANGES = 500


def caught_up(client: Elasticsearch, ready: Begun) -> catch_up.CaughtUp:
    return catch_up.catch_up(client, ready.plan, checkpoints=ready.checkpoints)


def differing(client: Elasticsearch, ready: Begun) -> set[str]:
    """Ids of the documents that are not the same on both sides."""
    ours, theirs = (contents(client, index) for index in (ready.plan.source, ready.plan.target))
    return {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}


def copied_meanwhile(client: Elasticsearch, ready: Begun, changes: Iterator[dict[str, Any]]) -> None:
    """Change the source when the copy has begun, and wait for the copy."""
    task = copy.start(client, ready.plan, requests_per_second=SLOWLY, slices=1)
    wait_until(lambda: copy.progress(client, task).done > 0)
    bulk(client, ({"_index": ready.plan.source, **change} for change in changes))
    wait_for_end(client, task)
    copy.finish(client, ready.plan, task)


def test_checkpoints_are_the_last_write_of_each_shard(client: Elasticsearch, served: str):
    ready = begun(client, served, numbered(10))
    assert set(ready.checkpoints) == {"0", "1"}
    assert sum(ready.checkpoints.values()) == 10 - 2
    assert set(checkpoints(client, ready.plan.target).values()) == {-1}
    client.delete(index=ready.plan.source, id="d0")
    assert sum(checkpoints(client, ready.plan.source).values()) == 11 - 2


def test_a_shard_that_is_not_there_has_no_checkpoint(elasticsearch: RunningElasticsearch, served: str):
    # No node has such an attribute, so the shards are never allocated.
    nowhere = {"index.routing.allocation.require.rack": "none"}
    index = f"{served}-000001"
    elasticsearch.admin.indices.create(index=index, settings=nowhere, wait_for_active_shards=0)
    with pytest.raises(RetriableError, match=f"Index {index}: primary shard 0 of 1 is not there"):
        checkpoints(elasticsearch.admin, index)


def test_200_of_200_writes_during_the_copy_are_lost_without_it_and_none_with_it(
    client: Elasticsearch, served: str
):
    ready = begun(client, served, numbered(DOCUMENTS))
    changes = [{"_id": f"d{n}", "_source": {"n": "new"}} for n in range(200)]
    copied_meanwhile(client, ready, iter(changes))
    assert differing(client, ready) == {f"d{n}" for n in range(200)}
    done = caught_up(client, ready)
    assert (done.written, done.deleted, done.rounds) == (200, 0, 1)
    assert differing(client, ready) == set()


@pytest.mark.both_versions
def test_500_writes_updates_and_deletions_and_one_made_again_are_all_right(
    client: Elasticsearch, served: str
):
    ready = begun(client, served, numbered(DOCUMENTS), settings={"index.gc_deletes": "0s"})
    again = recreated(client, ready, "d2999")

    def changes() -> Iterator[dict[str, Any]]:
        for n in range(0, CHANGES, 3):
            yield {"_id": f"new-{n}", "_source": {"n": n}}
            yield {"_op_type": "update", "_id": f"d{n}", "doc": {"n": "new"}}
            yield {"_op_type": "delete", "_id": f"d{n + 1}"}
        yield from again

    copied_meanwhile(client, ready, changes())
    assert len(differing(client, ready)) > CHANGES
    done = caught_up(client, ready)
    assert done.deleted == len(range(0, CHANGES, 3))
    assert differing(client, ready) == set()
    assert contents(client, ready.plan.target)["d2999"] == (None, {"n": "again"})


def recreated(client: Elasticsearch, ready: Begun, identity: str) -> Iterator[dict[str, Any]]:
    """Delete a document and, when the server has forgotten that, make it again."""
    yield {"_op_type": "delete", "_id": identity}
    yield {"_id": "other", "_source": {}}
    forget_deletions(client, ready.plan.source)
    yield {"_id": identity, "_source": {"n": "again"}}


def forget_deletions(client: Elasticsearch, index: str) -> None:
    """What gc_deletes lets the server do after a minute."""
    client.indices.refresh(index=index)


def test_a_version_misses_a_document_that_was_deleted_and_made_again(client: Elasticsearch, served: str):
    ready = begun(client, served, numbered(2), settings={"index.gc_deletes": "0s"})
    source, target = ready.plan.source, ready.plan.target
    for _ in range(3):
        client.index(index=source, id="d0", document={"n": "old"}, refresh=True)
    by_version = {"index": target, "version_type": "external"}
    client.reindex(source={"index": source}, dest=by_version)
    client.delete(index=source, id="d0", refresh=True)
    wait_until(lambda: made_again(client, source) == 1)
    client.reindex(source={"index": source}, dest=by_version, conflicts="proceed", refresh=True)
    assert contents(client, target)["d0"] == (None, {"n": "old"})
    caught_up(client, ready)
    assert contents(client, target)["d0"] == (None, {"n": "again"})


def made_again(client: Elasticsearch, source: str) -> int:
    """The version of a document that is deleted and made again: 1 once the server has forgotten that."""
    version: int = client.index(index=source, id="d0", document={"n": "again"}, refresh=True)["_version"]
    if version != 1:
        client.delete(index=source, id="d0", refresh=True)
    return version


def test_a_deletion_is_found_although_the_copy_lost_a_document_and_the_counts_are_equal(
    client: Elasticsearch, served: str
):
    ready = begun(client, served, numbered(10))
    copied(client, ready)
    client.delete(index=ready.plan.source, id="d0")
    client.delete(index=ready.plan.target, id="d1")
    assert caught_up(client, ready).deleted == 1
    assert differing(client, ready) == {"d1"}


def test_what_changes_between_two_rounds_comes_with_the_second(client: Elasticsearch, served: str):
    ready = begun(client, served, numbered(10))
    copied(client, ready)
    with catch_up.following(client, ready.plan, ready.checkpoints) as follower:
        client.index(index=ready.plan.source, id="first", document={})
        first = follower.apply(client)
        client.index(index=ready.plan.source, id="second", document={})
        second = follower.apply(client)
    assert (first.written, second.written) == (1, 1)
    assert differing(client, ready) == set()


def test_routing_comes_along(client: Elasticsearch, served: str):
    ready = begun(client, served, [{"_id": "a", "routing": "r1", "_source": {}}])
    copied(client, ready)
    for document in ("a", "b"):
        client.index(index=ready.plan.source, id=document, routing="r1", document={"n": document})
    client.index(index=ready.plan.source, id="c", routing="r2", document={})
    client.delete(index=ready.plan.source, id="c", routing="r2")
    caught_up(client, ready)
    assert contents(client, ready.plan.target) == {name: ("r1", {"n": name}) for name in ("a", "b")}


def test_a_document_that_does_not_fit_is_named(client: Elasticsearch, served: str):
    ready = begun(client, served, numbered(10), mappings={"dynamic": False}, change=OF_FILE)
    copied(client, ready)
    client.index(index=ready.plan.source, id="wrong", document={"cours": {"titre": {"fr": "Python"}}})
    with pytest.raises(CopyError, match=r"1 of 1 documents .* document wrong: .*\[cours.titre\]"):
        caught_up(client, ready)


def test_writers_that_are_always_faster_end_it(
    client: Elasticsearch, served: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catch_up, "FEW", 0)
    monkeypatch.setattr(catch_up, "ROUNDS", 1)
    ready = begun(client, served, numbered(10))
    copied(client, ready)
    client.index(index=ready.plan.source, id="new", document={})
    with pytest.raises(RetriableError, match="writers are faster than the catch-up"):
        caught_up(client, ready)


@pytest.fixture
def bulk_bytes(client: Elasticsearch, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of every bulk request that the client sends."""
    sent: list[int] = []
    send = client.transport.perform_request

    def perform_request(method: str, target: str, *, body: Any = None, **options: Any) -> Any:
        if target.endswith("/_bulk"):
            sent.append(sum(map(len, body)))
        return send(method, target, body=body, **options)

    monkeypatch.setattr(client.transport, "perform_request", perform_request)
    return sent


def with_large_documents(client: Elasticsearch, served: str) -> Begun:
    """A run in whose copy three documents of two kilobytes each are added."""
    ready = begun(client, served, numbered(10))
    copied(client, ready)
    for number in range(3):
        client.index(index=ready.plan.source, id=f"large-{number}", document={"text": 2000 * "x"})
    return ready


def test_large_documents_are_written_in_several_requests(
    client: Elasticsearch, served: str, bulk_bytes: list[int], monkeypatch: pytest.MonkeyPatch
):
    ready = with_large_documents(client, served)
    monkeypatch.setattr(writing, "PAGE_BYTES", 3000)
    bulk_bytes.clear()
    assert caught_up(client, ready).written == 3
    assert [size > 2000 for size in bulk_bytes] == [True, True, True]
    assert max(bulk_bytes) <= 3000
    assert differing(client, ready) == set()


def test_between_two_requests_the_limit_of_the_write_block_is_looked_at(
    client: Elasticsearch, served: str, bulk_bytes: list[int], monkeypatch: pytest.MonkeyPatch
):
    ready = with_large_documents(client, served)
    monkeypatch.setattr(writing, "PAGE_BYTES", 3000)
    bulk_bytes.clear()

    def one_request_is_enough() -> None:
        if bulk_bytes:
            raise SwapError("too long")

    with (
        catch_up.following(client, ready.plan, ready.checkpoints) as follower,
        pytest.raises(SwapError, match="too long"),
    ):
        follower.apply(client, under_block=one_request_is_enough)
    assert len(bulk_bytes) == 1


FULL = {"index.blocks.read_only_allow_delete": True}
"""What the server sets when a node's disk is nearly full, and takes away again when it is not."""


def test_a_target_whose_disk_is_full_is_tried_again(client: Elasticsearch, served: str):
    ready = begun(client, served, numbered(3))
    client.indices.put_settings(index=ready.plan.target, settings=FULL)
    with pytest.raises(RetriableError, match=rf"\d of \d documents .* {ready.plan.target}, .* \(429: "):
        catch_up.catch_up(client, ready.plan, checkpoints=dict.fromkeys(ready.checkpoints, -1))
    client.indices.put_settings(index=ready.plan.target, settings=dict.fromkeys(FULL))
    assert (
        catch_up.catch_up(client, ready.plan, checkpoints=dict.fromkeys(ready.checkpoints, -1)).written == 3
    )


def test_a_deletion_that_the_target_refuses_is_not_counted_as_one(client: Elasticsearch, served: str):
    ready = begun(client, served, numbered(10))
    copied(client, ready)
    client.delete(index=ready.plan.source, id="d0")
    client.indices.add_block(index=ready.plan.target, block="write")
    with pytest.raises(
        CopyError, match=rf"1 of 1 documents .* {ready.plan.target}; the first: document d0: "
    ):
        caught_up(client, ready)


def test_a_shard_that_is_away_is_no_document_that_is_gone(elasticsearch: RunningElasticsearch, served: str):
    ready = begun(elasticsearch.admin, served, numbered(10))
    elasticsearch.admin.indices.close(index=ready.plan.source)
    with pytest.raises(RetriableError, match=rf"1 of 1 documents of {ready.plan.source} could not be read"):
        restore.found(elasticsearch.admin, ready.plan, [{"_id": "d0"}])
