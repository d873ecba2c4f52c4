"""A run just before its swap: the source is served, the target has a copy of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from reindex import contract
from reindex.index import aliases, blocks, indices
from reindex.index.blocks import blocked
from reindex.index.checkpoints import checkpoints
from reindex.plan import Plan
from reindex.settings import ReindexSettings
from reindex.swapping.swap import Swapped, swap

SETTINGS = ReindexSettings()
SHARDS = 2
THREE = [{"_id": name, "_source": {"url": name, "n": 1}} for name in ("a", "b", "c")]


@dataclass(frozen=True)
class Copied:
    """The plan and the source's checkpoints from before the copy."""

    plan: Plan
    checkpoints: Mapping[str, int]

    def swap(self, client: Elasticsearch, *, lost: int = 0, **settings: float) -> Swapped:
        """Swap it in. lost: documents that the comparison missed."""
        return swap(
            client,
            self.plan,
            settings=SETTINGS.model_copy(update=settings),
            checkpoints=self.checkpoints,
            lost=lost,
        )


def copied(
    client: Elasticsearch,
    served: str,
    *,
    documents: Iterable[Mapping[str, Any]] = THREE,
    standing: Mapping[str, Mapping[str, Any]] | None = None,
    concrete: bool = False,
    run: str = "run-1",
) -> Copied:
    """Serve some documents, and copy them into the target of a run.

    standing: aliases of the source, by default the served name alone. concrete: the source has that name.
    """
    source = served if concrete else indices.name(served, 1)
    standing = standing or ({} if concrete else {served: {}})
    client.indices.create(
        index=source,
        mappings=contract.mapping(),
        settings={"number_of_shards": SHARDS, "number_of_replicas": 0},
        aliases=standing,
    )
    bulk(client, ({"_index": source, **document} for document in documents), refresh=True)
    return copy_again(client, served, source, concrete=concrete, run=run)


def copy_again(
    client: Elasticsearch, served: str, source: str, *, run: str, concrete: bool = False
) -> Copied:
    """Copy what is served into the target of a run."""
    target = indices.next_target(client, served, run=run)
    plan = Plan(run, served, source, target, concrete, shards=SHARDS, replicas=0, documents=3, bytes=999)
    before = checkpoints(client, source)
    indices.create_index(client, plan, checkpoints=before)
    client.reindex(source={"index": source}, dest={"index": target, "version_type": "external"})
    indices.ready(client, plan)
    return Copied(plan, before)


def swapped(client: Elasticsearch, served: str, *, runs: int) -> list[Plan]:
    """Serve three documents, and let so many runs rebuild them one after the other; their plans."""
    ready = copied(client, served)
    plans = [ready.plan]
    ready.swap(client)
    for number in range(2, runs + 1):
        ready = copy_again(client, served, ready.plan.target, run=f"run-{number}")
        ready.swap(client)
        plans.append(ready.plan)
    return plans


def state(client: Elasticsearch, index: str) -> str | None:
    """The state in the `_meta` of an index."""
    found: str | None = indices.meta_of(client, index).get("state")
    return found


def contents(client: Elasticsearch, index: str) -> dict[str, Any]:
    """Every document by its id, after a refresh."""
    client.indices.refresh(index=index)
    found = client.search(index=index, size=1000)["hits"]["hits"]
    return {hit["_id"]: hit["_source"] for hit in found}


def everything(client: Elasticsearch, copied: Copied) -> tuple[Any, ...]:
    """Aliases and documents of source and target, and which of them refuse writes."""
    return tuple(
        (aliases.aliases_of(client, index), contents(client, index), blocked(client, index))
        for index in (copied.plan.source, copied.plan.target)
    )


def before_the_block(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen in the swap, behind its catch-up and just before its write block."""
    block_writes = blocks.block_writes

    def then(client: Elasticsearch, index: str) -> None:
        happens()
        block_writes(client, index)

    monkeypatch.setattr(blocks, "block_writes", then)
