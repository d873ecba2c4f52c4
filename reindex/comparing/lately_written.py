"""The documents above a checkpoint: how many, and whether both sides have the same, compared in full."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reindex import contract
from reindex.client import count as documents
from reindex.client import plain_errors
from reindex.errors import SwapError
from reindex.index.pages import written_since
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

NAMED = 5


def verify(
    client: "Elasticsearch", plan: Plan, *, since: Mapping[str, int], until: Mapping[str, int] | None = None
) -> int:
    """How many documents of the source lie above these checkpoints; all of them are the same in the target.

    The source was refreshed. until: checkpoints above which nothing is compared, since writers are at work;
    None: everything is.

    Raises:
        SwapError: some are missing or different; names up to five.
    """
    verified, different = 0, []
    with plain_errors(f"indices {plan.source}, {plan.target}"):
        for shard, checkpoint in since.items():
            for hits in written_since(client, checkpoint, shard=(plan.source, shard)):
                settled = [hit for hit in hits if until is None or hit["sort"][0] <= until[shard]]
                verified += len(settled)
                different += _different(client, plan.target, settled)
                if len(settled) < len(hits):
                    break
    if different:
        raise SwapError(
            f"{len(different)} of {verified} documents that changed lately are not the same in {plan.target} "
            f"({', '.join(different[:NAMED])}). Nothing was swapped; the retry writes them again."
        )
    return verified


def count(client: "Elasticsearch", index: str, *, since: Mapping[str, int]) -> int:
    """Documents that were added or changed above these checkpoints, and are still there.

    since: a shard that is not among them counts from its beginning.
    """
    with plain_errors(f"index {index}"):
        client.indices.refresh(index=index)
        shards = client.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
        return sum(
            documents(
                client,
                index,
                preference=f"_shards:{shard}",
                query={"range": {"_seq_no": {"gt": since.get(str(shard), -1)}}},
            )
            for shard in range(int(shards["index.number_of_shards"]))
        )


def _different(client: "Elasticsearch", target: str, page: list[dict[str, Any]]) -> list[str]:
    """Ids of the documents that the target lacks or has differently; mget sees writes before any refresh."""
    if not page:
        return []
    wanted = [
        {"_id": hit["_id"], **({"routing": hit["_routing"]} if "_routing" in hit else {})} for hit in page
    ]
    there = client.mget(index=target, docs=wanted)["docs"]
    pairs = zip(page, there, strict=True)
    return [hit["_id"] for hit, found in pairs if contract.content(hit) != contract.content(found)]
