"""The documents that a source had at an earlier moment and has no more, found without reading all ids.

A deletion leaves nothing that could be searched for. But every write has a `_seq_no` of its own in its shard,
and a later moment has no document below the earlier one's last number that the earlier had not: where both
count as many in a span of numbers, they have the same there. The server counts span by span, and where the
counts differ again in finer spans, down to the single number: a document that was deleted or written again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reindex.client import plain_errors, whole
from reindex.index.moments import Moment
from reindex.index.pages import KEEP_ALIVE, of_ids

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

FINER = 16
"""Into so many spans one is split."""
SPANS = 8192
"""So many are counted at a time at most; the server's limit is 65,536."""
RANGES = 500
"""Of one query; the server takes 1,024 clauses."""
NUMBERS = 1000

Span = tuple[int, int]
"""First number, and the one behind the last."""


@dataclass(frozen=True)
class Census:
    """How many documents a moment has in each span of `_seq_no`, by shard.

    last: by shard, the last number up to which the moment has every write. counts: by shard, documents by the
    first number of the span; spans without any are left out.
    """

    moment: Moment
    last: Mapping[str, int]
    counts: Mapping[str, Mapping[int, int]]


def census(client: "Elasticsearch", moment: Moment, last: Mapping[str, int]) -> Census:
    """Count the documents of a moment. last: as in `Census`; the server looks at every document once."""
    counts = {
        shard: _count(client, point, [(0, last[shard] + 1)], width=_width(last[shard]))
        for shard, point in moment.shards.items()
    }
    return Census(moment, last, counts)


def vanished(
    client: "Elasticsearch", before: Census, now: Moment, *, tick: Callable[[], object]
) -> list[Mapping[str, Any]]:
    """The documents of the earlier moment that the later one does not have, as search hits without `_source`.

    tick: called between requests; raises when they have taken too long.
    """
    gone: list[Mapping[str, Any]] = []
    for shard, point in now.shards.items():
        earlier = before.moment.shards[shard]
        numbers = _differing_numbers(client, (earlier, point), before.counts[shard], before.last[shard], tick)
        for at in range(0, len(numbers), NUMBERS):
            tick()
            hits = _written_as(client, earlier, numbers[at : at + NUMBERS])
            gone += absent(client, point, hits, tick=tick)
    return gone


def absent(
    client: "Elasticsearch", point: str, hits: Sequence[Mapping[str, Any]], *, tick: Callable[[], object]
) -> list[Mapping[str, Any]]:
    """Those of these documents of a shard that it does not have at a point in time. tick: see `vanished`."""
    gone: list[Mapping[str, Any]] = []
    for at in range(0, len(hits), NUMBERS):
        tick()
        part = hits[at : at + NUMBERS]
        there = of_ids(client, point, [hit["_id"] for hit in part], source=False)
        gone += [hit for hit in part if hit["_id"] not in there]
    return gone


def _differing_numbers(
    client: "Elasticsearch",
    sides: tuple[str, str],
    counted: Mapping[int, int],
    last: int,
    tick: Callable[[], object],
) -> list[int]:
    """The numbers up to the last one that only the first of two points in time of a shard has."""
    width = _width(last)
    starts = _differing(counted, _count(client, sides[1], [(0, last + 1)], width=width))
    while width > 1 and starts:
        spans = [(start, min(start + width, last + 1)) for start in starts]
        width //= FINER
        starts = [
            start for part in _parts(spans, tick) for start in _in_finer_spans(client, sides, part, width)
        ]
    return starts


def _in_finer_spans(
    client: "Elasticsearch", sides: tuple[str, str], spans: Sequence[Span], width: int
) -> list[int]:
    before, now = (_count(client, side, spans, width=width) for side in sides)
    return _differing(before, now)


def _parts(spans: Sequence[Span], tick: Callable[[], object]) -> Iterator[Sequence[Span]]:
    for at in range(0, len(spans), RANGES):
        tick()
        yield spans[at : at + RANGES]


def _differing(before: Mapping[int, int], now: Mapping[int, int]) -> list[int]:
    return [start for start, documents in before.items() if now.get(start) != documents]


def _width(last: int) -> int:
    """How wide the first spans are, so that there are not too many."""
    width = 1
    while last >= width * SPANS:
        width *= FINER
    return width


def _count(client: "Elasticsearch", point: str, spans: Sequence[Span], *, width: int) -> dict[int, int]:
    """Documents of a point in time in these spans of `_seq_no`, by the first number of finer ones."""
    ranges = [{"range": {"_seq_no": {"gte": first, "lt": behind}}} for first, behind in spans]
    with plain_errors("documents by `_seq_no`"):
        answer = whole(
            client.search(
                pit={"id": point, "keep_alive": KEEP_ALIVE},
                query={"bool": {"should": ranges}},
                aggs={"spans": {"histogram": {"field": "_seq_no", "interval": width, "min_doc_count": 1}}},
                size=0,
                track_total_hits=False,
            )
        )
    return {int(span["key"]): span["doc_count"] for span in answer["aggregations"]["spans"]["buckets"]}


def _written_as(client: "Elasticsearch", point: str, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The documents of a point in time with these `_seq_no`."""
    with plain_errors(f"{len(numbers)} documents"):
        answer = whole(
            client.search(
                pit={"id": point, "keep_alive": KEEP_ALIVE},
                query={"terms": {"_seq_no": list(numbers)}},
                size=len(numbers),
                source=False,
                track_total_hits=False,
            )
        )
    hits: list[dict[str, Any]] = answer["hits"]["hits"]
    return hits
