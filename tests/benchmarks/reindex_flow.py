"""The steps of the reindex that are measured, as functions that a process of its own can call."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pipeline.handover import as_json, from_json
from reindex.handover import (
    AppliedWrites,
    ComparedDocuments,
    CopiedDocuments,
    CreatedIndex,
    Differences,
    KeptSnapshot,
)
from reindex.plan import Plan
from reindex.settings import ClusterSettings, ReindexSettings
from tests.benchmarks.measure import Step

# Nothing heavy at the top: the process that measures must stay small.
if TYPE_CHECKING:
    from reindex.copying.copy import Copying
    from reindex.flow import CoursesFlow

HOURS = 2.0
MORE_QUERIES = Path(__file__).with_name("queries.yml")
TWENTY = 20
EQUAL = Differences(missing=0, extra=0, changed=0, in_flight=0)
Handover = TypeVar("Handover")


class UnequalIndicesError(Exception):
    """A copy that nobody disturbed is not the same as its source."""


@dataclass(frozen=True)
class Job:
    """One rebuild on one server. key: with the product's rights. folder: for what its steps leave."""

    url: str
    key: str
    served: str
    run: str
    folder: Path

    @property
    def cluster(self) -> ClusterSettings:
        """How the product reaches the server."""
        return ClusterSettings(host=self.url, api_key=self.key)

    @property
    def plan(self) -> Plan:
        """What it does, once it was begun."""
        return self.left(CreatedIndex).plan

    def left(self, kind: type[Handover]) -> Handover:
        """What the step of this handover left."""
        return from_json(kind, json.loads((self.folder / f"{kind.__name__}.json").read_text()))

    def leave(self, handover: object) -> None:
        """Keep it for the next steps."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{type(handover).__name__}.json"
        path.write_text(json.dumps(as_json(handover)))


@contextmanager
def flow_of(job: Job) -> "Iterator[CoursesFlow]":
    """The flow on a client as the product makes it."""
    from pipeline.folder import RunFolder
    from reindex.client import connect
    from reindex.flow import CoursesFlow

    with connect(job.cluster) as client:
        yield CoursesFlow(client, ReindexSettings(index=job.served), job.run, RunFolder(str(job.folder)))


def load_courses(url: str, key: str, served: str, count: int) -> None:
    """Serve so many sample courses."""
    from elasticsearch import Elasticsearch

    from local.sample.courses import load

    with Elasticsearch(url, api_key=key, request_timeout=120) as client:
        load(client, served, count)


def begin(job: Job) -> None:
    """Every step before the copy, without the snapshot: the candidate is there and empty."""
    with flow_of(job) as flow:
        flow.release_stale(ended=lambda _: True)
        checked = flow.check_cluster()
        job.leave(flow.create_index(KeptSnapshot(checked.plan, snapshot="none")))


def bare_target(job: Job) -> str:
    """Name of the index that the bare copy fills."""
    return f"{job.served}-bare"


def bare(job: Job) -> None:
    """What one would type: `_reindex` with `slices=auto`, waiting for the answer."""
    with flow_of(job) as flow:
        answer = flow.client.options(request_timeout=HOURS * 3600).reindex(
            source={"index": job.plan.source},
            dest={"index": bare_target(job)},
            slices="auto",
            wait_for_completion=True,
            refresh=True,
        )
        if answer["failures"]:
            raise UnequalIndicesError(str(answer["failures"][:3]))


def copy(job: Job) -> None:
    """The product's copy, until the last document can be found."""
    created, copied = job.left(CreatedIndex), None
    with flow_of(job) as flow:
        copying = flow.start_copy(created)
        while copied is None:
            asyncio.run(_wait(job, copying))
            copied = flow.copy_documents(created, copying)
        flow.client.indices.refresh(index=created.plan.target)
    job.leave(copied)


async def _wait(job: Job, copying: "Copying") -> None:
    """Wait as the triggerer does."""
    from elasticsearch import AsyncElasticsearch

    from reindex.client import options
    from reindex.copying.wait import wait_for_copy

    async with AsyncElasticsearch(**options(job.cluster)) as client:
        await wait_for_copy(client, copying, show=lambda _: None, warn=lambda _: None)


def catch_up(job: Job) -> None:
    """The catch-up, with nothing to do."""
    with flow_of(job) as flow:
        job.leave(flow.catch_up(job.left(CopiedDocuments)))


def compare(job: Job) -> None:
    """The full comparison, with one query: they have a limit of their own.

    Raises UnequalIndicesError when it finds something.
    """
    one = job.folder / "one_query.yml"
    one.write_text("queries: [{name: number of courses, search: {size: 0}}]")
    with flow_of(job) as flow:
        settings = flow.settings.model_copy(update={"queries": str(one)})
        compared = replace(flow, settings=settings).compare_documents(job.left(AppliedWrites))
    facts = compared.gate.facts
    if compared.differences != EQUAL or facts["source_documents"] != facts["target_documents"]:
        raise UnequalIndicesError(f"{compared.differences} in {facts}")
    job.leave(compared)


def leave_uncompared(job: Job) -> None:
    """What the comparison would leave, had it found nothing: the swap does not look at its gate."""
    from pipeline.handover import GateInput

    applied = job.left(AppliedWrites)
    job.leave(ComparedDocuments(applied.plan, applied.catch_up, EQUAL, GateInput("none", {})))


def queries(job: Job) -> None:
    """Twenty queries, asked of both sides. Raises UnequalIndicesError when one differs, or proves nothing."""
    from reindex.comparing.compare import both_sides
    from reindex.queries.compare import compare_queries
    from reindex.queries.file import load

    asked = (*load(None), *load(str(MORE_QUERIES)))
    checkpoints = job.left(AppliedWrites).catch_up.checkpoints
    with flow_of(job) as flow, both_sides(flow.client, job.plan, checkpoints=checkpoints) as sides:
        compared = compare_queries(sides, job.plan, asked, left_out=())
    if compared.queries != TWENTY or compared.different or compared.unasked:
        raise UnequalIndicesError(str(compared))


BARE = Step[Job]("bare _reindex", bare)
COPY = Step[Job]("copy", copy)
CATCH_UP = Step[Job]("catch-up", catch_up)
COMPARE = Step[Job]("comparison", compare)
QUERIES = Step[Job]("queries", queries)
