"""An index as it was at one moment, shard by shard: `_seq_no` counts in each shard on its own."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from reindex.client import plain_errors, whole
from reindex.index.pages import KEEP_ALIVE

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@dataclass(frozen=True)
class Moment:
    """shards: number of the shard (as text) → id of its point in time."""

    shards: Mapping[str, str]

    @property
    def points(self) -> tuple[str, ...]:
        """The points in time, in all of which together the whole index lies."""
        return tuple(self.shards.values())


@contextmanager
def shards_at_once(client: "Elasticsearch", index: str, shards: Iterable[str]) -> Iterator[Moment]:
    """An index with every write before this call in it, until the block ends or nobody asks for a while.

    Raises:
        RetriableError: a shard is away.
    """
    opened: dict[str, str] = {}
    try:
        with plain_errors(f"index {index}"):
            client.indices.refresh(index=index)
            for shard in shards:
                answer = client.open_point_in_time(
                    index=index, keep_alive=KEEP_ALIVE, preference=f"_shards:{shard}"
                )
                opened[shard] = str(answer["id"])
        yield Moment(opened)
    finally:
        # What cannot be closed ends by itself, and is no reason to fail.
        with suppress(PipelineError), plain_errors(f"index {index}"):
            for point in opened.values():
                client.options(ignore_status=404).close_point_in_time(id=point)


def count(client: "Elasticsearch", moment: Moment) -> int:
    """How many documents there were."""
    return sum(_count(client, point) for point in moment.points)


def _count(client: "Elasticsearch", point: str) -> int:
    with plain_errors("documents of a moment"):
        answer = whole(
            client.search(pit={"id": point, "keep_alive": KEEP_ALIVE}, size=0, track_total_hits=True)
        )
    return int(answer["hits"]["total"]["value"])
