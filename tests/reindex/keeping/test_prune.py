"""What may go and what must stay: nothing that is served, foreign or unknown is ever deleted."""

import time

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import RetriableError
from reindex.index import indices
from reindex.index.blocks import block_writes
from reindex.keeping.prune import Pruned, prune_indices, prune_snapshots
from reindex.keeping.snapshots import own_snapshots, snapshot
from reindex.swapping import rollback
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.own_data import make_index, meta_of_run, own_index, plan_of, repository

SERVER_CLOCK_SECONDS = 0.25
"""The server dates a snapshot by a clock that moves every 0.2 s."""


@pytest.fixture
def kept(elasticsearch: RunningElasticsearch) -> str:
    """The session's snapshot repository."""
    return elasticsearch.repository


def names(client: Elasticsearch, served: str) -> list[str]:
    """The indices of a served name, as the ends of their names."""
    return [name.removeprefix(f"{served}-") for name in sorted(client.indices.get(index=f"{served}-*"))]


def serve(client: Elasticsearch, served: str, index: str) -> None:
    actions = [{"remove": {"index": f"{served}-*", "alias": served, "must_exist": False}}]
    client.indices.update_aliases(actions=[*actions, {"add": {"index": index, "alias": served}}])


def test_five_runs_in_a_row_leave_three_indices_and_three_snapshots(client, served, kept):
    served_before = own_index(client, served, 1, alias=True, documents=1)
    for number in range(2, 7):
        snapshot(client, plan_of(served, run=f"run-{number}", source=number - 1), kept)
        index = own_index(client, served, number, run=f"run-{number}", documents=1)
        block_writes(client, served_before)
        serve(client, served, index)
        prune_indices(client, served, keep=3)
        prune_snapshots(client, served, kept, keep=3)
        served_before = index
    assert names(client, served) == ["000004", "000005", "000006"]
    assert [found.run for found in own_snapshots(client, served, kept)] == ["run-6", "run-5", "run-4"]
    assert client.count(index=served)["count"] == 1


def test_the_report_names_what_was_kept_deleted_and_left_alone(client, served):
    ours = [own_index(client, served, number) for number in (1, 2, 3)]
    foreign = make_index(client, f"{served}-000009")
    serve(client, served, ours[2])
    assert prune_indices(client, served, keep=2) == Pruned(
        kept=(ours[1], ours[2]), deleted=(ours[0],), left_alone=(foreign,)
    )
    assert names(client, served) == ["000002", "000003", "000009"]


def test_a_dry_run_says_the_same_and_deletes_nothing(client, served, kept):
    ours = [own_index(client, served, number) for number in (1, 2, 3)]
    serve(client, served, ours[2])
    for number in (2, 3):
        snapshot(client, plan_of(served, run=f"run-{number}", source=number), kept)
        time.sleep(SERVER_CLOCK_SECONDS)
    would = (
        prune_indices(client, served, keep=1, dry_run=True),
        prune_snapshots(client, served, kept, keep=1, dry_run=True),
    )
    assert names(client, served) == ["000001", "000002", "000003"]
    assert len(own_snapshots(client, served, kept)) == 2
    assert would == (
        prune_indices(client, served, keep=1),
        prune_snapshots(client, served, kept, keep=1),
    )
    assert names(client, served) == ["000003"]
    assert [found.run for found in own_snapshots(client, served, kept)] == ["run-3"]


def test_the_served_index_stays_even_when_newer_ones_are_enough(client, served):
    """After a rollback it is not the newest one."""
    served_one, *_ = [own_index(client, served, number) for number in range(1, 6)]
    serve(client, served, served_one)
    pruned = prune_indices(client, served, keep=3)
    assert names(client, served) == ["000001", "000004", "000005"]
    assert pruned.deleted == (f"{served}-000002", f"{served}-000003")
    prune_indices(client, served, keep=1)
    assert names(client, served) == ["000001"]


def test_what_was_served_just_before_stays_also_after_a_rollback(client, served):
    ours = [own_index(client, served, number) for number in (1, 2, 3)]
    newest = own_index(client, served, 4)
    meta = indices.meta_of(client, newest)
    indices.put_meta(client, newest, {**meta, "swap": {"previous": ours[0], "checkpoints": {}}})
    serve(client, served, newest)
    assert prune_indices(client, served, keep=2).deleted == (ours[1],)
    assert rollback.previous(client, served) == ours[0]


