"""Writers that give their documents versions find them in the new index, and are refused as before."""

from typing import Any

import pytest
from elasticsearch import ConflictError, Elasticsearch
from elasticsearch.helpers import bulk

from reindex.comparing.compare import both_sides, compare
from reindex.copying import catch_up
from reindex.copying.catch_up import Follower
from reindex.errors import SwapError
from reindex.index.tombstones import SETTING
from tests.reindex import before_copy
from tests.reindex.before_copy import begun, numbered
from tests.reindex.copied import Copied, before_the_block, copied

MILLISECONDS = 1_764_192_000_000
EXTERNAL = {"version_type": "external"}
VERSIONED = [
    {"_id": name, "_version_type": "external", "_version": version, "_source": {"url": name}}
    for name, version in (("zero", 0), ("one", 1), ("nine", 9), ("now", MILLISECONDS))
]


def versions(client: Elasticsearch, index: str) -> dict[str, int]:
    """The version of every document by its id, after a refresh."""
    client.indices.refresh(index=index)
    found = client.search(index=index, size=1000, version=True)["hits"]["hits"]
    return {hit["_id"]: hit["_version"] for hit in found}


def gc_deletes(client: Elasticsearch, index: str) -> Any:
    """How long an index remembers deletions; None: the server's default."""
    return client.indices.get_settings(index=index, flat_settings=True)[index]["settings"].get(SETTING)


def made_again(client: Elasticsearch, index: str, identity: str, *, version: int = 1) -> None:
    """Delete a document, and make it again with a version that is lower."""
    client.indices.put_settings(index=index, settings={SETTING: "-1"})
    client.delete(index=index, id=identity)
    client.index(index=index, id=identity, document={"url": "again"}, version=version, **EXTERNAL)
    client.indices.put_settings(index=index, settings={SETTING: None})


@pytest.fixture
def versioned(client: Elasticsearch, served: str) -> Copied:
    """A run just before its swap, of documents with versions of their writers."""
    return copied(client, served, documents=VERSIONED)


def test_the_copy_carries_versions(client: Elasticsearch, served: str):
    ready = begun(client, served, VERSIONED)
    assert before_copy.copied(client, ready).created == len(VERSIONED)
    assert versions(client, ready.plan.target) == versions(client, ready.plan.source)
    assert versions(client, ready.plan.source) == {"zero": 0, "one": 1, "nine": 9, "now": MILLISECONDS}


def test_a_resumed_copy_writes_what_is_newer_and_leaves_the_rest(client: Elasticsearch, served: str):
    ready = begun(client, served, VERSIONED)
    for identity, version in (("nine", 5), ("now", MILLISECONDS)):
        client.index(
            index=ready.plan.target, id=identity, document={"url": "stays"}, version=version, **EXTERNAL
        )
    done = before_copy.copied(client, ready)
    assert (done.total, done.created, done.conflicts) == (4, 3, 1)
    assert client.get(index=ready.plan.target, id="now")["_source"] == {"url": "stays"}
    assert client.get(index=ready.plan.target, id="nine")["_source"] == {"url": "nine"}
    assert versions(client, ready.plan.target) == versions(client, ready.plan.source)


@pytest.mark.both_versions
def test_writers_go_on_with_their_versions_behind_the_swap(client: Elasticsearch, served: str):
    ready = copied(client, served, documents=VERSIONED)
    client.index(index=served, id="nine", document={"url": "twelve"}, version=12, **EXTERNAL)
    client.update(index=served, id="one", doc={"url": "two"})
    before = versions(client, served)
    assert before == {"zero": 0, "one": 2, "nine": 12, "now": MILLISECONDS}
    done = ready.swap(client)
    assert versions(client, served) == versions(client, done.target) == before
    for identity, version in before.items():
        with pytest.raises(ConflictError, match=rf"current version \[{version}\] is higher"):
            client.index(index=served, id=identity, document={"url": "old"}, version=version, **EXTERNAL)
        written = client.index(
            index=served, id=identity, document={"url": "new"}, version=version + 1, **EXTERNAL
        )
        assert written["_version"] == version + 1


