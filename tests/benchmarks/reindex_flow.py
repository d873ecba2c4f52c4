"""The steps of the reindex that are measured, as functions that a process of its own can call."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reindex.plan import Plan
from tests.benchmarks.measure import Step

# Nothing heavy at the top: the process that measures must stay small.
if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

HOURS = 2.0


class UnequalIndicesError(Exception):
    """A copy that nobody disturbed is not the same as its source."""


@dataclass(frozen=True)
class Job:
    """One copy on one server. key: with the product's rights. checkpoints: of the source, before the copy."""

    url: str
    key: str
    plan: Plan
    checkpoints: Mapping[str, int]


@contextmanager
def client_of(job: Job) -> "Iterator[Elasticsearch]":
    """A client as the product makes it."""
    from reindex.client import connect
    from reindex.settings import ClusterSettings

    with connect(ClusterSettings(host=job.url, api_key=job.key)) as client:
        yield client


def load_courses(url: str, key: str, served: str, count: int) -> None:
    """Serve so many sample courses."""
    from elasticsearch import Elasticsearch

    from local.sample.courses import load

    with Elasticsearch(url, api_key=key, request_timeout=120) as client:
        load(client, served, count)


def bare(job: Job) -> None:
    """What one would type: `_reindex` with `slices=auto`, waiting for the answer."""
    with client_of(job) as client:
        answer = client.options(request_timeout=HOURS * 3600).reindex(
            source={"index": job.plan.source},
            dest={"index": job.plan.target},
            slices="auto",
            wait_for_completion=True,
            refresh=True,
        )
        if answer["failures"]:
            raise UnequalIndicesError(str(answer["failures"][:3]))


def copy(job: Job) -> None:
    """The product's copy, until the last document can be found."""
    from reindex.copying import copy
    from reindex.index import indices

    with client_of(job) as client:
        copy.copy(client, job.plan, hours=HOURS)
        indices.ready(client, job.plan)


def catch_up(job: Job) -> None:
    """The catch-up, with nothing to do."""
    from reindex.copying.catch_up import catch_up

    with client_of(job) as client:
        catch_up(client, job.plan, checkpoints=job.checkpoints)


def compare(job: Job) -> None:
    """The full comparison. Raises UnequalIndicesError when it finds something."""
    from reindex.comparing.compare import compare

    with client_of(job) as client:
        found = compare(client, job.plan, checkpoints=job.checkpoints)
    if found.source_documents != found.target_documents or found.missing or found.changed or found.extra:
        raise UnequalIndicesError(f"{found.source_documents} and {found.target_documents}: {found.examples}")


BARE = Step[Job]("bare _reindex", bare)
COPY = Step[Job]("copy", copy)
CATCH_UP = Step[Job]("catch-up", catch_up)
COMPARE = Step[Job]("comparison", compare)
