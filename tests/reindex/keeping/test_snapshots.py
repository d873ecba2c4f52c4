"""A snapshot counts when it is proven to hold the source; the server's SUCCESS alone is no proof."""

import re
import time
from collections.abc import Mapping

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import FatalError, RetriableError
from reindex.keeping import snapshots
from reindex.keeping.snapshots import own_snapshots, snapshot
from reindex.plan import OWNER, Plan
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.own_data import own_index, plan_of, repository

NOWHERE = {"index.routing.allocation.require._name": "no-such-node"}


@pytest.fixture
def plan(client: Elasticsearch, served: str) -> Plan:
    """A plan whose source is served and has three documents."""
    own_index(client, served, 1, alias=True, documents=3)
    return plan_of(served, run="reindex_weekly/scheduled__2026-11-22T00:00:00+00:00")


@pytest.fixture
def kept(elasticsearch: RunningElasticsearch) -> str:
    """The session's snapshot repository."""
    return elasticsearch.repository


def metadata_of(plan: Plan) -> dict[str, str]:
    return {"owner": OWNER, "served": plan.served, "run": plan.run, "source": plan.source}


def take(
    client: Elasticsearch, name: str, where: str, *, indices: str, metadata: Mapping[str, str] | None = None
) -> dict:
    """Take a snapshot without our code; what the server says about it."""
    client.snapshot.create(
        repository=where,
        snapshot=name,
        indices=indices,
        metadata=metadata,
        partial=True,
        include_global_state=False,
        wait_for_completion=True,
    )
    return client.snapshot.get(repository=where, snapshot=name)["snapshots"][0]


@pytest.mark.both_versions
def test_it_holds_the_source_and_nothing_else(client, plan, kept):
    made = snapshot(client, plan, kept)
    assert re.fullmatch(rf"{plan.served}-\d{{14}}-[0-9a-f]{{8}}", made.name)
    assert (made.state, made.shards, made.source, made.run, made.missing) == (
        "SUCCESS",
        1,
        plan.source,
        plan.run,
        "",
    )
    document = client.snapshot.get(repository=kept, snapshot=made.name)["snapshots"][0]
    assert document["indices"] == [plan.source]
    assert document["include_global_state"] is False
    assert document["feature_states"] == []
    assert document["metadata"] == metadata_of(plan)
    assert own_snapshots(client, plan.served, kept) == [made]


def test_a_retry_finds_the_one_of_its_run_and_another_run_makes_its_own(client, plan, kept):
    first = snapshot(client, plan, kept)
    assert snapshot(client, plan, kept) == first
    other = snapshot(client, plan_of(plan.served, run="run-2"), kept)
    assert own_snapshots(client, plan.served, kept) == [other, first]


def test_success_of_a_wildcard_that_matches_nothing_is_no_proof_and_is_made_again(client, plan, kept):
    empty = take(client, f"{plan.served}-empty", kept, indices="nothing-*", metadata=metadata_of(plan))
    assert (empty["state"], empty["indices"], empty["shards"]["failed"]) == ("SUCCESS", [], 0)
    assert snapshots.missing_from(empty, plan.source) == f"{plan.source} is not in it (0 indices are)"
    made = snapshot(client, plan, kept)
    assert own_snapshots(client, plan.served, kept) == [made]


def test_a_partial_one_of_the_run_is_deleted_and_made_again(client, plan, kept):
    lost = f"{plan.served}-lost"
    client.indices.create(index=lost, settings=NOWHERE, wait_for_active_shards=0)
    both = f"{plan.source},{lost}"
    partial = take(client, f"{plan.served}-partial", kept, indices=both, metadata=metadata_of(plan))
    assert partial["state"] == "PARTIAL"
    assert snapshots.missing_from(partial, plan.source) == "its state is PARTIAL"
    made = snapshot(client, plan, kept)
    assert [found.name for found in own_snapshots(client, plan.served, kept)] == [made.name]
    assert made.state == "SUCCESS"


