"""What a dead run leaves is cleared away, and nothing of anybody who is at work."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import RetriableError
from reindex.errors import IndexConflictError, LockedError
from reindex.index.blocks import block_writes, blocked
from reindex.index.indices import own_indices
from reindex.keeping import lock
from reindex.keeping.release import Released, copies, release, release_stale
from reindex.plan import opaque_id
from tests.reindex.own_data import own_index

DEAD = "reindex_weekly/dead"
NEXT = "reindex_weekly/next"
DOCUMENTS = 20


@pytest.fixture
def source(client: Elasticsearch, served: str) -> str:
    """The served index, with documents for a copy that takes its time."""
    return own_index(client, served, 2, alias=True, documents=DOCUMENTS)


@pytest.fixture
def start_copy(client: Elasticsearch, served: str, source: str) -> Iterator:
    """Starts a copy of the source that takes minutes, as a run does; its task."""
    tasks = []

    def start(run: str, *, name: str = served) -> str:
        task = client.options(opaque_id=opaque_id(name, run)).reindex(
            source={"index": source, "size": 1},
            dest={"index": f"{served}-copy-of-{len(tasks)}"},
            requests_per_second=0.1,
            slices=2,
            wait_for_completion=False,
        )["task"]
        tasks.append(task)
        return task

    yield start
    for task in tasks:
        client.options(ignore_status=404).tasks.cancel(task_id=task, wait_for_completion=True)


def states(client: Elasticsearch, served: str) -> dict[str, str]:
    return {index.name.removeprefix(f"{served}-"): index.state for index in own_indices(client, served)}


def test_a_block_is_lifted_from_the_served_index_and_stays_on_the_archive(client, served, source):
    """Airflow died under the write block of the swap."""
    archive = own_index(client, served, 1)
    for index in (archive, source):
        block_writes(client, index)
    assert release_stale(client, served, owner=NEXT) == Released(unblocked=True, lock=True)
    assert (blocked(client, source), blocked(client, archive)) == (False, True)
    client.index(index=served, document={"url": "a writer goes on"})
    assert lock.holder(client, served).owner == NEXT


def test_where_nothing_is_left_only_the_lock_is_taken(client, served, source):
    assert release_stale(client, served, owner=NEXT) == Released(lock=True)
    assert release_stale(client, served, owner=NEXT) == Released(lock=True)


def test_while_somebody_is_at_work_nothing_is_touched(client, served, source, start_copy):
    lock.acquire(client, served, owner="reindex_weekly/at work")
    block_writes(client, source)
    own_index(client, served, 3, state="candidate", run="reindex_weekly/at work")
    task = start_copy("reindex_weekly/at work")
    with pytest.raises(LockedError, match="locked by reindex_weekly/at work"):
        release_stale(client, served, owner=NEXT)
    # The refused run ends, and its own last step must not touch anything, either.
    assert release(client, served, owner=NEXT) == Released()
    assert blocked(client, source)
    assert copies(client, served) == {task: "reindex_weekly/at work"}
    assert states(client, served) == {"000002": "validated", "000003": "candidate"}


def test_the_lock_of_a_run_that_has_ended_is_taken_over(client, served, source):
    lock.acquire(client, served, owner=DEAD)
    asked = []

    def ended(holder: lock.Holder) -> bool:
        asked.append(holder.owner)
        return True

    assert release_stale(client, served, owner=NEXT, ended=ended).lock
    assert (asked, lock.holder(client, served).owner) == ([DEAD], NEXT)


def test_orphaned_copies_are_gone_when_it_returns_and_others_go_on(client, served, source, start_copy):
    own = start_copy(NEXT)
    orphans = [start_copy(DEAD), start_copy(f"{NEXT}-2")]
    similar = start_copy(DEAD, name=f"{served}-b")
    assert sorted(copies(client, served)) == sorted([own, *orphans])
    assert release_stale(client, served, owner=NEXT).cancelled == 2
    assert copies(client, served) == {own: NEXT}
    assert copies(client, f"{served}-b") == {similar: DEAD}
    for orphan in orphans:
        assert client.tasks.get(task_id=orphan)["completed"]


def test_candidates_of_dead_runs_are_failed_and_the_runs_own_one_is_kept_for_its_retry(
    client, served, source
):
    own_index(client, served, 3, state="candidate", run=DEAD)
    own_index(client, served, 4, state="candidate", run=NEXT)
    assert release_stale(client, served, owner=NEXT).failed == (f"{served}-000003",)
    assert states(client, served) == {"000002": "validated", "000003": "failed", "000004": "candidate"}


def test_a_run_that_died_just_behind_its_swap_leaves_a_validated_index(client, served):
    own_index(client, served, 1, state="candidate", run=DEAD, alias=True)
    assert release_stale(client, served, owner=NEXT).failed == ()
    assert states(client, served) == {"000001": "validated"}


def test_a_served_name_that_is_missing_is_said_before_a_lock_is_made(client, served):
    with pytest.raises(IndexConflictError, match=f"No alias and no index is named {served}"):
        release_stale(client, served, owner=NEXT)
    assert not client.indices.exists(index=lock.lock_index(served))


def test_the_end_of_a_run_that_failed_leaves_nothing_running(client, served, source, start_copy):
    release_stale(client, served, owner=DEAD)
    own_index(client, served, 3, state="candidate", run=DEAD)
    block_writes(client, source)
    start_copy(DEAD)
    assert release(client, served, owner=DEAD) == Released(
        unblocked=True, cancelled=1, failed=(f"{served}-000003",), lock=True
    )
    assert copies(client, served) == {}
    assert lock.holder(client, served) is None
    assert release(client, served, owner=DEAD) == Released()


def test_the_lock_is_free_even_when_the_served_name_has_vanished(client, served, source):
    release_stale(client, served, owner=DEAD)
    client.indices.delete_alias(index=source, name=served)
    with pytest.raises(IndexConflictError):
        release(client, served, owner=DEAD)
    assert lock.holder(client, served) is None


def test_a_release_that_failed_keeps_the_lock_so_that_its_retry_does_the_rest(
    client, served, source, monkeypatch
):
    release_stale(client, served, owner=DEAD)
    block_writes(client, source)

    def away(*_):
        raise RetriableError("no master")

    with monkeypatch.context() as broken:
        broken.setattr("reindex.keeping.release.allow_writes", away)
        with pytest.raises(RetriableError):
            release(client, served, owner=DEAD)
    assert release(client, served, owner=DEAD) == Released(unblocked=True, lock=True)
