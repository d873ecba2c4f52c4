"""The courses of the local stack: a sample to begin with, and what is served now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.settings import StackSettings
from local.stack.environment import cluster_variables
from reindex.client import connect, plain_errors
from reindex.settings import ClusterSettings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@contextmanager
def cluster(settings: StackSettings) -> "Iterator[Elasticsearch]":
    """A client of the stack's Elasticsearch, with the login of the pipeline."""
    found = cluster_variables(settings)
    cluster_settings = ClusterSettings(
        host=found["ELASTICSEARCH_HOST"],
        api_key=found.get("ELASTICSEARCH_API_KEY", ""),
        user=found.get("ELASTICSEARCH_USER", ""),
        password=found.get("ELASTICSEARCH_PASSWORD", ""),
        ca_certs=found.get("ELASTICSEARCH_CA_CERTS"),
    )
    with connect(cluster_settings) as client:
        yield client


def load_sample(settings: StackSettings, count: int, *, migrated: bool = False) -> bool:
    """Load made-up courses into an index of the served name, as a platform has it, on the stack's own server.

    migrated: behind an alias, with the mapping of the file, as in an index that is made from nothing.
    False: there are courses already, or it is somebody's own cluster; nothing is done.
    """
    from local.sample.courses import load
    from local.sample.platform_index import load_platform

    served = settings.elasticsearch.index
    if not settings.runs_elasticsearch:
        return False
    with cluster(settings) as client:
        with plain_errors(f"served name {served}"):
            if client.indices.exists(index=served):
                return False
        (load if migrated else load_platform)(client, served, count)
    return True


def served_state(settings: StackSettings) -> str | None:
    """Which index is served, with how many documents, up to which write; None when there is none.

    The same text means that nobody wrote to it.
    """
    from reindex.index.blocks import blocked
    from reindex.index.checkpoints import checkpoints
    from reindex.index.served import resolve

    served = settings.elasticsearch.index
    with cluster(settings) as client:
        with plain_errors(f"served name {served}"):
            if not client.indices.exists(index=served):
                return None
            documents = client.count(index=served)["count"]
        index = resolve(client, served).index
        writes = sum(checkpoints(client, index).values())
        open_to = "no writes" if blocked(client, index) else "writes"
    return f"{index}, {documents:,} documents, last write {writes:,}, open to {open_to}"


def candidate_of(client: "Elasticsearch", served: str, *, run: str) -> str | None:
    """The index that a run has made; None before it did."""
    from reindex.index.indices import own_indices

    return next((own.name for own in own_indices(client, served) if own.run == run), None)
