"""How far the writes of an index have come, shard by shard."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.errors import RetriableError
from reindex.client import plain_errors

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


def checkpoints(client: "Elasticsearch", index: str) -> dict[str, int]:
    """The global checkpoint of each shard: number of the shard (as text) → `_seq_no`, -1 before any write.

    Every write up to it is done; what is written from now on has a larger `_seq_no`. A search sees all of it
    after a refresh that comes later than this call.

    Raises:
        RetriableError: a primary shard is not there.
    """
    with plain_errors(f"index {index}"):
        settings = client.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
        stats = client.indices.stats(index=index, metric="docs", level="shards")["indices"]
    shards = stats.get(index, {}).get("shards", {})
    found = {number: _of_primary(copies) for number, copies in shards.items()}
    wanted = [str(number) for number in range(int(settings["index.number_of_shards"]))]
    if missing := [number for number in wanted if found.get(number) is None]:
        raise RetriableError(
            f"Index {index}: primary shard {', '.join(missing)} of {len(wanted)} is not there. "
            "Look at the cluster's health (`_cluster/allocation/explain`)."
        )
    return {number: int(found[number] or 0) for number in wanted}


def _of_primary(copies: list[Mapping[str, Any]]) -> int | None:
    return next((copy["seq_no"]["global_checkpoint"] for copy in copies if copy["routing"]["primary"]), None)
