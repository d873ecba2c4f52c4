"""One transaction merges the staging table into `users`, or nothing happens."""

import dataclasses
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from etl.errors import MergeError, TargetError
from etl.postgres.expressions import (
    MERGED_FIELDS,
    MergeTables,
    differs,
    keeps,
    merge_tables,
    merged,
    replayed_users,
    same_user,
    staging_key,
)
from etl.postgres.interest_links import merge_interests
from etl.postgres.schema import BATCHES, STORED_FIELDS, user_interests
from etl.postgres.statements import affected_rows, temporary_table
from etl.postgres.transaction import transaction
from etl.steps.extract import Extraction
from etl.steps.stage import STAGED, Staged, drop_staging, leave_out_newer
from pipeline.folder import RunFolder

WORK_MEMORY = "128MB"
"""What a sort or a hash of the merge may take; PostgreSQL's usual 4 MB would spill each join to disk."""


@dataclass(frozen=True)
class Loaded:
    """What the merge did, in users: together they are the staged rows that no user has outdated since."""

    inserted: int
    updated: int
    unchanged: int

    @property
    def rows(self) -> int:
        """Users that the workbook named."""
        return self.inserted + self.updated + self.unchanged


def load(folder: RunFolder, engine: Engine, *, run: str) -> Loaded:
    """Merge the staged batch of a run; after a crash behind the commit it only tells what was done.

    Raises:
        MergeError: the counts do not add up (somebody wrote to `users` meanwhile); all was rolled back.
        TargetError: the staging table of the run is gone.
        TargetBusyError: somebody else's transaction keeps the tables locked.
    """
    staged = Staged(**folder.read_facts(STAGED))
    with transaction(engine) as connection:
        done = _published(connection, staged.batch_id)
        if done:
            return done
        _check_staged(connection, staged)
        tables = merge_tables(connection, staging_key(run))
        resolved = _resolve(connection, tables)
        rows = staged.valid_rows - _leave_out_newer(connection, tables, resolved, folder=folder, run=run)
        loaded = merge(connection, tables, resolved)
        if loaded.rows != rows:
            raise MergeError(
                f"table users: {loaded.rows} of {rows} staged rows were merged; rolled back. "
                "Nothing was written; the retry merges again. If it stays so, a staged person was erased: "
                "clear the task stage_users."
            )
        _publish(connection, staged, loaded)
        drop_staging(connection, staged.staging_table)
    return loaded


def _published(connection: Connection, batch_id: str) -> Loaded | None:
    """The result of a batch that is published already. Locks the batch: two loads follow each other."""
    columns = (BATCHES.c.published_at, BATCHES.c.inserted, BATCHES.c.updated, BATCHES.c.unchanged)
    row = connection.execute(
        select(*columns).where(BATCHES.c.batch_id == uuid.UUID(batch_id)).with_for_update()
    ).one_or_none()
    return Loaded(row.inserted, row.updated, row.unchanged) if row and row.published_at else None


def _check_staged(connection: Connection, staged: Staged) -> None:
    if not connection.scalar(select(func.to_regclass(staged.staging_table))):
        raise TargetError(
            f"table {staged.staging_table}: gone (older than ETL_KEEP_STAGING_DAYS?). "
            "Clear the task stage_users."
        )


def _leave_out_newer(
    connection: Connection, tables: MergeTables, resolved: Table, *, folder: RunFolder, run: str
) -> int:
    """Take replayed rows out whose user changed since the stage, and keep those users from changing now.

    resolved: made before, so that one who signs up behind this look is new there, and the insert misses.
    """
    if not Extraction.of(folder).replay_rows:
        return 0
    connection.execute(replayed_users(tables))
    newer = leave_out_newer(connection, tables, folder=folder, run=run)
    connection.execute(delete(resolved).where(resolved.c.seq.not_in(select(tables.staged.c.seq))))
    return newer


