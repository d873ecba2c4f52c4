"""The steps of the maintenance as Airflow sees them: connections and parameters in, what was freed out."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import FatalError, NothingToDo
from pipeline.handover import as_json
from provider.connections import METADATA, postgres_engine
from provider.run import current_run
from upkeep.freed import Freed, summed
from upkeep.settings import UpkeepSettings

if TYPE_CHECKING:
    from sqlalchemy import URL

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
    """Delete old verdicts of all gates, incidents that are long over, and old deliveries.

    Returns `upkeep.freed.Freed`.
    """
    from alerts.deliveries import prune as prune_deliveries
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
    deliveries = prune_deliveries(engine, now=now, keep_days=settings.keep_days, dry_run=dry_run)
    counts = {"verdicts": done.rows, "folders of verdicts": done.folders + done.unfinished}
    return _freed({**counts, "incidents": incidents, "deliveries": deliveries})


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


def back_up() -> dict[str, Any]:
    """Make a backup; returns `upkeep.backup.BackedUp` and what people are told of it.

    Raises NothingToDo in a dry run.
    """
    from pipeline.handover import Told
    from upkeep.backup import back_up as make

    _not_in_a_dry_run()
    done = make(_databases(), UpkeepSettings(), now=datetime.now(UTC))
    log.info("%s", done)
    return {**as_json(done), "told": as_json(Told({"bytes of backup": done.bytes}))}


def inspect() -> dict[str, Any]:
    """Prove the newest backup, and look for what should be gone; returns what the gate looks at.

    Raises NothingToDo in a dry run.
    """
    from dataclasses import asdict

    import pandas as pd

    from etl.settings import UsersSettings
    from pipeline.folder import RunFolder
    from pipeline.handover import GateInput
    from upkeep.proof import prove

    _not_in_a_dry_run()
    proof = asdict(prove(UpkeepSettings(), _databases()["airflow"], now=datetime.now(UTC)))
    hours = proof.pop("hours")
    facts = {
        **proof,
        "backup_hours": [] if hours is None else [hours],
        **_what_is_old(),
        "snapshots": _kept_snapshots(),
    }
    log.info("%s", facts)
    figures = {name: float(value) for name, value in facts.items() if isinstance(value, int)}
    frame = pd.DataFrame({"part": list(figures), "found": list(figures.values())})
    folder = RunFolder.of(UsersSettings().staging_url, current_run().name)
    return {"gate": as_json(GateInput(folder.write_frame(UPKEEP, frame), facts))}


def _what_is_old() -> dict[str, int]:
    """Log files and rows of Airflow that the cleaning should have taken a day ago."""
    from upkeep.logs import clean_logs as clean
    from upkeep.metadata import clean_metadata as clean_rows

    settings = UpkeepSettings()
    logs = clean(settings.log_places, older_than=_before(settings.keep_log_days + 1), dry_run=True)
    oldest = _before(settings.keep_metadata_days + 1)
    return {
        "old_logs": logs.files,
        "old_rows": clean_rows(metadata_url(), older_than=oldest, dry_run=True).total,
    }


def _kept_snapshots() -> list[int]:
    """How many complete snapshots of the courses there are; nothing when the cluster cannot be asked."""
    from pipeline.errors import PipelineError
    from provider.courses import courses_flow
    from reindex.keeping.snapshots import own_snapshots

    try:
        with courses_flow() as flow:
            found = own_snapshots(flow.client, flow.served, flow.settings.repository)
    except PipelineError as error:
        log.warning("%s", error)
        return []
    return [sum(not snapshot.missing for snapshot in found)]


def _databases() -> "dict[str, URL]":
    from sqlalchemy import make_url

    from upkeep.backup import AIRFLOW, USERS

    return {AIRFLOW: make_url(metadata_url()), USERS: postgres_engine().url}


def _not_in_a_dry_run() -> None:
    if is_dry_run():
        raise NothingToDo("A dry run writes no backup, and judges nothing.")
