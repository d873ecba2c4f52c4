"""The catch-up: what was written to the source while it was copied is written to the target, too.

Writes are read by `_seq_no`: a version would miss a document that was deleted and made again, since its
versions begin at 1 again. Deletions leave nothing to read: they show as documents that only the target has,
and, from the second round on, that the source has no more (`reindex.copying.vanished`).
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import RetriableError
from reindex.client import count, plain_errors
from reindex.copying.ids import only_in
from reindex.copying.vanished import Census, absent, census, vanished
from reindex.copying.writing import Tick, delete, no_limit, write
from reindex.index import moments
from reindex.index.checkpoints import checkpoints as checkpoints_of
from reindex.index.moments import Moment
from reindex.index.pages import written_since
from reindex.index.tombstones import forget_deletions
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

FEW = 500
"""So many changes or fewer are left to the swap."""
ROUNDS = 10


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


@dataclass(frozen=True)
class _Reached:
    """What the source had when a round began, and the target has since: the next round looks what is gone.

    late: documents, by shard, that were written while the round began, above the last numbers of the census.
    """

    census: Census
    late: Mapping[str, list[Mapping[str, Any]]]


def catch_up(client: "Elasticsearch", plan: Plan, *, checkpoints: Mapping[str, int]) -> CaughtUp:
    """Apply what was written to the source above these checkpoints, until what is left is little.

    checkpoints: of the source, from before the copy.

    Raises:
        CopyError: the target refuses a document.
        RetriableError: writers are faster than this.
    """
    with following(client, plan, checkpoints) as follower:
        return follower.catch_up(client)


@contextmanager
def following(client: "Elasticsearch", plan: Plan, checkpoints: Mapping[str, int]) -> Iterator["Follower"]:
    """A follower from these checkpoints on; what it keeps on the server is given back at the end.

    The target forgets deletions at once, until `remember_deletions`.
    """
    forget_deletions(client, plan.target)
    with ExitStack() as kept:
        yield Follower(plan, checkpoints, kept)


class Follower:
    """Brings the target to where the source is, round by round; a round knows where the last one has come to.

    checkpoints: of the source; everything up to them is in the target.
    """

    def __init__(self, plan: Plan, checkpoints: Mapping[str, int], kept: ExitStack) -> None:
        self.plan = plan
        self.checkpoints = checkpoints
        self._kept = kept
        self._reached: _Reached | None = None

    def forget(self) -> None:
        """Let the next round look at all ids: somebody else has written to the target."""
        self._reached = None

    def catch_up(self, client: "Elasticsearch") -> CaughtUp:
        """Rounds until what is left is little. Raises as `catch_up`."""
        written = deleted = 0
        for number in range(1, ROUNDS + 1):
            applied = self.apply(client)
            written, deleted = written + applied.written, deleted + applied.deleted
            if applied.written + applied.deleted <= FEW:
                return CaughtUp(written, deleted, rounds=number, checkpoints=self.checkpoints)
        raise RetriableError(
            f"{self.plan.source}: writers are faster than the catch-up: after {ROUNDS} rounds and "
            f"{written:,} documents more than {FEW} changes are left. Try when they are quiet, or start the "
            "run with writes=block."
        )

    def apply(self, client: "Elasticsearch", *, under_block: Tick | None = None) -> Applied:
        """One round: write what lies above the checkpoints, then delete what the source has no more.

        Everything is read at one moment of the source. So the target, which lacks nothing then, has the same
        documents when the counts are equal. Only a copy may have lost some: in the first round deletions are
        looked for, too, where fewer documents than writes are found (the others were written twice, or
        deleted), since a deletion makes up for a loss in the counts.

        under_block: given when writes to the source are blocked: called between requests, to raise when that
        has lasted too long. Only deletions since the last round are found then.

        Raises:
            CopyError: the target refuses a document.
            RetriableError: a node is busy or away, or the moment of the last round is too long ago.
        """
        tick = under_block or no_limit
        checkpoints = checkpoints_of(client, self.plan.source)
        now = self._kept.enter_context(moments.shards_at_once(client, self.plan.source, checkpoints))
        late: dict[str, list[Mapping[str, Any]]] = {shard: [] for shard in checkpoints}
        written, missing = 0, sum(checkpoints.values()) - sum(self.checkpoints.values())
        for shard, hits in self._pages(client, now):
            tick()
            written += write(client, self.plan, hits, tick)
            above = [_address(hit) for hit in hits if hit["sort"][0] > checkpoints[shard]]
            missing -= len(hits) - len(above)
            late[shard] += above
        deleted = self._delete(client, now, tick, all_ids=not under_block, suspicious=missing > 0)
        if not under_block:
            self._reached = _Reached(census(client, now, checkpoints), late)
        self.checkpoints = checkpoints
        return Applied(written, deleted, checkpoints)

    def _pages(self, client: "Elasticsearch", now: Moment) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The documents of a moment above the checkpoints, with the number of their shard."""
        with plain_errors(f"index {self.plan.source}"):
            for shard, point in now.shards.items():
                for hits in written_since(client, self.checkpoints[shard], point=point, vectors=True):
                    yield shard, hits

    def _delete(
        self, client: "Elasticsearch", now: Moment, tick: Tick, *, all_ids: bool, suspicious: bool
    ) -> int:
        """Delete from the target what the source does not have at this moment; returns how many."""
        if self._reached is None:
            wanted = all_ids and (suspicious or self._differ(client, now))
            return self._delete_by_ids(client, now) if wanted else 0
        if not self._differ(client, now):
            return 0
        gone = vanished(client, self._reached.census, now, tick=tick)
        for shard, hits in self._reached.late.items():
            gone += absent(client, now.shards[shard], hits, tick=tick)
        deleted = delete(client, self.plan, gone, tick)
        if all_ids and self._differ(client, now):
            deleted += self._delete_by_ids(client, now)
        return deleted

    def _differ(self, client: "Elasticsearch", now: Moment) -> bool:
        """Whether the target has not as many documents as the source at this moment."""
        with plain_errors(f"index {self.plan.target}"):
            client.indices.refresh(index=self.plan.target)
            return count(client, self.plan.target) != moments.count(client, now)

    def _delete_by_ids(self, client: "Elasticsearch", now: Moment) -> int:
        return delete(client, self.plan, only_in(client, self.plan.target, without=now.points))


def _address(hit: Mapping[str, Any]) -> dict[str, Any]:
    return {name: hit[name] for name in ("_id", "_routing") if name in hit}
