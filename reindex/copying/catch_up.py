"""The catch-up: what was written to the source while it was copied is written to the target, too.

Writes are read by `_seq_no`: a version would miss a document that was deleted and made again, since its
versions begin at 1 again. Deletions leave nothing to read: they show as ids that only the target has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.errors import RetriableError
from reindex.client import BUSY, count, plain_errors, whole
from reindex.errors import CopyError
from reindex.index.checkpoints import checkpoints as checkpoints_of
from reindex.index.pages import count_of_ids, moment, of_ids, pages
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PAGE = 1000
IDS = 5000
"""Ids of a page: the server's limit is 10,000, and both sides of an id may answer."""
SLICES = 2
FEW = 500
"""So many changes or fewer are left to the swap."""
ROUNDS = 10
PAGE_BYTES = 10 * 1024**2
"""Of one bulk request, however large its documents are: the server refuses 100 MiB."""

Tick = Callable[[], object]
"""Called between requests; raises when they have taken too long."""


def _no_limit() -> None:
    """Take as long as it takes."""


@dataclass(frozen=True)
class Applied:
    """One round: documents written and deleted; checkpoints: everything up to them is in the target."""

    written: int
    deleted: int
    checkpoints: Mapping[str, int]


@dataclass(frozen=True)
class CaughtUp:
    """All rounds together; a document that changed twice may count twice.

    checkpoints: of the source; everything up to them is in the target.
    """

    written: int
    deleted: int
    rounds: int
    checkpoints: Mapping[str, int]


def catch_up(client: "Elasticsearch", plan: Plan, *, checkpoints: Mapping[str, int]) -> CaughtUp:
    """Apply what was written to the source above these checkpoints, until what is left is little.

    checkpoints: of the source, from before the copy.

    Raises:
        CopyError: the target refuses a document.
        RetriableError: writers are faster than this.
    """
    written = deleted = 0
    since = checkpoints
    for number in range(1, ROUNDS + 1):
        applied = apply(client, plan, since)
        written, deleted, since = written + applied.written, deleted + applied.deleted, applied.checkpoints
        if applied.written + applied.deleted <= FEW:
            return CaughtUp(written, deleted, rounds=number, checkpoints=since)
    raise RetriableError(
        f"{plan.source}: writers are faster than the catch-up: after {ROUNDS} rounds and {written:,} "
        f"documents more than {FEW} changes are left. Try when they are quiet, or start the run with "
        "writes=block."
    )


def apply(
    client: "Elasticsearch",
    plan: Plan,
    checkpoints: Mapping[str, int],
    *,
    under_block: Tick | None = None,
) -> Applied:
    """One round: write what lies above these checkpoints, then delete what the source has no more.

    Deletions are looked for where the counts differ, and where fewer documents than writes are found: the
    others were written twice, or deleted. Counts alone would miss a deletion while somebody else adds one;
    with writes blocked, and a target that lacks nothing, they are enough.

    under_block: given when writes to the source are blocked: called between requests, to raise when that has
    lasted too long.

    Raises:
        CopyError: the target refuses a document.
        RetriableError: a node is busy or away.
    """
    tick = under_block or _no_limit
    reached = checkpoints_of(client, plan.source)
    written, vanished = 0, sum(reached.values()) - sum(checkpoints.values())
    with plain_errors(f"indices {plan.source}, {plan.target}"):
        client.indices.refresh(index=plan.source)
        for shard, since in checkpoints.items():
            for hits in written_since(client, plan.source, shard, since):
                tick()
                written += _write(client, plan, hits, tick)
                vanished -= sum(hit["sort"][0] <= reached[shard] for hit in hits)
        client.indices.refresh(index=[plan.source, plan.target])
        source, target = (count(client, index) for index in (plan.source, plan.target))
    suspicious = source != target or (vanished and not under_block)
    deleted = _delete(client, plan, tick) if suspicious else 0
    return Applied(written, deleted, reached)


def restore(client: "Elasticsearch", plan: Plan, *, lost: int) -> int:
    """Write to the target what only the source has: a loss that its gate allowed; returns how many documents.

    lost: how many the comparison missed; 0: nothing is looked for. The counts do not tell: a deletion makes
    up for a loss there.

    Raises:
        CopyError: the target refuses a document.
    """
    if not lost:
        return 0
    missing = [_address(hit) for hit in _only_in(client, plan.source, without=plan.target)]
    written = 0
    with plain_errors(f"indices {plan.source}, {plan.target}"):
        for at in range(0, len(missing), PAGE):
            there = _found(client, plan, missing[at : at + PAGE])
            written += _write(client, plan, [document for document in there if document["found"]])
    return written


