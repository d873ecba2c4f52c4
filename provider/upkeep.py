"""The steps of the maintenance as Airflow sees them: connections and parameters in, what was freed out."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import FatalError
from pipeline.handover import as_json
from provider.connections import METADATA, postgres_engine
from provider.run import current_run
from upkeep.freed import Freed, summed
from upkeep.settings import UpkeepSettings

if TYPE_CHECKING:
    from reindex.flow import CoursesFlow
    from reindex.keeping.prune import Pruned

log = logging.getLogger(__name__)

UPKEEP = "upkeep"
"""The frame that the gate of the maintenance looks at, in the folder of its run."""


def clean_logs() -> dict[str, Any]:
    """Delete old logs of tasks and services; returns `upkeep.freed.Freed`."""
    from upkeep.logs import clean_logs as clean

    settings = UpkeepSettings()
    done = clean(settings.log_places, older_than=_before(settings.keep_log_days), dry_run=is_dry_run())
    return _freed({"log files": done.files, "bytes of logs": done.bytes})


def clean_metadata() -> dict[str, Any]:
    """Delete old rows of Airflow's database; returns `upkeep.freed.Freed`.

    Raises FatalError when nobody has given the connection to it.
    """
    from upkeep.metadata import clean_metadata as clean

    settings = UpkeepSettings()
    done = clean(
        metadata_url(),
        older_than=_before(settings.keep_metadata_days),
        archive=settings.archive_path,
        dry_run=is_dry_run(),
    )
    log.info("%s", dict(done.rows))
    return _freed({"rows of Airflow": done.total})


def prune_quarantine() -> dict[str, Any]:
    """Delete old quarantined rows and rejected workbooks; returns `upkeep.freed.Freed`."""
    from etl.settings import UsersSettings
    from etl.upkeep.retention import prune_quarantine as prune

    rows, workbooks = prune(postgres_engine(), UsersSettings(), dry_run=is_dry_run())
    return _freed({"quarantined rows": rows, "rejected workbooks": workbooks})


def prune_staging() -> dict[str, Any]:
    """Delete folders and staging tables of old runs of all flows; returns `upkeep.freed.Freed`."""
    from etl.settings import UsersSettings
    from etl.upkeep.retention import prune_staging as prune
    from pipeline.folder import prune_folders
    from reindex.keeping.prune import prune_folders as prune_courses
    from reindex.settings import ReindexSettings

    users, courses, dry_run = UsersSettings(), ReindexSettings(), is_dry_run()
    folders, tables = prune(postgres_engine(), users, dry_run=dry_run)
    oldest = _before(users.keep_staging_days)
    folders += prune_courses(courses.staging_url, keep_days=courses.keep_staging_days, dry_run=dry_run)
    folders += prune_folders(users.staging_url, (UPKEEP,), older_than=oldest, dry_run=dry_run)
    return _freed({"folders of runs": folders, "staging tables": tables})


def prune_report() -> dict[str, Any]:
    """Delete old verdicts of all gates, and incidents that are long over; returns `upkeep.freed.Freed`."""
    from alerts.incidents.retention import prune as prune_incidents
    from report.retention import prune
    from report.settings import QualitySettings
    from report.store import Store

    settings, engine, now, dry_run = QualitySettings(), postgres_engine(), datetime.now(UTC), is_dry_run()
    done = prune(
        engine,
        Store(settings.path),
        now=now,
        keep_days=settings.keep_days,
        keep_runs=settings.keep_runs,
        dry_run=dry_run,
    )
    incidents = prune_incidents(engine, now=now, keep_days=settings.keep_days, dry_run=dry_run)
    folders = done.folders + done.unfinished
    return _freed({"verdicts": done.rows, "folders of verdicts": folders, "incidents": incidents})


def prune_indices() -> dict[str, Any]:
    """Delete old indices of the courses; returns `upkeep.freed.Freed`."""
    return _of_courses("old indices", lambda flow, dry_run: flow.prune_indices(dry_run=dry_run))


def prune_snapshots() -> dict[str, Any]:
    """Delete old snapshots of the courses; returns `upkeep.freed.Freed`."""
    return _of_courses("old snapshots", lambda flow, dry_run: flow.prune_snapshots(dry_run=dry_run))


def sum_up(steps: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """What all steps freed together, as people are told it."""
    told = summed(steps)
    freed = Freed(told.counts, is_dry_run())
    log.info("%s", freed)
    return {"freed": as_json(freed), "told": as_json(told)}


def is_dry_run() -> bool:
    """Whether the current run only says what it would delete."""
    return bool(current_run().params.get("dry_run"))


def metadata_url() -> str:
    """SQLAlchemy URL of Airflow's own database, which tasks are not given otherwise.

    Raises FatalError, in one line, when there is no such connection.
    """
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        engine = postgres_engine(METADATA)
    except AirflowNotFoundException:
        raise FatalError(
            f"There is no Airflow connection {METADATA}, so Airflow's own database is left alone. Set "
            "AIRFLOW_CONN_AIRFLOW_METADATA (docs/operations.md), or run python -m upkeep beside Airflow."
        ) from None
    return engine.url.render_as_string(hide_password=False)


def _of_courses(what: str, prune: "Callable[[CoursesFlow, bool], Pruned]") -> dict[str, Any]:
    """Prune with the lock of the served name; while somebody else works on it, nothing is pruned."""
    from provider.courses import courses_flow, run_has_ended
    from reindex.errors import IndexConflictError, LockedError

    dry_run = is_dry_run()
    with courses_flow() as flow:
        try:
            if not dry_run:
                flow.release_stale(ended=run_has_ended)
        except LockedError as busy:
            return _freed({what: 0}, note=f"{busy} Its own end prunes, too.")
        except IndexConflictError as absent:
            return _freed({what: 0}, note=str(absent))
        try:
            return _freed({what: len(prune(flow, dry_run).deleted)})
        finally:
            if not dry_run:
                flow.release()


def _before(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def _freed(counts: Mapping[str, int], *, note: str = "") -> dict[str, Any]:
    freed = Freed(counts, is_dry_run(), note)
    log.info("%s", freed)
    return as_json(freed)
