"""What is written to the target and deleted from it, in requests that no document makes too large."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.errors import RetriableError
from reindex.client import BUSY, plain_errors
from reindex.errors import CopyError
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PAGE = 1000
CONFLICT = 409
PAGE_BYTES = 10 * 1024**2
"""Of one bulk request, however large its documents are: the server refuses 100 MiB."""

Tick = Callable[[], object]
"""Called between requests; raises when they have taken too long."""


def no_limit() -> None:
    """Take as long as it takes."""


def write(
    client: "Elasticsearch", plan: Plan, hits: Sequence[Mapping[str, Any]], tick: Tick = no_limit
) -> int:
    """Write these documents, with their versions, over what the target has; returns how many.

    A version that is lower than the target's is right, too: the document was deleted in the source and made
    again. The target, which forgets deletions at once (`reindex.index.tombstones`), deletes it first then.

    Raises:
        CopyError: the target refuses a document.
        RetriableError: a node is busy or away.
    """
    results = _send(client, plan, map(_as_it_is, hits), tick)
    pairs = list(zip(hits, results, strict=True))
    _verify_written(plan, [result for _, result in pairs if not _has_higher_version(result)])
    again = [hit for hit, result in pairs if _has_higher_version(result)]
    both = (action for hit in again for action in ({"_op_type": "delete", **address(hit)}, _as_it_is(hit)))
    _verify_written(plan, _send(client, plan, both, tick))
    return len(hits)


def delete(
    client: "Elasticsearch", plan: Plan, hits: Sequence[Mapping[str, Any]], tick: Tick = no_limit
) -> int:
    """Delete these documents from the target; returns how many. Raises as `write`."""
    actions = ({"_op_type": "delete", **address(hit)} for hit in hits)
    _verify_written(plan, _send(client, plan, actions, tick))
    return len(hits)


def address(hit: Mapping[str, Any]) -> dict[str, Any]:
    """Id and routing of a document."""
    return {"_id": hit["_id"], **({"routing": hit["_routing"]} if "_routing" in hit else {})}


def _as_it_is(hit: Mapping[str, Any]) -> dict[str, Any]:
    version = {"version": hit["_version"], "version_type": "external_gte"}
    return {"_op_type": "index", **address(hit), **version, "_source": hit["_source"]}


def _has_higher_version(result: Mapping[str, Mapping[str, Any]]) -> bool:
    return bool(result["index"]["status"] == CONFLICT)


def _send(
    client: "Elasticsearch", plan: Plan, actions: Iterable[dict[str, Any]], tick: Tick
) -> list[Mapping[str, Mapping[str, Any]]]:
    """Send these actions to the target; what became of each, in their order.

    Nothing is sent twice here: what a busy node refused is the retry's.
    """
    from elasticsearch.helpers import streaming_bulk

    results: list[Mapping[str, Mapping[str, Any]]] = []
    with plain_errors(f"index {plan.target}"):
        for _, result in streaming_bulk(
            client,
            actions,
            index=plan.target,
            chunk_size=PAGE,
            max_chunk_bytes=PAGE_BYTES,
            raise_on_error=False,
        ):
            results.append(result)
            tick()
    return results


def _verify_written(plan: Plan, items: Sequence[Mapping[str, Mapping[str, Any]]]) -> None:
    """Look at what became of each operation of a bulk request."""
    refused = [result for item in items for result in item.values() if "error" in result]
    if not refused:
        return
    first = sorted(refused, key=lambda result: result["status"] not in BUSY)[0]
    reason = first["error"].get("reason", first["error"])
    if first["status"] in BUSY:
        raise RetriableError(
            f"{len(refused):,} of {len(items):,} documents could not be written to {plan.target}, which is "
            f"busy or away ({first['status']}: {reason})."
        )
    raise CopyError(
        f"{len(refused):,} of {len(items):,} documents that changed during the copy do not fit into "
        f"{plan.target}; the first: document {first['_id']}: {reason}. "
        "Correct them in the source, or its mapping by REINDEX_MAPPING."
    )
