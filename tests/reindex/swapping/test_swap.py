"""The swap: every alias moves at once, whatever fails leaves the old index served and writable."""

from dataclasses import replace

import pytest
from elasticsearch import ApiError

from pipeline.errors import FatalError
from reindex.copying import catch_up
from reindex.errors import IndexConflictError, SwapError
from reindex.index import aliases, blocks, indices
from reindex.index.served import resolve
from reindex.swapping import swap
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.copied import before_the_block, contents, copied, everything, state


def test_the_served_name_moves_and_the_replaced_index_keeps_its_data_closed_to_writers(client, served):
    ready = copied(client, served)
    done = ready.swap(client)
    source, target = ready.plan.source, ready.plan.target
    assert 0 < done.block_seconds < 5
    assert done == swap.Swapped(served, source, target, 3, done.block_seconds, 0, 0, archive=source)
    assert resolve(client, served).index == target
    assert contents(client, served) == contents(client, source)
    client.index(index=served, id="d", document={"url": "d"})
    with pytest.raises(ApiError, match="cluster_block_exception") as refused:
        client.index(index=source, id="d", document={"url": "d"})
    assert refused.value.meta.status == 403
    assert state(client, target) == "validated"


def test_what_the_copy_lost_within_its_limit_is_restored(client, served):
    ready = copied(client, served)
    client.delete(index=ready.plan.target, id="b", refresh=True)
    client.delete(index=served, id="c")
    done = ready.swap(client, lost=1)
    assert (done.restored, done.deleted, done.documents) == (1, 1, 2)
    assert contents(client, served) == {name: {"url": name, "n": 1} for name in ("a", "b")}


def test_a_deletion_of_the_last_moment_does_not_make_up_for_a_loss(client, served, monkeypatch):
    ready = copied(client, served)
    client.delete(index=ready.plan.target, id="b", refresh=True)
    before_the_block(monkeypatch, lambda: client.delete(index=served, id="c"))
    done = ready.swap(client, lost=1)
    assert (done.restored, done.deleted, done.documents) == (1, 1, 2)
    assert set(contents(client, served)) == {"a", "b"}


def test_documents_that_were_written_twice_are_no_reason_to_look_at_all_ids_under_the_block(
    client, served, monkeypatch
):
    ready = copied(client, served)

    def twice():
        for number in (2, 3):
            client.index(index=served, id="a", document={"url": "a", "n": number})

    def looked_at(*_: object, **__: object) -> None:
        raise AssertionError("every id was looked at")

    before_the_block(monkeypatch, twice)
    monkeypatch.setattr(catch_up, "only_in", looked_at)
    done = ready.swap(client)
    assert (done.written, done.deleted) == (1, 0)
    assert contents(client, served)["a"] == {"url": "a", "n": 3}


@pytest.mark.both_versions
def test_every_alias_keeps_its_filter_routing_write_index_and_hiding(client, served):
    standing = {
        served: {"is_write_index": True},
        f"{served}-beginners": {"filter": {"term": {"cours.niveau": "Débutant"}}},
        f"{served}-routed": {"index_routing": "fr", "search_routing": "fr,en"},
        f"{served}-secret": {"is_hidden": True, "filter": {"range": {"n": {"gte": 2}}}},
    }
    ready = copied(client, served, standing=standing)
    assert aliases.aliases_of(client, ready.plan.source) == standing
    ready.swap(client)
    assert aliases.aliases_of(client, ready.plan.target) == standing
    assert aliases.aliases_of(client, ready.plan.source) == {}


def test_an_alias_on_further_indices_stays_there(client, served):
    everywhere = f"{served}-everywhere"
    ready = copied(client, served, standing={served: {}, everywhere: {}})
    client.indices.create(index=f"{served}-other", aliases={everywhere: {}})
    ready.swap(client)
    assert set(client.indices.get_alias(name=everywhere)) == {ready.plan.target, f"{served}-other"}


