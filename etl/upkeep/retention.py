"""What is kept only for a while: quarantined rows, rejected workbooks, the traces of old runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, func, inspect, select

from etl.handover import SOURCE
from etl.postgres.existing import ensure_tables
from etl.postgres.schema import BATCHES, QUARANTINE
from etl.postgres.staging import drop_staging, staging_key, staging_table
from etl.postgres.target import TARGETS
from etl.postgres.transaction import transaction
from etl.refused.replay import DONE
from etl.settings import UsersSettings
from pipeline.folder import prune_folders

USERS_FRAMES = (SOURCE,)
"""A frame that is in the folder of every users run; other flows' folders may stand in the same place."""
HALF_WRITTEN_WORKBOOK = ".rejected-*.xlsx.part"
"""What a step that was killed, or an erasure, leaves of a workbook."""


@dataclass(frozen=True)
class Pruned:
    """What was deleted: rows of `quarantine`, workbooks, folders of runs, staging tables."""

    quarantined_rows: int
    workbooks: int
    run_folders: int
    staging_tables: int


def prune(engine: Engine, settings: UsersSettings, *, now: datetime | None = None) -> Pruned:
    """Delete what is older than the settings say. now: aware; the present when left out.

    Only what this product made is touched: its tables, and files and folders at the configured places
    that bear its names.
    """
    rows, workbooks = prune_quarantine(engine, settings, now=now)
    folders, tables = prune_staging(engine, settings, now=now)
    return Pruned(rows, workbooks, folders, tables)


def prune_quarantine(
    engine: Engine, settings: UsersSettings, *, now: datetime | None = None, dry_run: bool = False
) -> tuple[int, int]:
    """Delete old quarantined rows and rejected workbooks; returns how many of each.

    dry_run: delete nothing, and count what would go.
    """
    oldest = (now or datetime.now(tz=UTC)) - timedelta(days=settings.keep_quarantine_days)
    old = QUARANTINE.c.quarantined_at < oldest
    with transaction(engine) as connection:
        ensure_tables(connection, TARGETS[settings.users_target])
        rows = connection.scalar(select(func.count()).select_from(QUARANTINE).where(old)) or 0
        if not dry_run:
            rows = connection.execute(delete(QUARANTINE).where(old)).rowcount
    workbooks = [path for path in rejected_workbooks(settings) if _modified(path) < oldest]
    for path in () if dry_run else workbooks:
        path.unlink(missing_ok=True)
    return rows, len(workbooks)


def prune_staging(
    engine: Engine, settings: UsersSettings, *, now: datetime | None = None, dry_run: bool = False
) -> tuple[int, int]:
    """Delete the folders of old runs and their staging tables; returns how many of each.

    dry_run: delete nothing, and count what would go.
    """
    oldest = (now or datetime.now(tz=UTC)) - timedelta(days=settings.keep_staging_days)
    with transaction(engine) as connection:
        ensure_tables(connection, TARGETS[settings.users_target])
        tables = _prune_staging_tables(connection, oldest, dry_run=dry_run)
    half = [path for path in half_written_workbooks(settings) if _modified(path) < oldest]
    for path in () if dry_run else half:
        path.unlink(missing_ok=True)
    folders = prune_folders(settings.staging_url, USERS_FRAMES, older_than=oldest, dry_run=dry_run)
    return folders, tables


def _prune_staging_tables(connection: Connection, oldest: datetime, *, dry_run: bool) -> int:
    """Drop the staging tables of batches that were never published and are old."""
    latest = (
        select(BATCHES.c.run_id).group_by(BATCHES.c.run_id).having(func.max(BATCHES.c.created_at) < oldest)
    )
    names = [staging_table(staging_key(run)) for run in connection.scalars(latest)]
    present = set(inspect(connection).get_table_names())
    old = [name for name in names if name in present]
    for name in () if dry_run else old:
        drop_staging(connection, name)
    return len(old)


def rejected_workbooks(settings: UsersSettings) -> Iterator[Path]:
    """The rejected workbooks, and those that were replayed already."""
    yield from sorted(Path(settings.rejected_path).glob("rejected-*.xlsx"))
    yield from sorted((Path(settings.replay_path) / DONE).glob("*/*"))


def half_written_workbooks(settings: UsersSettings) -> Iterator[Path]:
    """Rejected workbooks that were never finished."""
    for folder in (Path(settings.rejected_path), Path(settings.replay_path)):
        yield from sorted(folder.glob(HALF_WRITTEN_WORKBOOK))


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