def test_indices_of_others_with_similar_names_survive(client, served, elasticsearch):
    admin = elasticsearch.admin
    ours = own_index(client, served, 8, alias=True)
    validated = meta_of_run(served, state="validated")
    survivors = [
        make_index(client, f"{served}-000001"),
        make_index(client, f"{served}-000002", meta={**validated, "owner": "somebody else"}),
        make_index(client, f"{served}-000003", meta={**validated, "served": "another"}),
        make_index(client, f"{served}-000002-copy", meta=validated),
        make_index(client, f"{served}-old", meta=validated),
        make_index(client, f"{served}-b-000001", meta=meta_of_run(f"{served}-b", state="validated")),
        make_index(admin, f"{served}x-000001", meta=validated),
    ]
    pruned = prune_indices(client, served, keep=1)
    assert (pruned.kept, pruned.deleted) == ((ours,), ())
    assert set(pruned.left_alone) == set(survivors) - {f"{served}x-000001"}
    assert all(admin.indices.exists(index=index) for index in survivors)
    admin.indices.delete(index=f"{served}x-000001")


def test_only_the_latest_failed_candidate_stays(client, served):
    own_index(client, served, 1, alias=True)
    for number in (2, 3, 4):
        own_index(client, served, number, state="failed")
    assert prune_indices(client, served, keep=3).deleted == (f"{served}-000002", f"{served}-000003")
    assert names(client, served) == ["000001", "000004"]


@pytest.mark.parametrize("state", ["candidate", "a state of a later version"])
def test_a_candidate_or_an_unknown_state_is_left_alone(client, served, state):
    own_index(client, served, 3, alias=True)
    index = own_index(client, served, 1, state=state)
    assert prune_indices(client, served, keep=1) == Pruned(
        kept=(f"{served}-000003",), deleted=(), left_alone=(index,)
    )
    assert names(client, served) == ["000001", "000003"]


def test_an_index_with_any_alias_on_it_is_left_alone(client, served):
    own_index(client, served, 3, alias=True)
    index = own_index(client, served, 1)
    client.indices.put_alias(index=index, name=f"{served}-archive")
    assert prune_indices(client, served, keep=1).left_alone == (index,)
    assert names(client, served) == ["000001", "000003"]


def test_a_served_index_that_is_not_ours_is_neither_deleted_nor_counted(client, served):
    make_index(client, f"{served}-000009")
    serve(client, served, f"{served}-000009")
    for number in (1, 2, 3):
        own_index(client, served, number)
    assert prune_indices(client, served, keep=3) == Pruned(
        kept=(f"{served}-000002", f"{served}-000003"), deleted=(f"{served}-000001",), left_alone=()
    )


def test_snapshots_of_others_with_similar_names_survive(client, served, kept):
    own_index(client, served, 1, alias=True, documents=1)
    foreign = (f"{served}-20200101000000-0badcafe", f"{served}-backup", f"{served}x")
    for name in foreign:
        client.snapshot.create(
            repository=kept, snapshot=name, indices=f"{served}-000001", wait_for_completion=True
        )
    made = [snapshot(client, plan_of(served, run=run), kept).name for run in ("run-1", "run-2")]
    assert prune_snapshots(client, served, kept, keep=1) == Pruned(
        kept=(made[1],), deleted=(made[0],), left_alone=foreign
    )
    found = client.snapshot.get(repository=kept, snapshot=f"{served}*")["snapshots"]
    assert sorted(document["snapshot"] for document in found) == sorted([*foreign, made[1]])


def test_an_incomplete_snapshot_of_ours_goes_and_does_not_count(client, served, kept):
    own_index(client, served, 1, alias=True, documents=1)
    good = snapshot(client, plan_of(served, run="run-1"), kept)
    client.snapshot.create(
        repository=kept,
        snapshot=f"{served}-empty",
        indices="nothing-*",
        metadata={"owner": "inlearning-data-quality", "served": served, "run": "run-2", "source": "gone"},
        wait_for_completion=True,
    )
    assert prune_snapshots(client, served, kept, keep=1) == Pruned(
        kept=(good.name,), deleted=(f"{served}-empty",), left_alone=()
    )


def test_an_index_of_which_a_snapshot_is_being_taken_is_deleted_by_the_retry(client, served, elasticsearch):
    old = own_index(client, served, 1, documents=50)
    own_index(client, served, 2, alias=True)
    slow = {"max_snapshot_bytes_per_sec": "1kb"}
    with repository(elasticsearch, f"{served}-slow", **slow) as name:
        elasticsearch.admin.snapshot.create(repository=name, snapshot=f"{served}-theirs", indices=old)
        with pytest.raises(RetriableError, match=f"index {old}: a snapshot of it is being taken"):
            prune_indices(client, served, keep=1)
        # It ends behind the file that is being written, which takes as long as it is in kilobytes.
        patient = elasticsearch.admin.options(request_timeout=120)
        patient.snapshot.delete(repository=name, snapshot=f"{served}-theirs")
    assert prune_indices(client, served, keep=1).deleted == (old,)
