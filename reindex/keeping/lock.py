"""One lock for runs, rollback and command line: a document that only one of them can create."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from reindex.client import plain_errors
from reindex.errors import IndexConflictError, LockedError
from reindex.index import aliases
from reindex.plan import OWNER

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ATTEMPTS = 5
MINUTES_OF_A_COMMAND = 15
"""After these a lock that a command took is anybody's: nobody can ask whether its process still lives."""
INDEX_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1", "hidden": True}


@dataclass(frozen=True)
class Holder:
    """Who holds the lock. since, until: ISO 8601 in UTC; until None: for as long as the owner runs."""

    owner: str
    since: str
    until: str | None = None

    @property
    def expired(self) -> bool:
        """Its time is over."""
        return self.until is not None and datetime.fromisoformat(self.until) <= datetime.now(UTC)


class _Found(NamedTuple):
    holder: Holder
    seq_no: int
    primary_term: int


def never(_: Holder) -> bool:
    """No holder is known to have ended."""
    return False


def lock_index(served: str) -> str:
    """Name of the index that has the lock document of a served name."""
    return f"{served}-lock"


def acquire(
    client: "Elasticsearch",
    served: str,
    *,
    owner: str,
    until: datetime | None = None,
    ended: Callable[[Holder], bool] = never,
) -> Holder:
    """Take the lock, again for the same owner, or from a holder that has ended or whose time is over.

    until: when the lock becomes anybody's; None: never. ended: says whether a holder's run has ended.

    Raises:
        LockedError: somebody else holds it; nothing was changed.
    """
    wanted = Holder(owner, _iso(datetime.now(UTC)), _iso(until) if until else None)
    with plain_errors(f"lock of {served}"):
        _make_index(client, served)
        for _ in range(ATTEMPTS):
            found = _read(client, served)
            if found and found.holder.owner == owner and found.holder.until == wanted.until:
                return found.holder
            if found and not _free_for(owner, found.holder, ended):
                raise LockedError(_held_by(served, found.holder))
            if _write(client, served, wanted, over=found):
                return wanted
    raise LockedError(f"{served}: the lock changes hands all the time. Try again when the others have ended.")


@contextmanager
def held(client: "Elasticsearch", served: str, *, owner: str) -> Iterator[Holder]:
    """Hold the lock for the block of one command, at most 15 minutes. owner: names this one process.

    Raises:
        LockedError: somebody else holds it; the block was not entered.
    """
    until = datetime.now(UTC) + timedelta(minutes=MINUTES_OF_A_COMMAND)
    holder = acquire(client, served, owner=owner, until=until)
    try:
        yield holder
    finally:
        release(client, served, owner=owner)


def verify(client: "Elasticsearch", served: str, *, owner: str) -> None:
    """Return when the owner holds the lock.

    Raises:
        LockedError: somebody else does, or nobody.
    """
    found = holder(client, served)
    if found is None:
        raise LockedError(
            f"{served}: {owner} does not hold the lock any more. Start a new run, or clear this one from "
            "its first task on."
        )
    if found.owner != owner:
        raise LockedError(_held_by(served, found))


def holder(client: "Elasticsearch", served: str) -> Holder | None:
    """Who holds the lock; None: nobody."""
    with plain_errors(f"lock of {served}"):
        found = _read(client, served)
    return found.holder if found else None


def release(client: "Elasticsearch", served: str, *, owner: str) -> bool:
    """Give the lock back. Returns whether the owner held it, and it is free now."""
    from elasticsearch import ConflictError, NotFoundError

    with plain_errors(f"lock of {served}"):
        for _ in range(ATTEMPTS):
            found = _read(client, served)
            if found is None or found.holder.owner != owner:
                return False
            try:
                client.delete(index=lock_index(served), id=served, **_unchanged(found))
            except (ConflictError, NotFoundError):
                continue
            return True
    return False


def _make_index(client: "Elasticsearch", served: str) -> None:
    from elasticsearch import BadRequestError

    meta = {"owner": OWNER, "served": served, "purpose": "lock"}
    try:
        client.indices.create(
            index=lock_index(served), settings=INDEX_SETTINGS, mappings={"dynamic": False, "_meta": meta}
        )
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise
        _check_index(client, served)
    else:
        aliases.refuse_inherited(client, lock_index(served))


def _check_index(client: "Elasticsearch", served: str) -> None:
    name = lock_index(served)
    # Somebody else may have made it this very moment: until its shard has started, reading answers 503
    # (and the health of so young an index is yellow already).
    client.options(ignore_status=408).cluster.health(index=name, wait_for_active_shards=1, timeout="25s")
    found = client.indices.get_mapping(index=name)
    metas = [index["mappings"].get("_meta", {}) for index in found.body.values()]
    if any(meta.get("owner") != OWNER or meta.get("served") != served for meta in metas):
        raise IndexConflictError(
            f"Index {name} was not made by this product, and its lock belongs there. Rename the index."
        )


def _read(client: "Elasticsearch", served: str) -> _Found | None:
    answer = client.options(ignore_status=404).get(index=lock_index(served), id=served).body
    if not answer.get("found"):
        return None
    return _Found(Holder(**answer["_source"]), answer["_seq_no"], answer["_primary_term"])


def _write(client: "Elasticsearch", served: str, wanted: Holder, *, over: _Found | None) -> bool:
    """Whether nobody was quicker."""
    from elasticsearch import ConflictError

    condition: dict[str, Any] = _unchanged(over) if over else {"op_type": "create"}
    document = dataclasses.asdict(wanted)
    try:
        client.index(index=lock_index(served), id=served, document=document, **condition)
    except ConflictError:
        return False
    return True


def _unchanged(found: _Found) -> dict[str, Any]:
    return {"if_seq_no": found.seq_no, "if_primary_term": found.primary_term}


def _free_for(owner: str, holder: Holder, ended: Callable[[Holder], bool]) -> bool:
    return holder.owner == owner or holder.expired or ended(holder)


def _held_by(served: str, holder: Holder) -> str:
    until = f", until {holder.until} at the latest" if holder.until else ""
    return (
        f"{served} is locked by {holder.owner} since {holder.since}{until}. Wait for it to end; "
        "if it is dead, free the lock: python -m reindex release --force."
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
