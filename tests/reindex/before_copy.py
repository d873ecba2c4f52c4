"""A run just before its copy: the source is served, the candidate is there and empty."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from reindex import contract
from reindex.copying import copy
from reindex.index import indices
from reindex.index.checkpoints import checkpoints
from reindex.index.mapping_change import MappingChange
from reindex.plan import Plan

SECONDS = 30
SLOWLY = 1000.0
"""Documents a second: the server copies a thousand at a time, and waits a second before the next."""


OF_FILE = MappingChange("courses.json", mappings=contract.mapping())
"""A change to the mapping of an index that is made from nothing."""


@dataclass(frozen=True)
class Begun:
    """The plan and the source's checkpoints from before the copy."""

    plan: Plan
    checkpoints: Mapping[str, int]


def numbered(count: int) -> list[dict[str, Any]]:
    """So many small documents, d0, d1, …"""
    return [{"_id": f"d{n}", "_source": {"url": f"https://x.fr/{n}", "n": n}} for n in range(count)]


def begun(
    client: Elasticsearch,
    served: str,
    documents: Iterable[Mapping[str, Any]],
    *,
    run: str = "run-1",
    mappings: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    change: MappingChange | None = None,
) -> Begun:
    """Serve these documents, and make the candidate of a run."""
    source = indices.name(served, 1)
    client.indices.create(
        index=source,
        mappings=contract.mapping() if mappings is None else mappings,
        settings={"number_of_shards": 2, "number_of_replicas": 0, **(settings or {})},
        aliases={served: {}},
    )
    bulk(client, ({"_index": source, **document} for document in documents), chunk_size=1000)
    target = indices.name(served, 2)
    plan = Plan(run, served, source, target, concrete=False, shards=2, replicas=0, documents=0, bytes=0)
    plan = replace(plan, change=change)
    before = checkpoints(client, source)
    indices.create_index(client, plan, checkpoints=before)
    return Begun(plan, before)


def copied(client: Elasticsearch, begun: Begun) -> copy.Copied:
    """Let the server copy."""
    task = copy.start(client, begun.plan)
    wait_for_end(client, task)
    done = copy.finish(client, begun.plan, task)
    client.indices.refresh(index=begun.plan.target)
    return done


def wait_until(true: Callable[[], bool], *, seconds: float = SECONDS) -> None:
    """Look again and again until it is so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def wait_for_end(client: Elasticsearch, task: str) -> None:
    """Wait until a copy has ended, however it did."""
    wait_until(lambda: not copy.progress(client, task).running)


def contents(client: Elasticsearch, index: str) -> dict[str, Any]:
    """Every document by its id, with its routing; after a refresh."""
    client.indices.refresh(index=index)
    found = client.search(index=index, size=10_000)["hits"]["hits"]
    return {hit["_id"]: (hit.get("_routing"), hit["_source"]) for hit in found}
