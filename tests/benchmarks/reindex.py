"""The copy against a bare `_reindex`, the comparison against the copy, and the swap's write block."""

import statistics
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.benchmarks import reindex_block
from tests.benchmarks.limits import Limit
from tests.benchmarks.measure import Measure, Step, in_own_process, measure
from tests.benchmarks.reindex_flow import (
    BARE,
    CATCH_UP,
    COMPARE,
    COPY,
    QUERIES,
    TWENTY,
    Job,
    bare_target,
    begin,
    load_courses,
)
from tests.benchmarks.reindex_swap import Swap, measured_swap
from tests.benchmarks.report import Flow, Report, median_flow

if TYPE_CHECKING:
    from tests.elasticsearch import RunningElasticsearch

SERVED = "bench"
TINY = 100
FEWER, MORE = 100_000, 500_000
"""Documents between which the comparison's memory must not grow."""

MAX_COPY = 1.15
MAX_COMPARISON = 1.2
MAX_MEMORY_GROWTH = 1.1
MAX_QUERIES_SECONDS = 2.0
MAX_BLOCK_SECONDS = 2.0

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Round:
    """One rebuild: a bare `_reindex` and the product's steps by turns the first, queries, and the swap."""

    bare: Flow
    product: Flow
    queries_seconds: float
    swap: Swap

    @property
    def copy_times(self) -> float:
        """The product's copy, as a multiple of the bare one."""
        return self.product.seconds_of(COPY.name) / self.bare.seconds

    @property
    def comparison_times(self) -> float:
        """The comparison, as a multiple of the product's copy."""
        return self.product.seconds_of(COMPARE.name) / self.product.seconds_of(COPY.name)


class Bench:
    """A server, and the served names on it."""

    def __init__(self, server: "RunningElasticsearch", folder: Path, progress: Progress) -> None:
        self.server = server
        self.folder = folder
        self.progress = progress
        self.warm_up = self.job(self.served("tiny", TINY), run="warm-up")

    def name(self, name: str) -> str:
        """The served name of this name."""
        return f"{SERVED}-{name}"

    def served(self, name: str, documents: int) -> str:
        """A served name with so many courses."""
        served = self.name(name)
        self.progress(f"{served}: loading {documents:,} courses")
        in_own_process(load_courses, self.server.url, self.server.key_for(served), served, documents)
        return served

    def job(self, served: str, *, run: str) -> Job:
        """A run whose candidate is there and empty."""
        folder = self.folder / served / run.replace(" ", "-")
        job = Job(self.server.url, self.server.key_for(served), served, run, folder)
        in_own_process(begin, job)
        return job

    def warm_server(self, served: str) -> None:
        """One copy that does not count: the first one of a server is the slowest."""
        job = self.job(served, run="warm-up of the server")
        self.measured(COPY, job)
        self.delete(job.plan.target)

    def delete(self, index: str) -> None:
        """Delete what is not needed any more."""
        self.server.admin.indices.delete(index=index)

    def measured(self, step: Step[Job], job: Job) -> Measure:
        """The seconds and the peak memory of one step."""
        seen = measure(step, job, warm_up=self.warm_up)
        self.progress(f"{job.run}, {step.name}: {seen.seconds:.2f} s")
        return seen


def run(*, documents: int, repeat: int, progress: Progress) -> Report:
    """Measure everything on a server of its own, which is deleted; the report is returned."""
    from tests.elasticsearch import new_elasticsearch

    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(TemporaryDirectory()))
        bench = Bench(cleanup.enter_context(new_elasticsearch(options=())), folder, progress)
        served = bench.served("courses", documents)
        bench.warm_server(served)
        rounds = [_round(bench, served, documents, number) for number in range(1, repeat + 1)]
        growth = _growth(bench)
        block = reindex_block.limits(bench)
    flows = (median_flow([each.bare for each in rounds]), median_flow([each.product for each in rounds]))
    return Report(flows, (*_limits(rounds), growth, *block))


def _round(bench: Bench, served: str, documents: int, number: int) -> Round:
    """The two copies in turns the first, so that neither always finds the cache warm."""
    job = bench.job(served, run=f"round {number}")
    bare = None if number % 2 else _bare(bench, job, documents)
    copied = bench.measured(COPY, job)
    bare = bare or _bare(bench, job, documents)
    measures = (copied, bench.measured(CATCH_UP, job), bench.measured(COMPARE, job))
    queries = bench.measured(QUERIES, job)
    swap: Swap = in_own_process(_swap, job, not number % 2)
    bench.progress(f"round {number}, swap: {swap}")
    bench.delete(job.plan.source)
    return Round(bare, Flow("product", documents, measures), queries.seconds, swap)


def _bare(bench: Bench, job: Job, documents: int) -> Flow:
    """The bare copy into an index with the same mapping and shards."""
    from reindex import contract

    target, plan = bare_target(job), job.plan
    bench.server.admin.indices.create(
        index=target,
        mappings=contract.mapping(),
        settings={"number_of_shards": plan.shards, "number_of_replicas": plan.replicas},
    )
    seen = bench.measured(BARE, job)
    bench.delete(target)
    return Flow("bare", documents, (seen,))


def _swap(job: Job, deletions: bool) -> Swap:
    return measured_swap(job, deletions=deletions)


def _growth(bench: Bench) -> Limit:
    """Peak memory of the comparison's process with many documents, against fewer."""
    peaks = [_peak(bench, count) for count in (FEWER, MORE)]
    name = f"comparison's memory, {MORE:,} documents against {FEWER:,}"
    return Limit(name, peaks[1] / peaks[0], "at most", MAX_MEMORY_GROWTH, "×")


def _peak(bench: Bench, documents: int) -> int:
    job = bench.job(bench.served(str(documents), documents), run=f"{documents:,} documents")
    for step in (COPY, CATCH_UP):
        bench.measured(step, job)
    peak = bench.measured(COMPARE, job).peak_bytes
    bench.progress(f"{documents:,} documents: comparison's peak {peak / 1e6:.0f} MB")
    bench.delete(job.plan.source)
    bench.delete(job.plan.target)
    return peak


def _limits(rounds: list[Round]) -> list[Limit]:
    copy = statistics.median(each.copy_times for each in rounds)
    comparison = statistics.median(each.comparison_times for each in rounds)
    queries = statistics.median(each.queries_seconds for each in rounds)
    swaps = [each.swap for each in rounds]
    limits = [
        Limit("copy against a bare _reindex", copy, "at most", MAX_COPY, "×"),
        Limit("comparison against the copy", comparison, "at most", MAX_COMPARISON, "×"),
        Limit(f"query gate with {TWENTY} queries", queries, "at most", MAX_QUERIES_SECONDS, "s"),
        Limit(
            f"failed reads of {sum(each.reads for each in swaps):,} during the swaps",
            sum(each.failed_reads for each in swaps),
            "at most",
            0,
            "reads",
        ),
    ]
    for name, chosen in (
        ("write block with 500 writes", [each for each in swaps if not each.deletions]),
        ("write block with 500 writes and deletions", [each for each in swaps if each.deletions]),
    ):
        if chosen:
            longest = max(each.block_seconds for each in chosen)
            limits.append(Limit(name, longest, "at most", MAX_BLOCK_SECONDS, "s"))
    return limits