@pytest.mark.both_versions
def test_what_was_written_since_is_in_the_new_index(client, served):
    ready = copied(client, served)
    client.index(index=served, id="a", document={"url": "a", "n": 2})
    client.index(index=served, id="d", routing="x", document={"url": "d"})
    client.index(index=served, id="e", document={"url": "e"})
    client.delete(index=served, id="b")
    client.delete(index=served, id="e")
    done = ready.swap(client)
    assert contents(client, served) == {
        "a": {"url": "a", "n": 2},
        "c": {"url": "c", "n": 1},
        "d": {"url": "d"},
    }
    assert client.get(index=served, id="d", routing="x")["_routing"] == "x"
    assert (done.documents, done.written, done.deleted) == (3, 2, 1)


# Aliases: what the server does, and that it is noticed.


def test_the_server_acknowledges_the_removal_of_a_missing_alias_and_the_error_is_noticed(client, served):
    ready = copied(client, served)
    moves = aliases.moves(ready.plan.source, ready.plan.target, {f"{served}-gone": {}})
    del moves[0]["remove"]["must_exist"]
    answer = client.indices.update_aliases(actions=moves).body
    assert (answer["acknowledged"], answer["errors"]) == (True, True)
    assert f"{served}-gone" in aliases.aliases_of(client, ready.plan.target)
    with pytest.raises(SwapError, match=f"remove {served}-gone: aliases \\[{served}-gone\\] missing"):
        aliases.refuse_errors(answer)


def test_with_must_exist_a_missing_alias_changes_nothing(client, served):
    ready = copied(client, served)
    before = everything(client, ready)
    moves = aliases.moves(ready.plan.source, ready.plan.target, {served: {}, f"{served}-gone": {}})
    with pytest.raises(FatalError, match=f"404: aliases \\[{served}-gone\\] missing"):
        aliases.update(client, moves, seconds=10)
    assert everything(client, ready) == before


def test_aliases_that_the_api_key_may_not_move_are_seen_and_nothing_is_swapped(
    client, served, elasticsearch: RunningElasticsearch
):
    ready = copied(client, served)
    foreign = f"catalogue-{served}"
    elasticsearch.admin.indices.put_alias(index=ready.plan.source, name=foreign)
    assert foreign not in client.indices.get_alias(index=ready.plan.source)[ready.plan.source]["aliases"]
    before = everything(client, ready)
    with pytest.raises(FatalError, match="aliases: the API key may not do this"):
        ready.swap(client)
    assert everything(client, ready) == before
    assert state(client, ready.plan.target) == "candidate"


# A concrete index under the served name.


@pytest.mark.parametrize("standing", [{}, {"-all": {"filter": {"term": {"url": "a"}}}}])
def test_a_concrete_index_becomes_an_alias_and_its_data_an_archive(client, served, standing):
    standing = {f"{served}{name}": properties for name, properties in standing.items()}
    ready = copied(client, served, concrete=True, standing=standing)
    client.index(index=served, id="d", document={"url": "d"})
    before = contents(client, served)
    done = ready.swap(client)
    archive = indices.name(served, 1)
    assert (done.archive, done.target, done.documents) == (archive, indices.name(served, 2), 4)
    assert resolve(client, served) == replace(resolve(client, served), index=done.target, concrete=False)
    assert contents(client, served) == contents(client, archive) == before
    assert aliases.aliases_of(client, done.target) == {served: {}, **standing}
    assert [(own.name, own.state) for own in indices.own_indices(client, served)] == [
        (archive, "validated"),
        (done.target, "validated"),
    ]
    assert (blocks.blocked(client, archive), blocks.blocked(client, done.target)) == (True, False)
    assert ready.swap(client).repeated


def test_a_foreign_index_under_the_archives_name_is_refused_and_kept(client, served):
    ready = copied(client, served, concrete=True)
    foreign = indices.archive_of(ready.plan)
    client.index(index=foreign, id="x", document={}, refresh=True)
    before = everything(client, ready)
    with pytest.raises(IndexConflictError, match=f"{served} is to be kept as {foreign}"):
        ready.swap(client)
    assert everything(client, ready) == before
    assert contents(client, foreign) == {"x": {}}