@pytest.mark.both_versions
def test_a_document_that_was_deleted_and_made_again_comes_with_its_lower_version(
    client: Elasticsearch, served: str, versioned: Copied
):
    made_again(client, versioned.plan.source, "now")
    made_again(client, versioned.plan.source, "nine", version=3)
    assert versioned.swap(client).written == 2
    assert versions(client, served) == {"zero": 0, "one": 1, "nine": 3, "now": 1}
    assert client.get(index=served, id="now")["_source"] == {"url": "again"}


def test_it_comes_so_under_the_write_block_too(
    client: Elasticsearch, served: str, versioned: Copied, monkeypatch: pytest.MonkeyPatch
):
    before_the_block(monkeypatch, lambda: made_again(client, versioned.plan.source, "now"))
    versioned.swap(client)
    assert versions(client, served)["now"] == 1


def test_a_deletion_that_the_target_has_applied_does_not_refuse_the_document_that_is_made_again(
    client: Elasticsearch, served: str, versioned: Copied
):
    plan = versioned.plan
    client.indices.put_settings(index=plan.source, settings={SETTING: "-1"})
    with catch_up.following(client, plan, versioned.checkpoints) as follower:
        client.delete(index=served, id="now")
        assert follower.apply(client).deleted == 1
        client.index(index=served, id="now", document={"url": "again"})
        assert follower.apply(client).written == 1
    assert versions(client, plan.target) == versions(client, plan.source)
    assert versions(client, plan.source)["now"] == 1


def test_the_new_index_remembers_deletions_as_the_old_one_did(
    client: Elasticsearch, served: str, versioned: Copied
):
    client.indices.put_settings(index=versioned.plan.source, settings={SETTING: "5m"})
    caught_up = catch_up.catch_up(client, versioned.plan, checkpoints=versioned.checkpoints)
    assert (caught_up.written, gc_deletes(client, versioned.plan.target)) == (0, "-1")
    done = versioned.swap(client)
    assert gc_deletes(client, done.target) == "5m"
    client.delete(index=served, id="nine")
    with pytest.raises(ConflictError, match=r"current version \[10\] is higher"):
        client.index(index=served, id="nine", document={"url": "late"}, version=9, **EXTERNAL)


def test_a_swap_that_is_tried_again_takes_lower_versions_again(
    client: Elasticsearch, served: str, versioned: Copied, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("reindex.swapping.swap.aliases.update", refused)
    with pytest.raises(SwapError, match="refused"):
        versioned.swap(client)
    assert gc_deletes(client, versioned.plan.target) is None
    monkeypatch.undo()
    made_again(client, versioned.plan.source, "now")
    versioned.swap(client)
    assert versions(client, served)["now"] == 1


def refused(*_: object, **__: object) -> None:
    raise SwapError("refused")


def test_what_the_copy_lost_is_restored_with_its_version(
    client: Elasticsearch, served: str, versioned: Copied
):
    client.delete(index=versioned.plan.target, id="now")
    assert versioned.swap(client, lost=1).restored == 1
    assert versions(client, served)["now"] == MILLISECONDS


def test_the_comparison_finds_a_document_whose_version_differs(client: Elasticsearch, served: str):
    ready = begun(client, served, numbered(100))
    before_copy.copied(client, ready)
    document = client.get(index=ready.plan.source, id="d7")["_source"]
    client.index(index=ready.plan.target, id="d7", document=document, version=2, **EXTERNAL)
    with both_sides(client, ready.plan, checkpoints=ready.checkpoints) as sides:
        found = compare(sides)
    assert (found.changed, found.missing, found.extra) == (1, 0, 0)
    assert [text for bucket in found.buckets for text in bucket.examples] == ["changed d7"]


def test_a_version_that_the_catch_up_did_not_bring_stops_the_swap(
    client: Elasticsearch, served: str, versioned: Copied, monkeypatch: pytest.MonkeyPatch
):
    client.index(index=served, id="nine", document={"url": "nine"}, version=11, **EXTERNAL)
    apply = Follower.apply

    def without_versions(follower: Follower, client: Elasticsearch, **options: Any) -> Any:
        applied = apply(follower, client, **options)
        changed = {"_index": follower.plan.target, "_id": "nine", "_source": {"url": "nine"}}
        bulk(client, [changed], refresh=True)
        return applied

    monkeypatch.setattr(Follower, "apply", without_versions)
    with pytest.raises(SwapError, match=r"not the same in .* \(nine\)"):
        versioned.swap(client)
