"""One lock: whoever creates its document has it; nobody reads first and writes then."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import Elasticsearch

from reindex.errors import IndexConflictError, LockedError, SwapError
from reindex.keeping import lock
from tests.reindex.own_data import make_index

ROUNDS = 40
THREADS = 4


def test_the_second_owner_is_told_who_holds_it_since_when_and_what_to_do(client: Elasticsearch, served: str):
    first = lock.acquire(client, served, owner="reindex_weekly/run 1")
    with pytest.raises(LockedError) as refused:
        lock.acquire(client, served, owner="reindex_weekly/run 2")
    assert str(refused.value) == (
        f"{served} is locked by reindex_weekly/run 1 since {first.since}. Wait for it to end; if it is dead, "
        "free the lock: python -m reindex release --force."
    )
    assert lock.holder(client, served) == first


def test_the_same_owner_takes_it_again_and_keeps_the_time(client: Elasticsearch, served: str):
    first = lock.acquire(client, served, owner="run 1")
    assert lock.acquire(client, served, owner="run 1") == first


@pytest.mark.parametrize("taken_over", [False, True], ids=["free", "from an ended run"])
def test_of_several_that_want_it_at_once_exactly_one_gets_it(
    client: Elasticsearch, served: str, taken_over: bool
):
    barrier = threading.Barrier(THREADS)

    def wants(owner: str) -> str | None:
        barrier.wait()
        try:
            return lock.acquire(
                client, served, owner=owner, ended=lambda holder: holder.owner == "ended"
            ).owner
        except LockedError:
            return None

    with ThreadPoolExecutor(THREADS) as pool:
        for turn in range(ROUNDS):
            if taken_over:
                lock.acquire(client, served, owner="ended")
            owners = [f"{turn}/{number}" for number in range(THREADS)]
            winners = [winner for winner in pool.map(wants, owners) if winner]
            assert len(winners) == 1
            holder = lock.holder(client, served)
            assert holder is not None
            assert [holder.owner] == winners
            assert lock.release(client, served, owner=holder.owner)


def test_two_that_make_the_index_of_the_lock_at_once_do_not_fail(client: Elasticsearch, served: str):
    """The first round of a new served name: both find no index."""
    names = [f"{served}-{number}" for number in range(5)]
    with ThreadPoolExecutor(2) as pool:
        for name in names:
            barrier = threading.Barrier(2)

            def wants(owner: str, name: str = name, barrier: threading.Barrier = barrier) -> bool:
                barrier.wait()
                try:
                    return bool(lock.acquire(client, name, owner=owner))
                except LockedError:
                    return False

            assert sorted(pool.map(wants, ["a", "b"])) == [False, True]


def test_a_holder_whose_time_is_over_is_replaced(client: Elasticsearch, served: str):
    past = datetime.now(UTC) - timedelta(seconds=1)
    lock.acquire(client, served, owner="a command that died", until=past)
    assert lock.acquire(client, served, owner="run 2").owner == "run 2"


def test_a_command_holds_it_for_a_while_and_gives_it_back_after_an_error(client: Elasticsearch, served: str):
    def fails() -> None:
        with lock.held(client, served, owner="me") as holder:
            assert holder.until is not None
            left = datetime.fromisoformat(holder.until) - datetime.now(UTC)
            assert timedelta(minutes=14) < left <= timedelta(minutes=15)
            assert lock.holder(client, served) == holder
            raise SwapError("no")

    with pytest.raises(SwapError):
        fails()
    assert lock.holder(client, served) is None


def test_only_its_owner_gives_it_back(client: Elasticsearch, served: str):
    lock.acquire(client, served, owner="run 1")
    assert lock.release(client, served, owner="run 2") is False
    assert lock.release(client, served, owner="run 1") is True
    assert lock.release(client, served, owner="run 1") is False


def test_a_run_that_lost_its_lock_is_stopped(client: Elasticsearch, served: str):
    lock.acquire(client, served, owner="run 1")
    lock.verify(client, served, owner="run 1")
    lock.acquire(client, served, owner="run 2", ended=lambda _: True)
    with pytest.raises(LockedError, match=f"{served} is locked by run 2 since"):
        lock.verify(client, served, owner="run 1")
    lock.release(client, served, owner="run 2")
    with pytest.raises(LockedError, match=r"run 1 does not hold the lock any more\. Start a new run"):
        lock.verify(client, served, owner="run 1")


def test_an_index_of_somebody_else_under_the_name_of_the_lock_is_left_alone(
    client: Elasticsearch, served: str
):
    index = make_index(client, lock.lock_index(served))
    with pytest.raises(IndexConflictError, match=f"Index {index} was not made by this product"):
        lock.acquire(client, served, owner="run 1")
    assert client.count(index=index)["count"] == 0


def test_the_lock_of_a_served_name_is_not_the_one_of_a_similar_name(client: Elasticsearch, served: str):
    lock.acquire(client, served, owner="run 1")
    lock.acquire(client, f"{served}-b", owner="run 2")
    assert lock.release(client, f"{served}-b", owner="run 2")
    assert lock.holder(client, served) is not None
