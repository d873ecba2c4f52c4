"""Whole runs in plain Python, with the gate: what they leave, what stops them, what the next clears up."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import Engine

from local.sample.courses import load
from pipeline.errors import ChangedSinceApprovalError, FatalError, RetriableError
from pipeline.folder import checksum
from pipeline.handover import as_json, from_json, told
from reindex import contract
from reindex.errors import LockedError
from reindex.handover import ComparedDocuments
from reindex.index import blocks, indices
from reindex.index.blocks import block_writes
from reindex.index.served import resolve
from reindex.keeping import lock
from reindex.keeping.snapshots import own_snapshots
from reindex.settings import ClusterSettings, ReindexSettings
from tests.elasticsearch import RunningElasticsearch
from tests.gates import GateClosed
from tests.reindex.flow import STEPS, Flow
from tests.reindex.own_data import make_index
from tests.stack import free_port

DOCUMENTS = 1_000
NewRun = Callable[..., Flow]


@pytest.fixture
def new_run(elasticsearch: RunningElasticsearch, served: str, engine: Engine, tmp_path: Path) -> NewRun:
    """`new_run("run-1")`: a run on a thousand sample courses."""
    load(elasticsearch.admin, served, DOCUMENTS)

    def new_run(run: str, *, settings: Mapping[str, Any] | None = None, **options: Any) -> Flow:
        cluster = elasticsearch.cluster_for(served)
        settled = ReindexSettings(index=served, **(settings or {}))
        return Flow(cluster, settled, tmp_path, run=run, engine=engine, **options)

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
    with pytest.raises(GateClosed, match=r"loss 2 %, allowed"):
        run.step("check_courses_reindexed")
    run.step("release")
    assert resolve(admin, served).index == run.plan().source
    assert not blocks.blocked(admin, run.plan().source)
    assert [index.state for index in indices.own_indices(admin, served)] == ["validated", "failed"]
    assert lock.holder(admin, served) is None


def test_an_approved_loss_is_swapped_in_as_it_was_compared_and_the_lost_documents_come_back(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin, run = elasticsearch.admin, new_run("run-1")
    run.run_all(until="catch_up")
    target = run.plan().target
    first, *lost = [hit["_id"] for hit in admin.search(index=target, size=DOCUMENTS // 50)["hits"]["hits"]]
    admin.delete_by_query(index=target, query={"ids": {"values": lost}}, refresh=True)
    run.step("compare_documents")
    with pytest.raises(GateClosed, match=r"loss 1\.9 %, allowed") as closed:
        run.step("check_courses_reindexed")
    assert closed.value.report.may_be_approved
    approve(run)
    admin.update(index=target, id=first, doc={"changed": "since"})
    with pytest.raises(ChangedSinceApprovalError, match=r"changed since it was approved \(1 writes\)"):
        run.step("swap_alias")
    assert resolve(admin, served).index == run.plan().source
    assert not blocks.blocked(admin, run.plan().source)
    admin.delete(index=target, id=first, refresh=True)
    run.step("compare_documents")
    approve(run)
    run.step("swap_alias")
    assert resolve(admin, served).index == target
    assert run.swapped().swap.restored == len(lost) + 1
    assert admin.count(index=served)["count"] == DOCUMENTS


def approve(run: Flow) -> None:
    """Leave what the gate hands on when a person has opened it."""
    compared = from_json(ComparedDocuments, run.left("compare_documents"))
    gate = replace(compared.gate, approved=checksum(compared.gate.batch))
    left = as_json(replace(compared, gate=gate))
    (run.folder / "check_courses_reindexed.json").write_text(json.dumps(left))


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
    with pytest.raises(GateClosed):
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
    admin.index(index=served, document={"url": "after", "cours": {"titre": "Après"}})
    next_run = new_run("run-2")
    next_run.run_all()
    assert next_run.swapped().swap.target == indices.name(served, 3)
    assert admin.count(index=served)["count"] == DOCUMENTS + 1


def test_writes_that_are_blocked_from_the_copy_on_are_free_after_the_swap(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin, run = elasticsearch.admin, new_run("run-1", writes="block")
    run.run_all(until="create_index")
    assert blocks.blocked(admin, run.plan().source)
    for name in list(STEPS)[list(STEPS).index("copy_documents") :]:
        run.step(name)
    assert resolve(admin, served).index == run.plan().target
    assert blocks.blocked(admin, run.plan().source)
    assert admin.index(index=served, document={"url": "after"})["result"] == "created"


@pytest.mark.both_versions
def test_a_concrete_index_is_migrated_by_the_first_run(
    elasticsearch: RunningElasticsearch, engine: Engine, served: str, tmp_path: Path
):
    admin = elasticsearch.admin
    admin.indices.create(index=served, mappings=contract.mapping())
    load(admin, served, 20)
    run = Flow(
        elasticsearch.cluster_for(served),
        ReindexSettings(index=served),
        tmp_path,
        run="run-1",
        engine=engine,
    )
    run.run_all()
    assert not resolve(admin, served).concrete
    assert admin.count(index=served)["count"] == 20
    assert admin.count(index=indices.name(served, 1))["count"] == 20


def test_what_people_are_told_of_a_run_is_in_one_order_and_counts_the_whole_catch_up(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    away = f"http://127.0.0.1:{free_port()}/health"
    run = new_run("run-1", settings={"platform_url": away})
    run.run_all(until="copy_documents")
    admin.index(index=served, id="new", document={"url": "https://x.fr/new"})
    run.step("catch_up")
    run.step("compare_documents")
    run.step("check_courses_reindexed")
    admin.index(index=served, id="newer", document={"url": "https://x.fr/newer"})
    admin.delete(index=served, id="new")
    run.step("swap_alias")
    parts = [told(run.left(name)) for name in list(STEPS)[: list(STEPS).index("prune_indices")]]
    counts = {name: count for part in parts for name, count in part.counts.items()}
    assert list(counts.items()) == [
        ("documents", DOCUMENTS + 1),
        ("created", DOCUMENTS),
        ("written", 2),
        ("deleted", 1),
    ]
    (note,) = [note for part in parts for note in part.notes]
    assert note.startswith(f"Learning platform ({away}): no answer (")


def test_a_key_that_is_refused_behind_the_first_steps_may_pass_since_servers_start(
    new_run: NewRun, elasticsearch: RunningElasticsearch
):
    run = new_run("run-1")
    run.run_all(until="check_courses_source")
    run.cluster = ClusterSettings(host=elasticsearch.url, api_key="bm8=")
    with pytest.raises(RetriableError, match="refuses the API key"):
        run.step("snapshot_before")
    with pytest.raises(FatalError, match="refuses the API key"):
        run.step("check_cluster")


def test_a_run_that_has_lost_its_lock_changes_nothing(
    new_run: NewRun, elasticsearch: RunningElasticsearch, served: str
):
    run = new_run("run-1")
    run.run_all(until="check_courses_reindexed")
    lock.release(elasticsearch.admin, served, owner="run-1")
    behind = [name for name in list(STEPS)[3:-1] if not name.startswith("check_")]
    assert len(behind) == 8
    for name in behind:
        with pytest.raises(LockedError, match="does not hold the lock any more"):
            run.step(name)
    assert resolve(elasticsearch.admin, served).index == run.plan().source