def _publish(connection: Connection, staged: Staged, loaded: Loaded) -> None:
    values: dict[str, Any] = {**dataclasses.asdict(loaded), "published_at": func.now()}
    connection.execute(update(BATCHES).where(BATCHES.c.batch_id == uuid.UUID(staged.batch_id)).values(values))


def published_checksum(engine: Engine) -> str | None:
    """The checksum of the workbooks that were published last; None when nothing ever was."""
    with engine.connect() as connection:
        if not connection.scalar(select(func.to_regclass(BATCHES.name))):
            return None
        daily = select(BATCHES.c.checksum).where(
            BATCHES.c.published_at.is_not(None), BATCHES.c.checksum.is_not(None)
        )
        return connection.scalar(daily.order_by(BATCHES.c.published_at.desc()).limit(1))


def merge(connection: Connection, tables: MergeTables, resolved: Table) -> Loaded:
    """Insert new users, update those that differ, set their interests, in the caller's transaction.

    resolved: as `_resolve` makes it.
    """
    new, known, differing = connection.execute(
        select(
            func.count().filter(~resolved.c.known),
            func.count().filter(resolved.c.known),
            func.count().filter(resolved.c.differs),
        ).select_from(resolved)
    ).one()
    # Nothing to do costs nothing: each of these would read all users, or all their interests.
    changed = _update_users(connection, tables, resolved) if differing else 0
    if changed != differing:
        raise MergeError(
            f"table users: {changed} of {differing} users that differ were updated, somebody else deleted "
            "the others meanwhile; rolled back. The retry merges again."
        )
    inserted = _insert_users(connection, tables, resolved) if new else 0
    if inserted != new:
        raise MergeError(
            f"table users: {inserted} of {new} new users were inserted, somebody else inserted the same "
            "emails meanwhile; rolled back. The retry merges again."
        )
    with user_interests(connection) as links:
        touched = merge_interests(connection, tables, resolved, links, new=new, known=known)
    updated = differing + touched
    return Loaded(inserted=inserted, updated=updated, unchanged=known - updated)


def _resolve(connection: Connection, tables: MergeTables) -> Table:
    """Per staged row, which user it is: `seq`, `user_id`, `known` (stored), `differs`, `sets_interests`."""
    connection.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    users, staged = tables.users, tables.staged
    query = select(
        staged.c.seq,
        func.coalesce(users.c.user_id, func.gen_random_uuid()).label("user_id"),
        users.c.user_id.is_not(None).label("known"),
        differs(users, staged).label("differs"),
        (~keeps(staged, "interests")).label("sets_interests"),
    ).select_from(staged.outerjoin(users, same_user(users, staged)))
    return temporary_table(connection, "resolved", query)


def _update_users(connection: Connection, tables: MergeTables, resolved: Table) -> int:
    users, staged = tables.users, tables.staged
    values = {field: merged(users, staged, field) for field in MERGED_FIELDS}
    statement = (
        update(users)
        .values({**values, "updated_at": func.now()})
        .where(users.c.user_id == resolved.c.user_id, staged.c.seq == resolved.c.seq, resolved.c.differs)
    )
    return affected_rows(connection, statement)


def _insert_users(connection: Connection, tables: MergeTables, resolved: Table) -> int:
    users, staged = tables.users, tables.staged
    names = ["user_id", *STORED_FIELDS, "created_at", "updated_at"]
    new = (
        select(resolved.c.user_id, *(staged.c[field] for field in STORED_FIELDS), func.now(), func.now())
        .where(staged.c.seq == resolved.c.seq, ~resolved.c.known)
        # The order of the index on lower(email), whose pages are then filled one after the other.
        .order_by(staged.c.email)
    )
    # Somebody may have inserted the same email since: the counts tell, and all is rolled back.
    return affected_rows(connection, insert_or_skip(users).from_select(names, new).on_conflict_do_nothing())
