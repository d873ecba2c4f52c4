"""One transaction merges the staging table into the target, or nothing happens."""

import dataclasses
import uuid
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from etl.errors import MergeError, TargetError
from etl.handover import Extraction, Loaded, Staged
from etl.postgres.expressions import replayed_users
from etl.postgres.guard import has_guard
from etl.postgres.merge import Merged, merge, resolve
from etl.postgres.schema import BATCHES
from etl.postgres.staging import MergeTables, drop_staging, merge_tables, staging_key
from etl.postgres.target import OWN, Target
from etl.postgres.transaction import transaction
from etl.steps.stage import leave_out_newer
from pipeline.handover import Told
from pipeline.messages import first_line


def load(staged: Staged, engine: Engine, *, run: str, target: Target = OWN) -> Loaded:
    """Merge what a run has staged; after a crash behind the commit it only tells what was done.

    Raises:
        MergeError: the counts do not add up (somebody wrote to `users` meanwhile); all was rolled back.
        TargetError: the staging table of the run is gone.
        TargetBusyError: somebody else's transaction keeps the tables locked.
    """
    with transaction(engine) as connection:
        merged = _published(connection, staged.batch_id) or _merge(connection, staged, run=run, target=target)
    return Loaded(Told(dataclasses.asdict(merged)))


def _merge(connection: Connection, staged: Staged, *, run: str, target: Target) -> Merged:
    """Merge and publish the batch, and drop its staging tables."""
    tables = merge_tables(connection, staging_key(run), target)
    _check_staged(connection, tables.staged.name)
    _keep_emails_unique(connection, tables)
    resolved = resolve(connection, tables)
    newer = _leave_out_newer(connection, tables, resolved, extraction=staged.extraction, run=run)
    merged = merge(connection, tables, resolved)
    _check_references(connection, tables)
    _check_rows(merged, staged.valid_rows - newer, tables)
    _publish(connection, staged.batch_id, merged)
    drop_staging(connection, tables.staged.name)
    return merged


def _published(connection: Connection, batch_id: str) -> Merged | None:
    """The result of a batch that is published already. Locks the batch: two loads follow each other."""
    columns = (BATCHES.c.published_at, BATCHES.c.inserted, BATCHES.c.updated, BATCHES.c.unchanged)
    row = connection.execute(
        select(*columns).where(BATCHES.c.batch_id == uuid.UUID(batch_id)).with_for_update()
    ).one_or_none()
    return Merged(row.inserted, row.updated, row.unchanged) if row and row.published_at else None


def _check_staged(connection: Connection, staging_table: str) -> None:
    if not connection.scalar(select(func.to_regclass(staging_table))):
        raise TargetError(
            f"table {staging_table}: gone (older than ETL_KEEP_STAGING_DAYS?). Clear the task stage_users."
        )


def _keep_emails_unique(connection: Connection, tables: MergeTables) -> None:
    """Without a unique index nobody may sign up during the merge: the same person could come in twice."""
    person = tables.stored.person.table
    if not has_guard(connection, person.name):
        name = connection.dialect.identifier_preparer.format_table(person)
        connection.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))


def _check_references(connection: Connection, tables: MergeTables) -> None:
    """Have the database look now at the foreign keys that it would look at after the commit's last word."""
    try:
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except IntegrityError as error:
        raise MergeError(
            f"table {tables.stored.person.table.name}: somebody deleted a person meanwhile whose row was "
            f"being written ({first_line(error.orig)}); rolled back. The retry merges again."
        ) from error


def _check_rows(merged: Merged, rows: int, tables: MergeTables) -> None:
    if merged.rows != rows:
        raise MergeError(
            f"table {tables.stored.person.table.name}: {merged.rows} of {rows} staged rows were merged; "
            "rolled back. Nothing was written; the retry merges again. If it stays so, a staged person was "
            "erased: clear the task stage_users."
        )


def _leave_out_newer(
    connection: Connection, tables: MergeTables, resolved: Table, *, extraction: Extraction, run: str
) -> int:
    """Take replayed rows out whose user changed since the stage, and keep those users from changing now.

    resolved: made before, so that one who signs up behind this look is new there, and the insert misses.
    """
    if not extraction.replay_rows:
        return 0
    for query in replayed_users(tables):
        connection.execute(query)
    newer = leave_out_newer(connection, tables, extraction=extraction, run=run)
    connection.execute(delete(resolved).where(resolved.c.seq.not_in(select(tables.staged.c.seq))))
    return newer


def _publish(connection: Connection, batch_id: str, merged: Merged) -> None:
    values: dict[str, Any] = {**dataclasses.asdict(merged), "published_at": func.now()}
    connection.execute(update(BATCHES).where(BATCHES.c.batch_id == uuid.UUID(batch_id)).values(values))


def published_checksum(engine: Engine) -> str | None:
    """The checksum of the workbooks that were published last; None when nothing ever was."""
    with engine.connect() as connection:
        if not connection.scalar(select(func.to_regclass(BATCHES.name))):
            return None
        daily = select(BATCHES.c.checksum).where(
            BATCHES.c.published_at.is_not(None), BATCHES.c.checksum.is_not(None)
        )
        return connection.scalar(daily.order_by(BATCHES.c.published_at.desc()).limit(1))
