"""The swap with writes pending and readers at work: how long writers wait, and whether readers notice."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from unittest.mock import patch

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk, scan

from reindex.handover import ComparedDocuments
from reindex.index import blocks
from tests.benchmarks.reindex_flow import Job, flow_of

WRITES = 500
TWICE = 100
DELETIONS = 50


class NothingPendingError(Exception):
    """The swap had not to do what was to be measured."""


@dataclass
class Readers:
    """What readers of the served name got."""

    answers: int = 0
    failures: int = 0


@dataclass(frozen=True)
class Swap:
    """A swap that was measured. block_seconds: how long writers got 403."""

    deletions: int
    block_seconds: float
    reads: int
    failed_reads: int


def measured_swap(job: Job, *, deletions: bool) -> Swap:
    """Swap the copy in while a client reads, with 500 writes (and 50 deletions) of the last moment.

    They are written between the swap's last catch-up and its write block: all that work is left for the
    block.
    """
    block_writes = blocks.block_writes

    def write_then_block(client: Elasticsearch, index: str) -> None:
        _write(client, index, deletions=DELETIONS if deletions else 0)
        block_writes(client, index)

    with (
        flow_of(job) as flow,
        _reading(job) as readers,
        patch.object(blocks, "block_writes", write_then_block),
    ):
        done = flow.swap_alias(job.left(ComparedDocuments)).swap
    if done.written != WRITES or bool(done.deleted) != deletions:
        raise NothingPendingError(f"{done.written} writes and {done.deleted} deletions were pending")
    return Swap(done.deleted, done.block_seconds, readers.answers, readers.failures)


def _write(client: Elasticsearch, index: str, *, deletions: int) -> None:
    """Change 500 documents, some of them twice, and delete some others."""
    hits = list(itertools.islice(scan(client, index=index, size=WRITES + DELETIONS), WRITES + DELETIONS))
    changes = [
        {
            "_index": index,
            "_id": hit["_id"],
            "_source": {**hit["_source"], "url": f"{hit['_source']['url']}?"},
        }
        for hit in hits[:WRITES]
    ]
    gone = [{"_op_type": "delete", "_index": index, "_id": hit["_id"]} for hit in hits[WRITES:][:deletions]]
    bulk(client, [*changes[:TWICE], *changes, *gone])


@contextmanager
def _reading(job: Job) -> Iterator[Readers]:
    """Search through the served name all the time, in a thread; no search is tried again."""
    readers, ended = Readers(), Event()

    def read() -> None:
        with flow_of(job) as flow:
            once = flow.client.options(max_retries=0)
            while not ended.is_set():
                try:
                    found = once.search(
                        index=job.served,
                        size=1,
                        track_total_hits=True,
                        allow_partial_search_results=False,
                    )
                except Exception:  # noqa: BLE001 - whatever it is, a reader noticed
                    readers.failures += 1
                else:
                    readers.failures += found["hits"]["total"]["value"] == 0
                    readers.answers += 1

    thread = Thread(target=read)
    thread.start()
    try:
        yield readers
    finally:
        ended.set()
        thread.join()