def written_since(
    client: "Elasticsearch", index: str, shard: str, checkpoint: int
) -> Iterator[list[dict[str, Any]]]:
    """The documents of a shard above a checkpoint, as pages of search hits, oldest write first."""
    after: list[Any] | None = [checkpoint]
    while after is not None:
        found = whole(
            client.search(
                index=index,
                preference=f"_shards:{shard}",
                query={"range": {"_seq_no": {"gt": checkpoint}}},
                sort=["_seq_no"],
                search_after=after,
                size=PAGE,
                track_total_hits=False,
            )
        )
        if hits := found["hits"]["hits"]:
            yield hits
        after = hits[-1]["sort"] if len(hits) == PAGE else None


def _write(
    client: "Elasticsearch", plan: Plan, hits: Sequence[Mapping[str, Any]], tick: Tick = _no_limit
) -> int:
    """Write these documents over what the target has; returns how many."""
    actions = ({"_op_type": "index", **_address(hit), "_source": hit["_source"]} for hit in hits)
    _send(client, plan, actions, tick)
    return len(hits)


def _send(client: "Elasticsearch", plan: Plan, actions: Iterable[dict[str, Any]], tick: Tick) -> None:
    """Send these actions to the target, in requests of so many documents and bytes at most.

    Nothing is sent twice here: what a busy node refused is the retry's.
    """
    from elasticsearch.helpers import streaming_bulk

    results = []
    for _, result in streaming_bulk(
        client, actions, index=plan.target, chunk_size=PAGE, max_chunk_bytes=PAGE_BYTES, raise_on_error=False
    ):
        results.append(result)
        tick()
    _verify_written(plan, results)


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
        "Correct them in the source, or reindex/courses.json."
    )


def _found(
    client: "Elasticsearch", plan: Plan, addresses: Sequence[Mapping[str, Any]], *, source: bool = True
) -> list[dict[str, Any]]:
    """What the source has at these addresses now, each with `found`; sees writes before any refresh."""
    documents: list[dict[str, Any]] = client.mget(index=plan.source, docs=addresses, source=source)["docs"]
    if failed := [document["error"] for document in documents if "error" in document]:
        raise RetriableError(
            f"{len(failed):,} of {len(documents):,} documents of {plan.source} could not be read "
            f"({failed[0].get('reason', failed[0])})."
        )
    return documents


def _delete(client: "Elasticsearch", plan: Plan, tick: Tick) -> int:
    """Delete from the target the documents that the source does not have; returns how many."""
    gone = _only_in(client, plan.target, without=plan.source, tick=tick)
    with plain_errors(f"index {plan.target}"):
        parts = (gone[at : at + PAGE] for at in range(0, len(gone), PAGE))
        deleted = sum(_delete_these(client, plan, part, tick) for part in parts)
        client.indices.refresh(index=plan.target)
    return deleted


def _only_in(
    client: "Elasticsearch", index: str, *, without: str, tick: Tick = _no_limit
) -> list[Mapping[str, Any]]:
    """The documents of an index whose ids the other does not have, as search hits without `_source`."""
    with (
        moment(client, index) as here,
        moment(client, without) as there,
        ThreadPoolExecutor(SLICES) as threads,
    ):
        parts = [(number, SLICES) for number in range(SLICES)]
        look = partial(_only_here, client, here, there, tick)
        return [hit for found in threads.map(look, parts) for hit in found]


def _only_here(
    client: "Elasticsearch", here: str, there: str, tick: Tick, part: tuple[int, int]
) -> list[Mapping[str, Any]]:
    """The documents of a part of a moment whose ids the other moment does not have."""
    only: list[Mapping[str, Any]] = []
    for hits in pages(client, here, size=IDS, source=False, part=part):
        tick()
        ids = [hit["_id"] for hit in hits]
        if count_of_ids(client, there, ids) != len(ids):
            known = of_ids(client, there, ids, source=False)
            only += [hit for hit in hits if hit["_id"] not in known]
    return only


def _delete_these(client: "Elasticsearch", plan: Plan, hits: list[Mapping[str, Any]], tick: Tick) -> int:
    """Delete those of them that have not been written to the source again meanwhile."""
    addresses = [_address(hit) for hit in hits]
    now = _found(client, plan, addresses, source=False)
    gone = [address for address, found in zip(addresses, now, strict=True) if not found["found"]]
    if gone:
        _send(client, plan, ({"_op_type": "delete", **address} for address in gone), tick)
    return len(gone)


def _address(hit: Mapping[str, Any]) -> dict[str, Any]:
    """Id and routing of a document."""
    return {"_id": hit["_id"], **({"routing": hit["_routing"]} if "_routing" in hit else {})}
