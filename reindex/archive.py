"""The archive of a concrete index: a clone (hard links, no copy), made before its name becomes an alias."""

from typing import TYPE_CHECKING

from reindex import indices
from reindex.client import plain_errors
from reindex.errors import IndexConflictError, SwapError
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


def verify_free(client: "Elasticsearch", plan: Plan) -> bool:
    """False when a clone is left of an interrupted attempt.

    Raises:
        IndexConflictError: somebody else has an index of the archive's name.
    """
    archive = indices.archive_of(plan)
    with plain_errors(f"index {archive}"):
        found = client.indices.get_settings(
            index=[plan.source, archive], ignore_unavailable=True, flat_settings=True
        ).body
    if archive not in found:
        return True
    cloned = found[archive]["settings"].get("index.resize.source.uuid")
    if cloned != found[plan.source]["settings"]["index.uuid"]:
        raise IndexConflictError(
            f"{plan.source} is to be kept as {archive}, but that is the name of an index which is not its "
            "clone. Rename or delete it if nobody needs it, then start again."
        )
    return False


def make(client: "Elasticsearch", plan: Plan, *, seconds: float) -> None:
    """Clone the write-blocked source; the clone is write-blocked, too, and carries our `_meta`.

    seconds: how long its shards may take to start.

    Raises:
        SwapError: it did not start in time, or has not all documents.
    """
    archive = indices.archive_of(plan)
    free = verify_free(client, plan)
    with plain_errors(f"archive {archive} of index {plan.source}"):
        if not free:
            client.indices.delete(index=archive)
        answer = client.options(request_timeout=seconds).indices.clone(
            index=plan.source, target=archive, wait_for_active_shards=1, timeout=f"{seconds:.0f}s"
        )
        if not answer["shards_acknowledged"]:
            raise SwapError(f"Archive {archive} of index {plan.source} did not start within {seconds:.0f} s.")
        source, clone = (client.count(index=index)["count"] for index in (plan.source, archive))
    if clone != source:
        raise SwapError(f"Archive {archive} has {clone:,} documents, index {plan.source} {source:,}.")
    kept = indices.meta_of(client, archive)
    indices.put_meta(client, archive, kept | indices.new_meta(plan, state="validated", checkpoints={}))
