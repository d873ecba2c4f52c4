"""Indices and snapshots as our runs make them, without running one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import Elasticsearch

from reindex.index.indices import name
from reindex.plan import OWNER, Plan
from tests.elasticsearch import RunningElasticsearch


def meta_of_run(served: str, *, state: str, run: str = "run-1", source: str = "") -> dict[str, Any]:
    """The `_meta` of an index that a run made."""
    return {
        "owner": OWNER,
        "served": served,
        "run": run,
        "source": source or f"{served}-000000",
        "state": state,
        "created_at": "2026-11-22T01:00:00+00:00",
        "checkpoints": {"0": 0},
    }


def own_index(
    client: Elasticsearch,
    served: str,
    number: int,
    *,
    state: str = "validated",
    run: str = "run-1",
    alias: bool = False,
    documents: int = 0,
) -> str:
    """Make an index of ours with some documents; its name."""
    index = name(served, number)
    make_index(client, index, meta=meta_of_run(served, state=state, run=run), documents=documents)
    if alias:
        client.indices.update_aliases(actions=[{"add": {"index": index, "alias": served}}])
    return index


def make_index(
    client: Elasticsearch, index: str, *, meta: Mapping[str, Any] | None = None, documents: int = 0
) -> str:
    """Make an index of one shard without replicas; its name."""
    client.indices.create(
        index=index,
        settings={"number_of_shards": 1, "number_of_replicas": 0},
        mappings={"_meta": dict(meta)} if meta else {},
    )
    for number in range(documents):
        client.index(index=index, id=str(number), document={"url": f"https://x.fr/{number}"})
    client.indices.refresh(index=index)
    return index


def plan_of(served: str, *, run: str = "run-1", source: int = 1, target: int = 2) -> Plan:
    """The plan of a run from one numbered index to another."""
    return Plan(
        run=run,
        served=served,
        source=name(served, source),
        target=name(served, target),
        concrete=False,
        shards=1,
        replicas=0,
        documents=3,
        bytes=1000,
    )


@contextmanager
def cluster_settings(admin: Elasticsearch, settings: Mapping[str, str]) -> Iterator[None]:
    """Change settings of the cluster, together, for a while."""
    admin.cluster.put_settings(persistent=settings)
    try:
        yield
    finally:
        admin.cluster.put_settings(persistent=dict.fromkeys(settings))


@contextmanager
def repository(elasticsearch: RunningElasticsearch, name: str, **settings: str) -> Iterator[str]:
    """A further snapshot repository, in a folder of its name, for a while; its name."""
    location = str(elasticsearch.process.node.snapshots / name)
    elasticsearch.admin.snapshot.create_repository(
        name=name,
        repository={"type": "fs", "settings": {"location": location, **settings}},
        verify=False,
    )
    try:
        yield name
    finally:
        elasticsearch.admin.snapshot.delete_repository(name=name)
