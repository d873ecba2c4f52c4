"""The swap: the served name moves to the new index, with a short write block as the only interruption.

Everything that takes time comes before the block; under it, just what writers did in the last moments.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reindex.client import count, plain_errors
from reindex.comparing import lately_written
from reindex.copying import catch_up
from reindex.copying.restore import restore
from reindex.errors import IndexConflictError, SwapError
from reindex.index import aliases, blocks, indices, kept
from reindex.index.checkpoints import checkpoints as checkpoints_of
from reindex.index.served import resolve
from reindex.index.tombstones import remember_deletions
from reindex.plan import OWNER, Plan
from reindex.swapping import archive

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from reindex.settings import ReindexSettings


@dataclass(frozen=True)
class Swapped:
    """The served name points to `target`.

    documents: in the target when it was swapped in. block_seconds: from asking for the write block to the
    moment writers could write again. written, deleted: documents that had changed since the comparison;
    restored: those that the copy had lost, within what its gate allows.
    archive: the index that keeps what was served before. repeated: an earlier attempt had swapped already;
    the figures of the block are 0 then.
    """

    served: str
    source: str
    target: str
    documents: int
    block_seconds: float
    written: int
    deleted: int
    archive: str
    restored: int = 0
    repeated: bool = False


@dataclass(frozen=True)
class _Approached:
    written: int
    deleted: int
    restored: int


@dataclass(frozen=True)
class _Settled:
    documents: int
    written: int
    deleted: int
    checkpoints: Mapping[str, int]


class _Clock:
    """Seconds under the write block, and how many are left."""

    def __init__(self, limit: float):
        self.limit = limit
        self.start = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.start

    def left(self) -> float:
        """Raises SwapError when there are none."""
        left = self.limit - self.seconds
        if left <= 0:
            raise SwapError(
                f"The swap took longer than its {self.limit:g} s under the write block and was given up. "
                "Try when writers are quiet, or raise REINDEX_BLOCK_SECONDS."
            )
        return left


def swap(
    client: "Elasticsearch",
    plan: Plan,
    *,
    settings: "ReindexSettings",
    checkpoints: Mapping[str, int],
    lost: int = 0,
) -> Swapped:
    """Let the served name point to the target, with every document that writers were told is stored.

    checkpoints: of the source, from before the comparison: what lies above is written and compared here.
    lost: documents that the comparison missed in the target, and its gate allowed: they are restored.

    Raises:
        IndexConflictError: the served name, the source or the target is not what the plan says any more.
        SwapError: it does not add up or takes too long; the source is served and writable as before.
    """
    if resolve(client, plan.served).index == plan.target:
        return _repeated(client, plan)
    _prepare(client, plan)
    with catch_up.following(client, plan, checkpoints) as follower:
        caught_up = _approach(client, plan, follower, lost=lost)
        with _block(client, plan, limit=settings.block_seconds) as clock:
            settled = _settle(client, plan, clock, follower)
            remember_deletions(client, plan.target, source=plan.source)
            _move(client, plan, clock)
            block_seconds = clock.seconds
    _verify_served(client, plan)
    _record(client, plan, settled.checkpoints)
    indices.set_state(client, plan.target, "validated")
    return Swapped(
        served=plan.served,
        source=plan.source,
        target=plan.target,
        documents=settled.documents,
        block_seconds=round(block_seconds, 3),
        written=caught_up.written + settled.written,
        deleted=caught_up.deleted + settled.deleted,
        archive=indices.archive_of(plan),
        restored=caught_up.restored,
    )


def _repeated(client: "Elasticsearch", plan: Plan) -> Swapped:
    indices.set_state(client, plan.target, "validated")
    with plain_errors(f"index {plan.target}"):
        documents = count(client, plan.target)
    return Swapped(
        served=plan.served,
        source=plan.source,
        target=plan.target,
        documents=documents,
        block_seconds=0.0,
        written=0,
        deleted=0,
        archive=indices.archive_of(plan),
        repeated=True,
    )


def _prepare(client: "Elasticsearch", plan: Plan) -> None:
    served, meta = resolve(client, plan.served), indices.meta_of(client, plan.target)
    if served.index != plan.source:
        raise IndexConflictError(
            f"{plan.served} is {served.index} now, not {plan.source} as this run found it. Start a new run."
        )
    if meta.get("owner") != OWNER or meta["run"] != plan.run:
        raise IndexConflictError(f"Index {plan.target} was not made by run {plan.run}. Start a new run.")
    kept.without_pipelines(client, plan)
    if plan.concrete:
        archive.prepare(client, plan)


@contextmanager
def _block(client: "Elasticsearch", plan: Plan, *, limit: float) -> Iterator[_Clock]:
    """Block writes to the source; lift the block again if the source is still served after a failure."""

    def lift() -> None:
        if resolve(client, plan.served).index == plan.source:
            blocks.allow_writes(client, plan.source)

    clock = _Clock(limit)
    with blocks.undone_on_failure(lift):
        blocks.block_writes(client.options(max_retries=0), plan.source)
        yield clock


def _approach(client: "Elasticsearch", plan: Plan, follower: catch_up.Follower, *, lost: int) -> _Approached:
    """Catch up and compare what was written since the comparison: the block then finds the last moments only.

    It is done twice, since the first time may take long while writers go on.
    """
    since = follower.checkpoints
    first = follower.catch_up(client)
    restored = restore(client, plan, lost=lost)
    if lost:
        follower.forget()
    lately_written.verify(client, plan, since=since, until=first.checkpoints)
    second = follower.catch_up(client)
    lately_written.verify(client, plan, since=first.checkpoints, until=second.checkpoints)
    _record(client, plan, checkpoints_of(client, plan.target))
    return _Approached(first.written + second.written, first.deleted + second.deleted, restored)


def _settle(client: "Elasticsearch", plan: Plan, clock: _Clock, follower: catch_up.Follower) -> _Settled:
    """Write what is left, and compare just those documents, and the counts.

    The checkpoints are the target's, with everything that it takes from the source.
    """
    since = follower.checkpoints
    limited = client.options(max_retries=0, request_timeout=clock.left())
    applied = follower.apply(limited, under_block=clock.left)
    clock.left()
    with plain_errors(f"indices {plan.source}, {plan.target}"):
        limited.indices.refresh(index=[plan.source, plan.target])
        source, target = (count(limited, index) for index in (plan.source, plan.target))
    lately_written.verify(limited, plan, since=since)
    clock.left()
    if source != target:
        raise SwapError(
            f"{plan.source} has {source:,} documents and {plan.target} {target:,}, with writes blocked. "
            "Nothing was swapped; the retry compares them again."
        )
    return _Settled(target, applied.written, applied.deleted, checkpoints_of(limited, plan.target))


def _record(client: "Elasticsearch", plan: Plan, checkpoints: Mapping[str, int]) -> None:
    """Write into the target what it replaces, and its own checkpoints: a rollback counts from them.

    Written before the block, for a worker that dies behind the swap, and again, exact, after it: changing the
    mapping takes too long under the block.
    """
    record = {
        "previous": indices.archive_of(plan),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "checkpoints": dict(checkpoints),
    }
    indices.put_meta(client, plan.target, {**indices.meta_of(client, plan.target), "swap": record})


def _move(client: "Elasticsearch", plan: Plan, clock: _Clock) -> None:
    """Move every alias of the source in one call; a concrete source is archived and goes in that call."""
    if not blocks.blocked(client, plan.source):
        raise SwapError(
            f"Somebody lifted the write block of {plan.source} during the swap. Nothing was swapped."
        )
    moved = aliases.aliases_of(client, plan.source)
    if plan.concrete:
        archive.make(client, plan, seconds=clock.left())
        moved = {**moved, plan.served: {}}
    elif plan.served not in moved:
        raise IndexConflictError(f"Somebody took {plan.served} from {plan.source}. Start a new run.")
    kept.with_pipelines(client.options(max_retries=0, request_timeout=clock.left()), plan)
    actions = aliases.moves(plan.source, plan.target, moved, delete_source=plan.concrete)
    aliases.update(client, actions, seconds=clock.left())


def _verify_served(client: "Elasticsearch", plan: Plan) -> None:
    served = resolve(client, plan.served)
    if served.index != plan.target:
        raise SwapError(
            f"{plan.served} is {served.index} after the swap, not {plan.target}. Look who moved it."
        )
