"""What a run that died left behind, cleared away before the next one; and the same at a run's own end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from reindex import indices, lock
from reindex.blocks import allow_writes
from reindex.client import plain_errors
from reindex.errors import RetriableReindexError
from reindex.lock import Holder, never
from reindex.plan import opaque_id
from reindex.served import resolve

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

CANCEL_SECONDS = 60.0
POLL_SECONDS = 0.2


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
    finally:
        freed = lock.release(client, served, owner=owner)
    return Released(unblocked, cancelled, failed, freed)


def _cancel(client: "Elasticsearch", served: str, chosen: Callable[[str], bool]) -> int:
    """Cancel the copies of the chosen runs and wait until they are gone: how many there were."""
    cancelled = copies(client, served, chosen)
    with plain_errors(f"copies of {served}"):
        for task in cancelled:
            client.options(ignore_status=404).tasks.cancel(task_id=task)
    until = monotonic() + CANCEL_SECONDS
    while left := copies(client, served, chosen):
        if monotonic() > until:
            raise RetriableReindexError(
                f"{served}: {', '.join(left)} still run {CANCEL_SECONDS:.0f} s after they were cancelled."
            )
        sleep(POLL_SECONDS)
    return len(cancelled)


def copies(client: "Elasticsearch", served: str, chosen: Callable[[str], bool] = lambda _: True) -> list[str]:
    """Ids of the server's tasks that copy for the chosen runs, without the slices that are their children."""
    with plain_errors(f"copies of {served}"):
        tasks = client.tasks.list(actions="*reindex", detailed=True, group_by="none")["tasks"]
    prefix = opaque_id(served)
    return [_id(task) for task in tasks if _root(task) and _of(task, prefix, chosen)]


def _of(task: dict[str, Any], prefix: str, chosen: Callable[[str], bool]) -> bool:
    found = str(task.get("headers", {}).get("X-Opaque-Id", ""))
    return found.startswith(prefix) and chosen(found.removeprefix(prefix))


def _root(task: dict[str, Any]) -> bool:
    return "parent_task_id" not in task


def _id(task: dict[str, Any]) -> str:
    return f"{task['node']}:{task['id']}"


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
