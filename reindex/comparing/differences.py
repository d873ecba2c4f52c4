"""Documents that may differ, looked up one by one: what is wrong, and whether it is only on its way."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from reindex.client import plain_errors, whole
from reindex.comparing import lately_written
from reindex.comparing.fingerprint import bin_of, digest_of
from reindex.index.checkpoints import checkpoints as checkpoints_of
from reindex.index.pages import of_ids, pages

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Kind = Literal["missing", "extra", "changed", "in_flight"]

PAGE = 5000
LOOKED_UP = 1000
NAMED = 5


@dataclass
class Found:
    """What differs in one part of the documents: how many, and up to five of them as `missing a1`.

    to_come: ids of those that the swap brings: missing or in flight.
    """

    missing: int = 0
    extra: int = 0
    changed: int = 0
    in_flight: int = 0
    examples: list[str] = field(default_factory=list)
    to_come: list[str] = field(default_factory=list)

    def add(self, kind: Kind, identity: str) -> None:
        """Count one in."""
        setattr(self, kind, getattr(self, kind) + 1)
        if kind in ("missing", "in_flight"):
            self.to_come.append(identity)
        if kind != "in_flight" and len(self.examples) < NAMED:
            self.examples.append(f"{kind} {identity}")


@dataclass(frozen=True)
class Sides:
    """A moment of the source and one of the target, and up to where the target has caught up.

    index: name of the source. source, target: points in time. checkpoints: of the source.
    """

    client: "Elasticsearch"
    index: str
    source: str
    target: str
    checkpoints: Mapping[str, int]


def look_up(sides: Sides, bins: Collection[int], *, width: int) -> dict[int, Found]:
    """What differs among the documents in these bins, by bucket; a bucket is `width` bins."""
    found: dict[int, Found] = defaultdict(Found)
    if not bins:
        return found
    for ids in _suspects(sides.client, sides.source, bins):
        wrong = _missing_or_changed(sides, ids)
        late = _written_late(sides, wrong) | (wrong.keys() - _still_there(sides, wrong))
        for identity, kind in wrong.items():
            found[bin_of(identity) // width].add("in_flight" if identity in late else kind, identity)
    _add_extra(sides, found, bins, width)
    return found


def _suspects(client: "Elasticsearch", opened: str, bins: Collection[int]) -> Iterator[list[str]]:
    """Ids of a moment in these bins, so many at a time as can be looked up."""
    ids: list[str] = []
    for hits in pages(client, opened, size=PAGE, source=False):
        ids += (hit["_id"] for hit in hits if bin_of(hit["_id"]) in bins)
        while len(ids) >= LOOKED_UP:
            yield ids[:LOOKED_UP]
            del ids[:LOOKED_UP]
    if ids:
        yield ids


def _missing_or_changed(sides: Sides, ids: list[str]) -> dict[str, Kind]:
    """Those of these documents of the source that are not the same in the target."""
    ours, theirs = (of_ids(sides.client, side, ids) for side in (sides.source, sides.target))
    return {
        identity: "changed" if identity in theirs else "missing"
        for identity, hits in ours.items()
        if sorted(map(digest_of, hits)) != sorted(map(digest_of, theirs.get(identity, ())))
    }


def _add_extra(sides: Sides, found: dict[int, Found], bins: Collection[int], width: int) -> None:
    """Add the documents that only the target has.

    A deletion leaves nothing that could be read. But it was a write: where at least so many writes above the
    checkpoints have left no document, the documents were deleted in the source and are on their way out.
    """
    extra: dict[int, list[str]] = defaultdict(list)
    for ids in _suspects(sides.client, sides.target, bins):
        only = set(ids) - of_ids(sides.client, sides.source, ids, source=False).keys()
        again = _still_there(sides, only)
        for identity in sorted(only):
            part = bin_of(identity) // width
            if identity in again:
                found[part].add("in_flight", identity)
            else:
                extra[part].append(identity)
    deleted = sum(map(len, extra.values())) <= _vanished(sides) if extra else False
    for part, these in extra.items():
        for identity in these:
            found[part].add("in_flight" if deleted else "extra", identity)


def _vanished(sides: Sides) -> int:
    """How many writes above the checkpoints have left no document: deletions, and what was overwritten."""
    left = lately_written.count(sides.client, sides.index, since=sides.checkpoints)
    writes = sum(checkpoints_of(sides.client, sides.index).values()) - sum(sides.checkpoints.values())
    return writes - left


def _still_there(sides: Sides, ids: Collection[str]) -> set[str]:
    """Those of these documents that the source has now."""
    return _ids(sides, ids, query={"ids": {"values": list(ids)}})


def _written_late(sides: Sides, ids: Collection[str]) -> set[str]:
    """Those of these documents that were written to the source above the checkpoints."""
    return {
        identity
        for shard, checkpoint in sides.checkpoints.items()
        for identity in _ids(
            sides,
            ids,
            query={
                "bool": {
                    "filter": [{"ids": {"values": list(ids)}}, {"range": {"_seq_no": {"gt": checkpoint}}}]
                }
            },
            preference=f"_shards:{shard}",
        )
    }


def _ids(
    sides: Sides, ids: Collection[str], *, query: Mapping[str, Any], preference: str | None = None
) -> set[str]:
    if not ids:
        return set()
    with plain_errors(f"index {sides.index}"):
        sides.client.indices.refresh(index=sides.index)
        answer = whole(
            sides.client.search(
                index=sides.index,
                query=query,
                preference=preference,
                size=2 * len(ids),
                source=False,
                track_total_hits=False,
            )
        )
    return {hit["_id"] for hit in answer["hits"]["hits"]}
