"""The documents that one index has and another one lacks, by reading all ids: not under a write block."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from reindex.copying.writing import Tick, no_limit
from reindex.index.pages import count_of_ids, moment, of_ids, pages

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

IDS = 5000
"""Ids of a page: the server's limit is 10,000, and both sides of an id may answer."""
SLICES = 2


def only_in(
    client: "Elasticsearch", index: str, *, without: Sequence[str], tick: Tick = no_limit
) -> list[Mapping[str, Any]]:
    """The documents of an index whose id and routing another one does not have, as hits without `_source`.

    without: points in time, in which together the other one lies.
    """
    with moment(client, index) as here, ThreadPoolExecutor(SLICES) as threads:
        parts = [(number, SLICES) for number in range(SLICES)]
        look = partial(_only_here, client, here, without, tick)
        return [hit for found in threads.map(look, parts) for hit in found]


def _only_here(
    client: "Elasticsearch", here: str, without: Sequence[str], tick: Tick, part: tuple[int, int]
) -> list[Mapping[str, Any]]:
    """The documents of a part of a moment that the others do not have."""
    only: list[Mapping[str, Any]] = []
    for hits in pages(client, here, size=IDS, source=False, part=part):
        tick()
        ids = [hit["_id"] for hit in hits]
        routed = any("_routing" in hit for hit in hits)
        # One id may stand on two shards, by its routing: such ones are not to be counted.
        if routed or sum(count_of_ids(client, point, ids) for point in without) != len(ids):
            known = {named(hit) for point in without for hit in _hits(client, point, ids)}
            only += [hit for hit in hits if named(hit) not in known]
    return only


def named(hit: Mapping[str, Any]) -> tuple[str, str | None]:
    """What makes a document another one than all others: its id, and its routing if it has one."""
    return hit["_id"], hit.get("_routing")


def _hits(client: "Elasticsearch", point: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    found = of_ids(client, point, ids, source=False)
    return [hit for hits in found.values() for hit in hits]
