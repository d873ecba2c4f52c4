"""Back to the index that was served before, telling what was written since."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reindex.client import plain_errors
from reindex.comparing import lately_written
from reindex.errors import IndexConflictError
from reindex.index import aliases, blocks, indices
from reindex.index.checkpoints import checkpoints as checkpoints_of
from reindex.index.served import resolve
from reindex.plan import OWNER

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ALIAS_SECONDS = 30.0


@dataclass(frozen=True)
class RolledBack:
    """The served name points to `to_index`, which takes writes again; `from_index` keeps its data, blocked.

    written_since: documents of `from_index` that were added or changed while it was served (all of them when
    no swap of ours is recorded there): they are not in `to_index`. repeated: an earlier attempt had rolled
    back already, and this is what it found; where nobody has, `from_index` is `to_index`.
    """

    served: str
    from_index: str
    to_index: str
    written_since: int
    repeated: bool = False


def previous(client: "Elasticsearch", served: str) -> str:
    """The index that was served before the current one.

    Raises:
        IndexConflictError: there is none any more, or there never was one.
    """
    current = resolve(client, served).index
    own = {index.name: index for index in indices.own_indices(client, served)}
    recorded = own[current].previous if current in own else None
    with plain_errors(f"index {recorded}"):
        if recorded and client.indices.exists(index=recorded):
            return recorded
    number = indices.number_of(served, current) or 0
    older = [index.name for index in own.values() if index.state == "validated" and index.number < number]
    if not older:
        raise IndexConflictError(
            f"There is no index to roll {served} back to: {current} is served and no validated one is older. "
            "Restore a snapshot instead (docs/runbook-courses.md#restore-from-a-snapshot)."
        )
    return older[-1]


def rollback(client: "Elasticsearch", served: str, *, to: str) -> RolledBack:
    """Let the served name point to an earlier index, in one call that readers do not notice.

    to: a validated index of ours, such as the `previous` one; once it is served, a repeat changes nothing.
    Hold the lock.

    Raises:
        IndexConflictError: there is no such index, or it was never served; nothing was changed.
    """
    current = resolve(client, served)
    if to == current.index:
        return _repeated(client, served, to)
    _verify(client, served, current.index, to)
    with _writes_move(client, served, current.index, to):
        written = _written_since(client, served, current.index)
        _record(client, current.index, to, written)
        moved = aliases.aliases_of(client, current.index)
        aliases.update(client, aliases.moves(current.index, to, moved), seconds=ALIAS_SECONDS)
    return RolledBack(served, current.index, to, written_since=written)


def _verify(client: "Elasticsearch", served: str, current: str, to: str) -> None:
    own = indices.own_indices(client, served)
    validated = [index.name for index in own if index.state == "validated" and index.name != current]
    recorded = {index.previous for index in own if index.name == current}
    if to not in {*validated, *recorded}:
        raise IndexConflictError(
            f"Index {to} cannot be served as {served}: it is not there, or was never validated. "
            f"There are: {', '.join(validated) or 'none'}."
        )
    if current == served:
        raise IndexConflictError(f"{served} is an index, not an alias: it was never swapped.")


@contextmanager
def _writes_move(client: "Elasticsearch", served: str, current: str, to: str) -> Iterator[None]:
    """Writes to one index are blocked and to the other allowed; the other way round again after a failure."""
    archived = blocks.blocked(client, to)

    def back() -> None:
        if resolve(client, served).index == current:
            blocks.allow_writes(client, current)
            if archived:
                blocks.block_writes(client, to)

    with blocks.undone_on_failure(back):
        blocks.block_writes(client, current)
        blocks.allow_writes(client, to)
        yield


def _written_since(client: "Elasticsearch", served: str, current: str) -> int:
    swapped = [index.swapped for index in indices.own_indices(client, served) if index.name == current]
    return lately_written.count(client, current, since=(swapped[0] if swapped else None) or {})


def _record(client: "Elasticsearch", left: str, to: str, written: int) -> None:
    """Write down, before the move, what a repeat is to answer, and from where a rollback from `to` counts."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    meta = indices.meta_of(client, left)
    if meta.get("owner") == OWNER:
        indices.put_meta(client, left, {**meta, "left": {"to": to, "at": now, "written_since": written}})
    meta = indices.meta_of(client, to)
    if meta.get("owner") == OWNER:
        swap = {
            "previous": None,
            **meta.get("swap", {}),
            "at": now,
            "checkpoints": checkpoints_of(client, to),
        }
        indices.put_meta(client, to, {**meta, "swap": swap, "left": None})


def _repeated(client: "Elasticsearch", served: str, to: str) -> RolledBack:
    """What the last rollback to `to` found."""
    left = [index for index in indices.own_indices(client, served) if index.left and index.left["to"] == to]
    if not left:
        return RolledBack(served, to, to, written_since=0, repeated=True)
    last = max(left, key=lambda index: str(index.left and index.left["at"]))
    return RolledBack(served, last.name, to, (last.left or {})["written_since"], repeated=True)