def test_a_source_whose_shards_are_away_is_worth_a_retry(client, served, kept):
    plan = plan_of(served)
    client.indices.create(
        index=plan.source, settings={**NOWHERE, "number_of_replicas": 0}, wait_for_active_shards=0
    )
    with pytest.raises(RetriableError, match=r"cannot be made \(.* have unassigned primary shards"):
        snapshot(client, plan, kept)
    client.indices.put_settings(index=plan.source, settings=dict.fromkeys(NOWHERE))
    client.cluster.health(index=plan.source, wait_for_active_shards=1)
    assert snapshot(client, plan, kept).state == "SUCCESS"
    assert len(own_snapshots(client, served, kept)) == 1


@pytest.mark.parametrize(
    ("shards", "missing"),
    [
        ({"total": 2, "failed": 0, "successful": 2}, ""),
        ({"total": 2, "failed": 1, "successful": 1}, "1 of 2 shards failed"),
        ({"total": 0, "failed": 0, "successful": 0}, "it holds no shard"),
        ({}, "None of None shards failed"),
    ],
)
def test_every_shard_counts(shards: dict[str, int], missing: str):
    document = {"state": "SUCCESS", "indices": ["courses-000001"], "shards": shards}
    assert snapshots.missing_from(document, "courses-000001") == missing


def test_the_wait_has_a_limit_and_the_retry_goes_on_with_the_same_one(client, plan, elasticsearch):
    slow = {"max_snapshot_bytes_per_sec": "2kb"}
    with repository(elasticsearch, f"{plan.served}-slow", **slow) as name:
        with pytest.raises(RetriableError, match=r"is still being written\. The retry goes on"):
            snapshot(client, plan, name, hours=0)
        (going,) = own_snapshots(client, plan.served, name)
        assert (going.running, going.missing) == (True, "its state is IN_PROGRESS")
        with pytest.raises(RetriableError, match=going.name):
            snapshot(client, plan, name, hours=0.2 / 3600)
        assert [found.name for found in own_snapshots(client, plan.served, name)] == [going.name]
        snapshots.delete(client, going.name, name)
        assert own_snapshots(client, plan.served, name) == []


def test_a_run_that_is_cleared_days_later_takes_another_one(client, plan, kept, monkeypatch):
    first = snapshot(client, plan, kept)
    assert snapshot(client, plan, kept).name == first.name
    later = snapshots.time() + 3600 * (snapshots.FRESH_HOURS + 1)
    monkeypatch.setattr(snapshots, "time", lambda: later)
    time.sleep(1)  # the name has the second
    assert snapshot(client, plan, kept).name != first.name
    assert len(own_snapshots(client, plan.served, kept)) == 2


def test_those_of_somebody_else_with_a_similar_name_are_not_ours(client, plan, kept, elasticsearch):
    similar = {**metadata_of(plan), "served": f"{plan.served}-b"}
    take(client, f"{plan.served}-backup", kept, indices=plan.source)
    take(client, f"{plan.served}-b-20261122000000-00000000", kept, indices=plan.source, metadata=similar)
    assert own_snapshots(client, plan.served, kept) == []
    assert [found.source for found in own_snapshots(client, f"{plan.served}-b", kept)] == [plan.source]


def test_a_repository_that_is_missing_is_one_line(client, plan):
    with pytest.raises(FatalError, match=r"snapshot repository nowhere: Elasticsearch answers 404: "):
        snapshot(client, plan, "nowhere")


def test_deleting_one_that_is_gone_is_fine(client, plan, kept):
    snapshots.delete(client, f"{plan.served}-gone", kept)


def test_restoring_puts_the_alias_on_the_restored_index_too_unless_it_is_told_not_to(
    client, plan, kept, elasticsearch
):
    """The runbook restores with `include_aliases: false`: otherwise readers get each document twice."""
    made = snapshot(client, plan, kept)

    def restored(index: str, **options: bool) -> int:
        """Documents that readers find after a restore."""
        elasticsearch.admin.snapshot.restore(
            repository=kept,
            snapshot=made.name,
            indices=plan.source,
            rename_pattern=".+",
            rename_replacement=index,
            include_global_state=False,
            wait_for_completion=True,
            **options,
        )
        return int(client.count(index=plan.served)["count"])

    assert restored(f"{plan.served}-restored", include_aliases=False) == 3
    assert restored(f"{plan.served}-trap") == 6
    assert sorted(client.indices.get_alias(name=plan.served)) == [plan.source, f"{plan.served}-trap"]
