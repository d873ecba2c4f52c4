"""Whole runs in plain Python, with the gate: what they leave, what stops them, what the next clears up."""

from collections.abc import Callable
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import Engine

from local.sample.courses import load
from reindex.errors import LockedError
from reindex.index import blocks, indices
from reindex.index.blocks import block_writes
from reindex.index.served import resolve
from reindex.keeping import lock
from reindex.keeping.snapshots import own_snapshots
from reindex.settings import ReindexSettings
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.flow import STEPS, Flow, GateClosedError
from tests.reindex.own_data import make_index

DOCUMENTS = 1_000
NewRun = Callable[..., Flow]


@pytest.fixture
def new_run(elasticsearch: RunningElasticsearch, served: str, engine: Engine, tmp_path: Path) -> NewRun:
    """`new_run("run-1")`: a run on a thousand sample courses."""
    load(elasticsearch.admin, served, DOCUMENTS)

    def new_run(run: str, *, ended: Callable[[lock.Holder], bool] = lock.never) -> Flow:
        settings = ReindexSettings(index=served)
        connect = lambda: elasticsearch.client_for(served)  # noqa: E731 - a client of its own for each step
        return Flow(connect, settings, tmp_path, run=run, engine=engine, ended=ended)

    return new_run


def numbers(admin: Elasticsearch, served: str) -> list[int]:
    return [index.number for index in indices.own_indices(admin, served)]


def test_five_runs_leave_three_indices_and_three_snapshots(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    foreign = make_index(admin, f"{served}-backup", documents=1)
    admin.snapshot.create(
        repository=elasticsearch.repository,
        snapshot=f"{served}-2019",
        indices=foreign,
        wait_for_completion=True,
    )
    for number in range(1, 6):
        new_run(f"run-{number}").run_all()
    assert numbers(admin, served) == [4, 5, 6]
    assert resolve(admin, served).index == indices.name(served, 6)
    assert admin.count(index=served)["count"] == DOCUMENTS
    snapshots = own_snapshots(admin, served, elasticsearch.repository)
    assert [snapshot.source for snapshot in snapshots] == [indices.name(served, n) for n in (5, 4, 3)]
    assert admin.count(index=foreign)["count"] == 1
    assert admin.snapshot.get(repository=elasticsearch.repository, snapshot=f"{served}-2019")["snapshots"]


def test_a_loss_of_two_percent_closes_the_gate_and_leaves_the_served_index_untouched(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin, run = elasticsearch.admin, new_run("run-1")
    run.run_all(until="catch_up")
    target = run.plan().target
    ids = [hit["_id"] for hit in admin.search(index=target, size=DOCUMENTS // 50)["hits"]["hits"]]
    admin.delete_by_query(index=target, query={"ids": {"values": ids}}, refresh=True)
    run.step("compare_documents")
    with pytest.raises(GateClosedError, match=r"loss 2 %, allowed"):
        run.step("check_courses_reindexed")
    run.step("release")
    assert resolve(admin, served).index == run.plan().source
    assert not blocks.blocked(admin, run.plan().source)
    assert [index.state for index in indices.own_indices(admin, served)] == ["validated", "failed"]
    assert lock.holder(admin, served) is None


@pytest.mark.parametrize("change", ["one field", "one more", "mapping"])
def test_one_difference_closes_the_gate(
    change: str, new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin, run = elasticsearch.admin, new_run("run-1")
    run.run_all(until="catch_up")
    target = run.plan().target
    [first] = admin.search(index=target, size=1)["hits"]["hits"]
    if change == "one field":
        admin.update(index=target, id=first["_id"], doc={"cours": {"duree": "1 heure"}}, refresh=True)
    elif change == "one more":
        admin.index(index=target, id="one-more", document=first["_source"], refresh=True)
    else:
        admin.indices.put_mapping(index=target, properties={"prix": {"type": "long"}})
    run.step("compare_documents")
    with pytest.raises(GateClosedError):
        run.step("check_courses_reindexed")
    assert resolve(admin, served).index == run.plan().source


def test_two_runs_at_once_the_second_is_refused(new_run: NewRun, served: str):
    new_run("run-1").run_all(until="create_index")
    with pytest.raises(LockedError, match=r"run-1"):
        new_run("run-2").run_all()


def test_airflow_died_under_the_write_block_and_the_next_run_lifts_it(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin, dead = elasticsearch.admin, new_run("run-1")
    dead.run_all(until="check_courses_reindexed")
    block_writes(admin, dead.plan().source)
    new_run("run-2", ended=lambda holder: holder.owner == "run-1").step("release_stale")
    assert not blocks.blocked(admin, dead.plan().source)
    assert [index.state for index in indices.own_indices(admin, served)] == ["validated", "failed"]
    admin.index(index=served, document={"url": "after"})
    facts = new_run("run-2").run_all()
    assert facts["swapped"]["target"] == indices.name(served, 3)
    assert admin.count(index=served)["count"] == DOCUMENTS + 1


def test_writes_that_are_blocked_from_the_copy_on_are_free_after_the_swap(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin, run = elasticsearch.admin, new_run("run-1")
    run.run_all(until="create_index")
    block_writes(admin, run.plan().source)
    for name in list(STEPS)[list(STEPS).index("copy_documents") :]:
        run.step(name)
    assert resolve(admin, served).index == run.plan().target
    assert blocks.blocked(admin, run.plan().source)
    assert admin.index(index=served, document={"url": "after"})["result"] == "created"


def test_a_concrete_index_is_migrated_by_the_first_run(
    elasticsearch: RunningElasticsearch, engine: Engine, served: str, tmp_path: Path
):
    admin = elasticsearch.admin
    make_index(admin, served, documents=20)
    run = Flow(
        lambda: elasticsearch.client_for(served),
        ReindexSettings(index=served),
        tmp_path,
        run="run-1",
        engine=engine,
    )
    run.run_all()
    assert not resolve(admin, served).concrete
    assert admin.count(index=served)["count"] == 20
    assert admin.count(index=indices.name(served, 1))["count"] == 20
