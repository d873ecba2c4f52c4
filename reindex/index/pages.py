"""An index as it was at one moment, read page by page in parallel slices."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reindex.client import plain_errors, whole
from reindex.index.vectors import whole_source

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

KEEP_ALIVE = "5m"
"""How long the server keeps a moment between two pages."""
PAGE = 1000


@contextmanager
def moment(client: "Elasticsearch", index: str) -> Iterator[str]:
    """Id of a point in time of an index, with every write before this call in it; closed at the end."""
    with plain_errors(f"index {index}"):
        client.indices.refresh(index=index)
        opened = str(client.open_point_in_time(index=index, keep_alive=KEEP_ALIVE)["id"])
    try:
        yield opened
    finally:
        with plain_errors(f"index {index}"):
            client.options(ignore_status=404).close_point_in_time(id=opened)


def pages(
    client: "Elasticsearch", opened: str, *, size: int, source: bool = True, part: tuple[int, int] = (0, 1)
) -> Iterator[list[dict[str, Any]]]:
    """The documents of a moment as search hits, `size` at a time, in the order of the disk.

    source: with `_source` and `_version`. part: (number, of how many slices).
    """
    yield from _every_page(
        client,
        f"slice {part[0] + 1} of {part[1]}",
        size=size,
        pit={"id": opened, "keep_alive": KEEP_ALIVE},
        slice={"id": part[0], "max": part[1]} if part[1] > 1 else None,
        sort=["_shard_doc"],
        source=source,
        version=source,
    )


def of_ids(
    client: "Elasticsearch", opened: str, ids: Sequence[str], *, source: bool = True
) -> dict[str, list[Mapping[str, Any]]]:
    """Those documents of a moment, by id; one id may stand on two shards, by its routing.

    source: with `_source` and `_version`.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    with plain_errors(f"{len(ids)} documents"):
        answer = whole(
            client.search(
                pit={"id": opened, "keep_alive": KEEP_ALIVE},
                query={"ids": {"values": list(ids)}},
                size=2 * len(ids),
                source=source,
                version=source,
                track_total_hits=False,
            )
        )
    for hit in answer["hits"]["hits"]:
        found.setdefault(hit["_id"], []).append(hit)
    return found


def count_of_ids(client: "Elasticsearch", opened: str, ids: Sequence[str]) -> int:
    """How many documents of a moment have one of these ids."""
    with plain_errors(f"{len(ids)} documents"):
        answer = whole(
            client.search(
                pit={"id": opened, "keep_alive": KEEP_ALIVE},
                query={"ids": {"values": list(ids)}},
                size=0,
                track_total_hits=True,
            )
        )
    return int(answer["hits"]["total"]["value"])


def written_since(
    client: "Elasticsearch",
    checkpoint: int,
    *,
    point: str | None = None,
    shard: tuple[str, str] | None = None,
    vectors: bool = False,
) -> Iterator[list[dict[str, Any]]]:
    """The documents of one shard above a checkpoint, as pages of search hits, oldest write first.

    They are read at a point in time of the shard, or as they are: shard: (index, number). vectors: with those
    that the server leaves out of its answers, to be written elsewhere.
    """
    where: dict[str, Any] = {"pit": {"id": point, "keep_alive": KEEP_ALIVE}}
    if shard:
        where = {"index": shard[0], "preference": f"_shards:{shard[1]}"}
    yield from _every_page(
        client,
        f"writes above {checkpoint}",
        size=PAGE,
        **where,
        query={"range": {"_seq_no": {"gt": checkpoint}}},
        sort=["_seq_no"],
        version=True,
        **(whole_source(client) if vectors else {}),
    )


def _every_page(
    client: "Elasticsearch", what: str, *, size: int, **search: Any
) -> Iterator[list[dict[str, Any]]]:
    """The hits of a sorted search, `size` at a time. what: it is about, for an error."""
    after: Sequence[Any] | None = None
    while True:
        with plain_errors(what):
            found = whole(client.search(**search, search_after=after, size=size, track_total_hits=False))
        hits: list[dict[str, Any]] = found["hits"]["hits"]
        if hits:
            yield hits
        if len(hits) < size:
            return
        after = hits[-1]["sort"]
