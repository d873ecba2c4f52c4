"""The weekly route, one method a step, and the way back: Airflow, the command line and tests run these."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pipeline.errors import FatalError, RetriableError
from pipeline.handover import Told
from reindex.checks.cluster import check_cluster
from reindex.checks.mapping import notes_of_change
from reindex.client import away
from reindex.comparing.as_planned import as_planned
from reindex.comparing.compare import both_sides, compare
from reindex.comparing.gate_inputs import reindexed_input, source_input
from reindex.copying import copy
from reindex.copying.catch_up import catch_up
from reindex.errors import MappingFileError
from reindex.handover import (
    AppliedWrites,
    CheckedCluster,
    ComparedDocuments,
    CopiedDocuments,
    CreatedIndex,
    Differences,
    KeptSnapshot,
    SwappedAlias,
)
from reindex.index import indices, kept
from reindex.index.blocks import block_writes
from reindex.index.checkpoints import checkpoints
from reindex.index.mapping_file import read
from reindex.keeping import lock, prune, release
from reindex.keeping.snapshots import snapshot
from reindex.plan import Plan
from reindex.queries.compare import compare_queries
from reindex.queries.file import load
from reindex.swapping import rollback
from reindex.swapping.approved import verify_approved
from reindex.swapping.platform import health
from reindex.swapping.swap import swap

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from pipeline.folder import RunFolder
    from reindex.settings import ReindexSettings

Writes = Literal["catch_up", "block"]
"""What writers get while the server copies: their writes are caught up, or refused until the swap."""


@dataclass(frozen=True)
class CoursesFlow:
    """One run, or one command of a person, on one served name.

    client: with the product's rights. run: who holds the lock, such as `reindex_weekly/<run id>`.
    folder: of the run, for what its gates look at.

    Every method may raise FatalError and RetriableError; those behind `release_stale` raise LockedError when
    the run does not hold the lock any more: somebody else may be at work.
    """

    client: "Elasticsearch"
    settings: "ReindexSettings"
    run: str
    folder: "RunFolder"

    @property
    def served(self) -> str:
        """The name that readers use."""
        return self.settings.index

    def release_stale(
        self, *, ended: Callable[[lock.Holder], bool], until: datetime | None = None
    ) -> release.Released:
        """Take the lock, and clear away what dead runs left. ended, until: as for `lock.acquire`."""
        return release.release_stale(self.client, self.served, owner=self.run, until=until, ended=ended)

    def check_cluster(self) -> CheckedCluster:
        """Delete the folders of old runs, settle the plan, and profile the source."""
        prune.prune_folders(self.settings.staging_url, keep_days=self.settings.keep_staging_days)
        plan = check_cluster(self.client, self.settings, run=self.run)
        gate = source_input(self.client, plan, self.folder)
        notes = notes_of_change(kept.plan_lines(self.client, plan))
        return CheckedCluster(plan, gate, Told({"documents": gate.facts["documents"]}, notes=notes))

    def snapshot_before(self, checked: CheckedCluster) -> KeptSnapshot:
        """Keep a snapshot of the source."""
        with self._lock_held(checked.plan.served):
            made = snapshot(self.client, checked.plan, self.settings.repository)
        return KeptSnapshot(checked.plan, made.name)

    def create_index(self, kept_snapshot: KeptSnapshot, *, writes: Writes = "catch_up") -> CreatedIndex:
        """Create the candidate, and block writes to the source if the run says so.

        Raises MappingFileError when the file of REINDEX_MAPPING does not say any more what the plan shows.
        """
        plan = kept_snapshot.plan
        self._verify_change(plan)
        with self._lock_held(plan.served):
            if writes == "block":
                block_writes(self.client, plan.source)
            before = checkpoints(self.client, plan.source)
            created = indices.create_index(self.client, plan, checkpoints=before)
        return CreatedIndex(plan, created.checkpoints, created.resumed)

    def start_copy(
        self,
        created: CreatedIndex,
        *,
        requests_per_second: float = copy.UNLIMITED,
        slices: int | Literal["auto"] = "auto",
    ) -> copy.Copying:
        """Have the server copy, or find the copy of this run that runs; `wait_for_copy` waits for it."""
        with self._lock_held(created.plan.served):
            kept.without_pipelines(self.client, created.plan)
            task = copy.start(
                self.client, created.plan, requests_per_second=requests_per_second, slices=slices
            )
        until = datetime.now(UTC) + timedelta(hours=self.settings.copy_hours)
        return copy.Copying(task, until.isoformat(timespec="seconds"))

    def copy_documents(self, created: CreatedIndex, copying: copy.Copying) -> CopiedDocuments | None:
        """What came of a copy; None while it runs and has time left."""
        with self._lock_held(created.plan.served):
            copied = copy.outcome(self.client, created.plan, copying)
        if copied is None:
            return None
        return CopiedDocuments(created.plan, created.checkpoints, copied, Told({"created": copied.created}))

    def cancel_copy(self, created: CreatedIndex) -> int:
        """Cancel the copy of this run; returns how many there were."""
        return copy.cancel(self.client, created.plan.opaque_id)

    def catch_up(self, copied: CopiedDocuments) -> AppliedWrites:
        """Apply to the candidate what was written and deleted meanwhile, and make it ready to be served."""
        with self._lock_held(copied.plan.served):
            kept.without_pipelines(self.client, copied.plan)
            applied = catch_up(self.client, copied.plan, checkpoints=copied.checkpoints)
            indices.ready(self.client, copied.plan)
        told = Told({"written": applied.written, "deleted": applied.deleted})
        return AppliedWrites(copied.plan, applied, told)

    def compare_documents(self, applied: AppliedWrites) -> ComparedDocuments:
        """Compare every document of the candidate with its source, and what both answer to the queries."""
        plan, caught_up = applied.plan, applied.catch_up.checkpoints
        with self._lock_held(plan.served):
            before = checkpoints(self.client, plan.target)
            with both_sides(self.client, plan, checkpoints=caught_up) as sides:
                comparison = compare(sides)
                queries = compare_queries(
                    sides, plan, load(self.settings.queries), left_out=comparison.to_come
                )
            planned = as_planned(self.client, plan, checkpoints=caught_up)
            gate = reindexed_input(comparison, planned, queries, self.folder)
        found = Differences(comparison.missing, comparison.extra, comparison.changed, comparison.in_flight)
        return ComparedDocuments(plan, applied.catch_up, found, gate, before)

    def swap_alias(self, compared: ComparedDocuments) -> SwappedAlias:
        """Swap the candidate in, and ask the learning platform how it is.

        Raises ChangedSinceApprovalError when a person let another candidate pass than this.
        """
        plan, then = compared.plan, compared.target_checkpoints
        with self._lock_held(plan.served):
            verify_approved(self.client, plan, compared.gate, checkpoints=then)
            swapped = swap(
                self.client,
                plan,
                settings=self.settings,
                checkpoints=compared.catch_up.checkpoints,
                lost=compared.differences.missing,
            )
        counts = {
            "documents": swapped.documents,
            "written": swapped.written + compared.catch_up.written,
            "deleted": swapped.deleted + compared.catch_up.deleted,
        }
        return SwappedAlias(swapped, Told(counts, notes=self._platform_notes()))

    def prune_indices(self, *, dry_run: bool = False) -> prune.Pruned:
        """Delete old indices. dry_run: delete nothing, and need no lock."""
        keep = self.settings.keep_indices
        with nullcontext() if dry_run else self._lock_held(self.served):
            return prune.prune_indices(self.client, self.served, keep=keep, dry_run=dry_run)

    def prune_snapshots(self, *, dry_run: bool = False) -> prune.Pruned:
        """Delete old snapshots. dry_run: delete nothing, and need no lock."""
        repository, keep = self.settings.repository, self.settings.keep_snapshots
        with nullcontext() if dry_run else self._lock_held(self.served):
            return prune.prune_snapshots(self.client, self.served, repository, keep=keep, dry_run=dry_run)

    def release(self) -> release.Released:
        """Give the lock back and leave nothing running; nothing is changed when somebody else holds it."""
        with patient():
            return release.release(self.client, self.served, owner=self.run)

    def choose_index(self, to: str | None = None) -> str:
        """The index to roll back to: the given one, or the one that was served before."""
        return to or rollback.previous(self.client, self.served)

    def rollback_alias(self, to: str) -> rollback.RolledBack:
        """Serve an earlier index again."""
        with self._lock_held(self.served):
            return rollback.rollback(self.client, self.served, to=to)

    def _verify_change(self, plan: Plan) -> None:
        now = read(self.settings.mapping) if self.settings.mapping else None
        if now != plan.change:
            raise MappingFileError(
                f"REINDEX_MAPPING ({self.settings.mapping or 'not set'}) does not say any more what the plan "
                "of this run shows. Start a new run, which shows it anew."
            )

    @contextmanager
    def _lock_held(self, served: str) -> Iterator[None]:
        with patient():
            lock.verify(self.client, served, owner=self.run)
            yield

    def _platform_notes(self) -> tuple[str, ...]:
        """What the learning platform's health address answers; none when nobody is to be asked."""
        url = self.settings.platform_url
        return (f"Learning platform ({url}): {health(url)}.",) if url else ()


@contextmanager
def patient() -> Iterator[None]:
    """For steps behind the first ones, which have found the key to be right: a refusal may pass.

    Raises RetriableError for a server that starts, and refuses every key until it is up.
    """
    try:
        yield
    except FatalError as error:
        if away(error):
            raise RetriableError(str(error)) from error
        raise
