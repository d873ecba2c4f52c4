"""What a run that died left behind, cleared away before the next one; and the same at a run's own end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reindex.client import plain_errors
from reindex.copying import copy
from reindex.errors import IndexConflictError
from reindex.index import indices
from reindex.index.blocks import allow_writes
from reindex.index.served import resolve
from reindex.keeping import lock
from reindex.keeping.lock import Holder, never
from reindex.plan import opaque_id

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@dataclass(frozen=True)
class Released:
    """unblocked: the served index refused writes. cancelled: copies that still ran.

    failed: candidates that nobody will finish. lock: it is ours now (`release_stale`), or it was and is free
    now (`release`).
    """

    unblocked: bool = False
    cancelled: int = 0
    failed: tuple[str, ...] = ()
    lock: bool = False


def release_stale(
    client: "Elasticsearch",
    served: str,
    *,
    owner: str,
    until: datetime | None = None,
    ended: Callable[[Holder], bool] = never,
) -> Released:
    """Take the lock, then clear away what other runs left: write block, copies, candidates.

    Only from the served index a block is lifted: a replaced one keeps its block. What belongs to the owner
    itself stays, so that a retry goes on with it. until, ended: as for `lock.acquire`.

    Raises:
        LockedError: somebody else is at work; nothing was changed.
        IndexConflictError: there is no such served name; nothing was changed.
    """
    resolve(client, served)
    lock.acquire(client, served, owner=owner, until=until, ended=ended)
    return Released(
        unblocked=allow_writes(client, resolve(client, served).index),
        cancelled=_cancel(client, served, lambda run: run != owner),
        failed=_settle(client, served, lambda run: run != owner),
        lock=True,
    )


def release(client: "Elasticsearch", served: str, *, owner: str) -> Released:
    """End a run however it went: writers may write, its copy is cancelled, its lock is free.

    A candidate that was not swapped in is marked as failed. An owner that does not hold the lock changes
    nothing, since somebody else may be at work.
    """
    found = lock.holder(client, served)
    if found is None or found.owner != owner:
        return Released()
    try:
        unblocked = allow_writes(client, resolve(client, served).index)
        cancelled = _cancel(client, served, lambda _: True)
        failed = _settle(client, served, lambda run: run == owner)
    except IndexConflictError:
        # The served name is gone: there is nothing to lift, now or later.
        lock.release(client, served, owner=owner)
        raise
    # Not before everything is done: a retry that does not hold the lock any more would do nothing.
    freed = lock.release(client, served, owner=owner)
    return Released(unblocked, cancelled, failed, freed)


def copies(client: "Elasticsearch", served: str) -> dict[str, str]:
    """The server's tasks that copy for us, each with its run, without the slices that are their children."""
    prefix = opaque_id(served)
    with plain_errors(f"copies of {served}"):
        tasks = client.tasks.list(actions=copy.ACTION, detailed=True, group_by="none")["tasks"]
    return {
        f"{task['node']}:{task['id']}": task["headers"]["X-Opaque-Id"].removeprefix(prefix)
        for task in tasks
        if "parent_task_id" not in task and task["headers"].get("X-Opaque-Id", "").startswith(prefix)
    }


def _cancel(client: "Elasticsearch", served: str, chosen: Callable[[str], bool]) -> int:
    """Cancel the copies of the chosen runs; how many there were, when they write nothing any more."""
    runs = filter(chosen, set(copies(client, served).values()))
    return sum(copy.cancel(client, opaque_id(served, run)) for run in runs)


def _settle(client: "Elasticsearch", served: str, chosen: Callable[[str], bool]) -> tuple[str, ...]:
    """Give the chosen runs' candidates their final state: those that failed."""
    candidates = [
        index
        for index in indices.own_indices(client, served)
        if index.state == "candidate" and chosen(index.run)
    ]
    current = resolve(client, served).index
    for index in candidates:
        # A run that died just behind its swap had passed its gate.
        indices.set_state(client, index.name, "validated" if index.name == current else "failed")
    return tuple(index.name for index in candidates if index.name != current)
