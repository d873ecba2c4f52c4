"""A swap that fails: the old index is served and writable as before."""

import time
from dataclasses import replace

import pytest

from pipeline.errors import RetriableError
from reindex.copying import catch_up, vanished
from reindex.copying.catch_up import Applied, Follower
from reindex.errors import IndexConflictError, SwapError
from reindex.index import aliases, blocks, indices
from reindex.index.moments import Moment
from reindex.index.served import resolve
from reindex.swapping import swap
from tests.reindex.copied import Copied, before_the_block, contents, copied, everything, state


def interrupted(*_: object, **__: object) -> None:
    raise SwapError("interrupted")


def nothing_applied(follower: Follower, *_: object, **__: object) -> Applied:
    return Applied(written=0, deleted=0, checkpoints=follower.checkpoints)


def test_the_time_under_the_block_is_limited(client, served):
    ready = copied(client, served)
    before = everything(client, ready)
    with pytest.raises(SwapError, match=r"longer than its 0\.001 s under the write block"):
        ready.swap(client, block_seconds=0.001)
    assert everything(client, ready) == before


def test_the_time_under_the_block_is_limited_while_deletions_are_looked_for(client, served, monkeypatch):
    documents = [{"_id": f"d{number}", "_source": {"url": "d"}} for number in range(40)]
    ready = copied(client, served, documents=documents)
    before_the_block(
        monkeypatch, lambda: [client.delete(index=served, id=f"d{number}") for number in range(20)]
    )
    looked_at, of_ids = [], vanished.of_ids

    def slow(client, point, ids, **options):
        looked_at.append(ids)
        time.sleep(0.6)
        return of_ids(client, point, ids, **options)

    monkeypatch.setattr(vanished, "of_ids", slow)
    monkeypatch.setattr(vanished, "NUMBERS", 1)
    with pytest.raises(SwapError, match="longer than its 5 s under the write block"):
        ready.swap(client, block_seconds=5)
    assert 0 < len(looked_at) < 10
    assert resolve(client, served).index == ready.plan.source
    assert not blocks.blocked(client, ready.plan.source)


def test_a_moment_of_the_last_round_that_is_gone_is_tried_again(client, served, monkeypatch):
    ready = copied(client, served)
    seen: list[Moment] = []
    census = catch_up.census

    def seen_census(client, moment, last):
        seen.append(moment)
        return census(client, moment, last)

    def too_late():
        client.delete(index=served, id="a")
        for point in seen[-1].points:
            client.close_point_in_time(id=point)

    monkeypatch.setattr(catch_up, "census", seen_census)
    before_the_block(monkeypatch, too_late)
    with pytest.raises(RetriableError, match="or that took too long"):
        ready.swap(client)
    assert resolve(client, served).index == ready.plan.source
    assert not blocks.blocked(client, ready.plan.source)
    monkeypatch.undo()
    assert ready.swap(client).deleted == 1
    assert set(contents(client, served)) == {"b", "c"}


def test_a_block_that_somebody_lifts_meanwhile_stops_the_swap(client, served, monkeypatch):
    ready = copied(client, served)
    settle = swap._settle

    def lifted(*arguments, **options):
        settled = settle(*arguments, **options)
        blocks.allow_writes(client, ready.plan.source)
        client.index(index=served, id="d", document={"url": "d"})
        return settled

    monkeypatch.setattr(swap, "_settle", lifted)
    with pytest.raises(SwapError, match="Somebody lifted the write block"):
        ready.swap(client)
    assert set(contents(client, served)) == set("abcd")
    monkeypatch.undo()
    assert ready.swap(client).written == 1
    assert set(contents(client, served)) == set("abcd")


@pytest.mark.parametrize("step", ["_settle", "_move"])
def test_the_block_is_lifted_whatever_fails_under_it(client, served, step, monkeypatch):
    ready = copied(client, served)
    before = everything(client, ready)
    monkeypatch.setattr(swap, step, interrupted)
    with pytest.raises(SwapError, match="interrupted"):
        ready.swap(client)
    assert resolve(client, served).index == ready.plan.source
    assert everything(client, ready) == before
    assert state(client, ready.plan.target) == "candidate"


def test_a_lost_answer_of_the_swap_itself_does_not_open_the_replaced_index(client, served, monkeypatch):
    ready = copied(client, served)
    update = aliases.update

    def lost(*arguments: object, **options: object) -> None:
        update(*arguments, **options)
        interrupted()

    monkeypatch.setattr(aliases, "update", lost)
    with pytest.raises(SwapError, match="interrupted"):
        ready.swap(client)
    assert blocks.blocked(client, ready.plan.source)
    assert ready.swap(client).repeated


def test_an_archive_of_an_interrupted_attempt_is_made_again(client, served, monkeypatch):
    ready = copied(client, served, concrete=True)
    monkeypatch.setattr(aliases, "update", interrupted)
    with pytest.raises(SwapError, match="interrupted"):
        ready.swap(client)
    assert contents(client, indices.name(served, 1)) == contents(client, served)
    client.index(index=served, id="d", document={"url": "d"})
    monkeypatch.undo()
    ready.swap(client)
    assert set(contents(client, indices.name(served, 1))) == set(contents(client, served)) == set("abcd")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (
            lambda client, served: client.index(index=served, id="a", document={"url": "a", "n": True}),
            "\\(a\\)",
        ),
        (lambda client, served: client.index(index=served, id="d", document={"url": "d"}), "\\(d\\)"),
        (lambda client, served: client.delete(index=served, id="c"), "has 2 documents and .* 3"),
    ],
    ids=["updated", "added", "deleted"],
)
def test_without_the_catch_up_nothing_is_swapped(client, served, change, refusal, monkeypatch):
    ready = copied(client, served)
    change(client, served)
    before = everything(client, ready)
    monkeypatch.setattr(Follower, "apply", nothing_applied)
    with pytest.raises(SwapError, match=refusal):
        ready.swap(client)
    assert everything(client, ready) == before


def test_a_served_name_that_moved_meanwhile_is_left_alone(client, served):
    ready = copied(client, served)
    other = f"{served}-other"
    client.indices.create(index=other)
    aliases.update(client, aliases.moves(ready.plan.source, other, {served: {}}), seconds=10)
    with pytest.raises(IndexConflictError, match=f"{served} is {other} now, not {ready.plan.source}"):
        ready.swap(client)
    assert resolve(client, served).index == other


def test_the_candidate_of_another_run_is_not_swapped_in(client, served):
    ready = copied(client, served)
    before = everything(client, ready)
    with pytest.raises(IndexConflictError, match="was not made by run run-2"):
        Copied(replace(ready.plan, run="run-2"), ready.checkpoints).swap(client)
    assert everything(client, ready) == before
