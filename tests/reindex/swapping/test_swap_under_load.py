"""Readers and writers that work all the time while the served name moves."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import bulk

from local.sample.courses import courses, identity
from reindex.index import blocks
from tests.reindex.copied import Copied, copied

DOCUMENTS = 2000
READERS = 3


@dataclass
class Seen:
    """What readers got: how many answers, the fewest documents in one, and every error."""

    answers: int = 0
    fewest: int = DOCUMENTS
    errors: list[Exception] = field(default_factory=list)


@dataclass
class Written:
    """What a writer was told is stored (None: deleted), and how often it was refused and tried again."""

    stored: dict[str, int | None] = field(default_factory=dict)
    refused: int = 0


@pytest.fixture
def ready(client: Elasticsearch, served: str, request: pytest.FixtureRequest) -> Copied:
    """A copied index of sample courses; as parameter: whether it is concrete."""
    documents = (
        {"_id": identity(number), "_source": course} for number, course in enumerate(courses(DOCUMENTS), 1)
    )
    return copied(client, served, documents=documents, concrete=getattr(request, "param", False))


@contextmanager
def running(work: Callable[[], None], *, threads: int = 1) -> Iterator[None]:
    """Repeat some work in threads until the block ends, and a little longer."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.is_set():
            work()

    workers = [threading.Thread(target=repeat) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        time.sleep(0.3)
        yield
        time.sleep(0.3)
    finally:
        ended.set()
        for worker in workers:
            worker.join()


def reader(client: Elasticsearch, served: str, seen: Seen) -> Callable[[], None]:
    """A search through the served name; every answer counts, and only whole ones do."""

    def read() -> None:
        try:
            found = client.search(
                index=served, size=1, track_total_hits=True, allow_partial_search_results=False
            )
            seen.fewest = min(seen.fewest, found["hits"]["total"]["value"])
            seen.answers += 1
        except Exception as error:  # noqa: BLE001 - a reader must see none at all
            seen.errors.append(error)

    return read


def writer(client: Elasticsearch, served: str, written: Written) -> Callable[[], None]:
    """One write or deletion through the served name, tried again for as long as the answer is 403."""
    numbers = itertools.count()

    def write() -> None:
        number = next(numbers)
        name, deleted = f"w{number % 40}", number % 7 == 6
        while True:
            try:
                if deleted:
                    client.options(ignore_status=404).delete(index=served, id=name)
                else:
                    client.index(index=served, id=name, document={"url": name, "n": number})
            except ApiError as error:
                if error.meta.status != 403:
                    raise
                written.refused += 1
                time.sleep(0.002)
            else:
                written.stored[name] = None if deleted else number
                return

    return write


@pytest.mark.parametrize("ready", [False, True], indirect=True, ids=["alias", "concrete"])
def test_readers_see_no_error_and_never_an_empty_index(client, served, ready):
    # Where a concrete index goes, a search that runs on it may miss its shards: it is answered 503 then, and
    # the client asks again. Behind an alias nothing is to be asked again.
    asking = client if ready.plan.concrete else client.options(max_retries=0)
    seen = Seen()
    with running(reader(asking, served, seen), threads=READERS):
        before = seen.answers
        ready.swap(client)
        during = seen.answers - before
    assert seen.errors == []
    assert seen.fewest == DOCUMENTS
    assert during > 0


@pytest.mark.parametrize("ready", [False, True], indirect=True, ids=["alias", "concrete"])
def test_a_writer_that_tries_again_loses_nothing(client, served, ready):
    written = Written()
    with running(writer(client, served, written)):
        done = ready.swap(client)
        while_blocked = written.refused
    assert while_blocked > 0
    assert done.written > 0
    client.indices.refresh(index=served)
    assert client.count(index=served)["count"] == DOCUMENTS + sum(
        number is not None for number in written.stored.values()
    )
    found = client.mget(index=done.target, ids=list(written.stored))["docs"]
    assert {document["_id"]: document.get("_source", {}).get("n") for document in found} == written.stored
    assert blocks.blocked(client, done.archive)


def test_a_replaced_index_gets_none_of_the_later_writes(client, served, ready):
    written = Written()
    with running(writer(client, served, written)):
        done = ready.swap(client)
        at_swap = contents_of_writer(client, done.archive)
        time.sleep(0.3)
    assert contents_of_writer(client, done.archive) == at_swap
    assert contents_of_writer(client, done.target) != at_swap


def contents_of_writer(client: Elasticsearch, index: str) -> dict[str, int]:
    client.indices.refresh(index=index)
    found = client.search(index=index, query={"prefix": {"url": "w"}}, size=100)["hits"]["hits"]
    return {hit["_id"]: hit["_source"]["n"] for hit in found}


def test_five_hundred_pending_writes_and_some_deletions_keep_the_block_short(client, served, ready):
    bulk(
        client,
        (
            {"_index": served, "_id": identity(number), "_source": {"url": str(number)}}
            for number in range(1, 501)
        ),
    )
    for number in range(501, 511):
        client.delete(index=served, id=identity(number))
    done = ready.swap(client)
    assert (done.written, done.deleted, done.documents) == (500, 10, DOCUMENTS - 10)
    assert done.block_seconds < 6
    assert client.get(index=done.target, id=identity(500))["_source"] == {"url": "500"}
