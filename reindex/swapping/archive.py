"""The archive of a concrete index: a clone (hard links, no copy), made before its name becomes an alias."""

from typing import TYPE_CHECKING, Any

from reindex.client import count, plain_errors
from reindex.errors import IndexConflictError, SwapError
from reindex.index import indices
from reindex.plan import OWNER, Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


GRACE = 5.0
"""How much longer the client waits than the server."""


def prepare(client: "Elasticsearch", plan: Plan) -> None:
    """Free the archive's name, and give the source the `_meta` that its clone is to have from the beginning.

    Raises:
        IndexConflictError: an index of that name is not what an interrupted attempt of this run left.
    """
    archive = indices.archive_of(plan)
    with plain_errors(f"index {archive}"):
        found = client.indices.get(index=archive, ignore_unavailable=True, expand_wildcards="all").body
        if found:
            _verify_leftover(plan, archive, found.get(archive, {}))
            client.indices.delete(index=archive)
    beside = indices.meta_of(client, plan.source)
    meta = indices.new_meta(plan, state="validated", checkpoints={}, beside=beside)
    indices.put_meta(client, plan.source, meta)


def _verify_leftover(plan: Plan, archive: str, found: dict[str, Any]) -> None:
    meta = found.get("mappings", {}).get("_meta", {})
    if meta.get("owner") != OWNER or meta.get("run") != plan.run or found.get("aliases"):
        raise IndexConflictError(
            f"{plan.source} is to be kept as {archive}, but there is an index (or alias) of that name "
            "already. Rename or delete it if nobody needs it, then start again."
        )


def make(client: "Elasticsearch", plan: Plan, *, seconds: float) -> None:
    """Clone the write-blocked source; the clone is write-blocked, too.

    seconds: how long its shards may take to start.

    Raises:
        SwapError: it did not start in time, or has not all documents.
    """
    archive = indices.archive_of(plan)
    with plain_errors(f"archive {archive} of index {plan.source}"):
        answer = client.options(max_retries=0, request_timeout=seconds + GRACE).indices.clone(
            index=plan.source,
            target=archive,
            settings={"number_of_replicas": plan.replicas},
            wait_for_active_shards=1,
            timeout=f"{seconds:.0f}s",
        )
        if not answer["shards_acknowledged"]:
            raise SwapError(f"Archive {archive} of index {plan.source} did not start within {seconds:.0f} s.")
        source, clone = (count(client, index) for index in (plan.source, archive))
    if clone != source:
        raise SwapError(f"Archive {archive} has {clone:,} documents, index {plan.source} {source:,}.")
