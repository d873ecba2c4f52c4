"""The write block of a small and of a large index: it lasts as long, whatever the index holds."""

import statistics
from collections import deque
from typing import TYPE_CHECKING

from tests.benchmarks.limits import Limit
from tests.benchmarks.measure import in_own_process
from tests.benchmarks.reindex_flow import CATCH_UP, COPY, Job, leave_uncompared
from tests.benchmarks.reindex_swap import DELETIONS, WRITES, Swap, measured_swap

if TYPE_CHECKING:
    from tests.benchmarks.reindex import Bench

SMALL, LARGE = 100_000, 1_000_000
CHUNK = 5000
ROUNDS = 3
MAX_GROWTH = 1.5
MAX_SECONDS = 2.0


def limits(bench: "Bench") -> tuple[Limit, ...]:
    """The block of swaps with 500 writes and 50 deletions of the last moments, of both sizes by turns."""
    names = {size: f"block-{size}" for size in (SMALL, LARGE)}
    for size, name in names.items():
        bench.progress(f"{name}: loading {size:,} small documents")
        served = bench.name(name)
        in_own_process(load_small, bench.server.url, bench.server.key_for(served), served, size)
    swaps: dict[int, list[Swap]] = {SMALL: [], LARGE: []}
    for number in range(1, ROUNDS + 1):
        for size, name in names.items():
            swaps[size].append(_swap(bench, bench.name(name), number))
    small, large = ([swap.block_seconds for swap in swaps[size]] for size in (SMALL, LARGE))
    what = f"write block at {LARGE:,} documents, {WRITES} writes and {DELETIONS} deletions"
    growth = statistics.median(large) / statistics.median(small)
    return (
        Limit(what, max(large), "at most", MAX_SECONDS, "s"),
        Limit(f"{what}, against {SMALL:,}", growth, "at most", MAX_GROWTH, "×"),
    )


def _swap(bench: "Bench", served: str, number: int) -> Swap:
    job = bench.job(served, run=f"round {number}")
    for step in (COPY, CATCH_UP):
        bench.measured(step, job)
    in_own_process(leave_uncompared, job)
    swap: Swap = in_own_process(_swap_with_deletions, job)
    bench.progress(f"{served}, round {number}, swap: {swap}")
    bench.delete(job.plan.source)
    return swap


def _swap_with_deletions(job: Job) -> Swap:
    return measured_swap(job, deletions=True)


def load_small(url: str, key: str, served: str, count: int) -> None:
    """Serve so many documents of a few bytes."""
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import parallel_bulk

    from local.sample.courses import load

    with Elasticsearch(url, api_key=key, request_timeout=120) as client:
        load(client, served, 1)
        actions = (
            {
                "_index": served,
                "_id": f"d{number}",
                "_source": {"url": f"https://x.fr/{number}", "cours": {"titre": f"Cours {number}"}},
            }
            for number in range(2, count + 1)
        )
        deque(parallel_bulk(client, actions, thread_count=2, chunk_size=CHUNK), maxlen=0)
        client.indices.refresh(index=served)
