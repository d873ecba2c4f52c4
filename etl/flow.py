"""The nightly route of the users, one method a step; a gate stands between each two of them."""

from dataclasses import dataclass

from sqlalchemy import Engine

from etl.handover import Extraction, Loaded, Staged, Verdicts
from etl.postgres.target import TARGETS, Target
from etl.refused.replay import put_away
from etl.rows.verdicts import OnDuplicate
from etl.settings import UsersSettings
from etl.steps.extract import extract, see_users
from etl.steps.load import load, published_checksum
from etl.steps.stage import stage
from etl.upkeep.retention import prune
from pipeline.folder import RunFolder
from pipeline.names import slug


@dataclass(frozen=True)
class UsersFlow:
    """The users flow of one run: each step may run twice, and replaces what its first attempt made.

    engine: of the database of the users. run: the run's id.
    """

    engine: Engine
    settings: UsersSettings
    run: str

    @property
    def target(self) -> Target:
        """The tables that the users go to."""
        return TARGETS[self.settings.users_target]

    def extract(self, *, workbook: str = "", force: bool = False) -> Extraction:
        """Delete what is kept long enough, then read the workbooks into the run's folder.

        workbook: a path, a folder or a glob instead of the settings' one; then no replay is read.
        force: read a workbook that is unchanged since the last published run, too.

        Raises:
            WorkbookNotReadyError: a workbook is missing or still being written.
            WorkbookError: one cannot be read as users.
            UnchangedWorkbooks: nothing new since the last published run.
            TargetError, TargetBusyError: see `stage`.
        """
        prune(self.engine, self.settings)
        see_users(self.engine, self.target)
        return extract(
            RunFolder.of(self.settings.staging_url, slug(self.run)),
            workbook or self.settings.users_path,
            replay_path=None if workbook else self.settings.replay_path,
            settle_seconds=self.settings.settle_seconds,
            published_checksum=published_checksum(self.engine),
            target=self.target,
            force=force,
            limits=self.settings.read_limits,
        )

    def transform(self, extraction: Extraction, *, on_duplicate: OnDuplicate = "keep_last") -> Verdicts:
        """Give every row its verdict; rows that are not valid go into quarantine.

        on_duplicate: see `etl.rows.verdicts.give_verdicts`.

        Raises:
            TargetError, TargetBusyError: see `stage`.
        """
        # A tenth of all imports is for writing workbooks, which no other step does.
        from etl.refused.rejected_workbook import workbook_path
        from etl.steps.transform import transform

        return transform(
            extraction,
            self.engine,
            run=self.run,
            rejected_path=workbook_path(self.settings.rejected_path, slug(self.run)),
            target=self.target,
            on_duplicate=on_duplicate,
        )

    def stage(self, verdicts: Verdicts) -> Staged:
        """Put the valid rows beside the users.

        Raises:
            ChangedSinceApprovalError: a person let other verdicts pass than these.
            TargetError: the tables in the database are not ours to write to.
            TargetBusyError: somebody else's transaction keeps them locked.
        """
        return stage(verdicts, self.engine, run=self.run, target=self.target)

    def load(self, staged: Staged) -> Loaded:
        """Merge the staged rows into the target, then put the replayed workbooks away.

        Raises:
            MergeError: the counts do not add up; all was rolled back.
            TargetError, TargetBusyError: see `stage`.
        """
        loaded = load(staged, self.engine, run=self.run, target=self.target)
        put_away(staged.extraction.replays, run_name=slug(self.run))
        return loaded
