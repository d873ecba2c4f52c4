"""What may go: old indices, snapshots and folders of our own. Nothing that is served, foreign or unknown."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline import folder
from reindex.client import plain_errors
from reindex.comparing.gate_inputs import BUCKETS, PROFILE
from reindex.index import indices
from reindex.index.served import resolve
from reindex.keeping import snapshots

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@dataclass(frozen=True)
class Pruned:
    """Names. kept: ours, and still wanted. deleted: gone, or to go in a dry run.

    left_alone: of a similar name, but foreign, aliased or in a state that we do not know.
    """

    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    left_alone: tuple[str, ...]


def prune_indices(client: "Elasticsearch", served: str, *, keep: int, dry_run: bool = False) -> Pruned:
    """Delete our indices but the last `keep` validated ones, the served one and the latest failed one.

    keep: validated indices that stay, the served one among them.
    """
    own = sorted(indices.own_indices(client, served), key=lambda index: index.number, reverse=True)
    current = resolve(client, served).index
    aliases = _similar(client, served)
    failed = [index.name for index in own if index.state == "failed"]
    validated = [index.name for index in own if index.state == "validated" and index.name != current]
    # After a rollback the one that was served before is not the one before it in number.
    before = {index.previous for index in own if index.name == current and index.previous}
    wanted = {current, *before, *validated[: keep - 1], *failed[:1]}
    settled = {*validated, *failed}
    deleted = [name for name in settled if name not in wanted and not aliases.get(name)]
    if not dry_run:
        for name in sorted(deleted):
            _delete(client, name)
    kept = {index.name for index in own} & wanted
    return _pruned(kept, deleted, {*aliases, *(index.name for index in own)} - {current})


def prune_snapshots(
    client: "Elasticsearch", served: str, repository: str, *, keep: int, dry_run: bool = False
) -> Pruned:
    """Delete our snapshots but the last `keep` complete ones and those that are being written."""
    own = snapshots.own_snapshots(client, served, repository)
    complete = [snapshot.name for snapshot in own if not snapshot.missing]
    kept = {*complete[:keep], *(snapshot.name for snapshot in own if snapshot.running)}
    deleted = [snapshot.name for snapshot in own if snapshot.name not in kept]
    with plain_errors(f"snapshot repository {repository}"):
        similar = client.snapshot.get(
            repository=repository, snapshot=f"{served}*", ignore_unavailable=True, verbose=False
        )["snapshots"]
    if not dry_run:
        for name in deleted:
            snapshots.delete(client, name, repository)
    return _pruned(kept, deleted, {snapshot["snapshot"] for snapshot in similar})


def prune_folders(staging_url: str, *, keep_days: int, dry_run: bool = False) -> int:
    """Delete the folders of our runs that are older than so many days; returns how many.

    dry_run: delete nothing, and count what would go. Folders of other flows in the same place, and what else
    stands there, are left alone.
    """
    oldest = datetime.now(UTC) - timedelta(days=keep_days)
    return folder.prune_folders(staging_url, (PROFILE, BUCKETS), older_than=oldest, dry_run=dry_run)


def _pruned(kept: set[str], deleted: list[str], seen: set[str]) -> Pruned:
    return Pruned(
        kept=tuple(sorted(kept)),
        deleted=tuple(sorted(deleted)),
        left_alone=tuple(sorted(seen - kept - set(deleted))),
    )


def _similar(client: "Elasticsearch", served: str) -> dict[str, list[str]]:
    """Aliases of each index whose name begins like the served one."""
    with plain_errors(f"indices {served}-*"):
        found = client.indices.get(index=f"{served}-*", expand_wildcards=["open", "closed"]).body
    return {name: sorted(index["aliases"]) for name, index in found.items()}


def _delete(client: "Elasticsearch", name: str) -> None:
    with plain_errors(f"index {name}"):
        client.options(ignore_status=404).indices.delete(index=name)
