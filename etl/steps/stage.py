"""Valid rows into an unlogged staging table, and the view that shows `users` as it will be."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from psycopg2 import DataError
from sqlalchemy import Connection, Engine, MetaData, Table, delete, exists, func, insert, select, text
from sqlalchemy.schema import CreateView, DropTable, DropView

from etl.contract import ROW_KEY, Reason, Status
from etl.errors import TargetError
from etl.postgres.copy_in import copy_frame
from etl.postgres.expressions import (
    MergeTables,
    interests_table,
    labels_table,
    merge_tables,
    newer_users,
    next_users,
    next_view,
    staging_key,
)
from etl.postgres.schema import BATCHES, STORED_FIELDS, ensure_tables
from etl.postgres.transaction import transaction
from etl.refused import quarantine
from etl.rows.interests import labels
from etl.steps.extract import Extraction
from etl.steps.transform import VERDICTS
from pipeline.folder import RunFolder

STAGED = "staged"
"""Name of the staged batch's facts in the run's folder."""

STAGED_FIELDS = ("keep", "replay", "extracted_at", *STORED_FIELDS)
"""Columns of the verdicts that are columns of the staging table."""


@dataclass(frozen=True)
class Staged:
    """What waits in the staging table.

    batch: the view of `users` as it will be, for the gate `users_next`.
    batch_id: of the batch in `users_batches`. valid_rows: rows that must be in the staging table, counted in
    the verdicts. newer_users: replayed rows left out because the stored user is newer. users_before: users
    stored now.
    """

    batch: str
    batch_id: str
    staging_table: str
    users_table: str
    valid_rows: int
    newer_users: int
    users_before: int


def stage(folder: RunFolder, engine: Engine, *, run: str) -> Staged:
    """Put the valid rows of a run beside `users`; a second call replaces what the first one staged.

    run: the run's id.

    Raises:
        TargetError: the tables in the database are not ours to write to.
        TargetBusyError: somebody else's transaction keeps them locked.
    """
    extraction = Extraction.of(folder)
    verdicts = folder.read_frame(VERDICTS, columns=["status", *STAGED_FIELDS, "interests"])
    valid = verdicts[verdicts["status"] == Status.VALID.value]
    with transaction(engine) as connection:
        ensure_tables(connection)
        tables = merge_tables(connection, staging_key(run))
        drop_staging(connection, tables.staged.name)
        _fill(connection, tables, valid)
        replays = valid["replay"].any()
        left_out = leave_out_newer(connection, tables, folder=folder, run=run) if replays else 0
        connection.execute(CreateView(next_users(tables), next_view(tables.staged.name)))
        staged = _record(connection, tables, extraction, run=run, valid=len(valid), newer=left_out)
    folder.write_facts(STAGED, staged.__dict__)
    return staged


def drop_staging(connection: Connection, staging_table: str) -> None:
    """Drop a run's staging tables and its view; nothing happens when they are gone."""
    connection.execute(DropView(Table(next_view(staging_table), MetaData()), if_exists=True))
    for name in (interests_table(staging_table), labels_table(staging_table), staging_table):
        connection.execute(DropTable(Table(name, MetaData()), if_exists=True))


def _fill(connection: Connection, tables: MergeTables, valid: pd.DataFrame) -> None:
    for table in (tables.staged, tables.staged_labels, tables.staged_interests):
        table.create(connection)
    rows = valid[list(STAGED_FIELDS)].copy()
    rows.insert(0, "seq", np.arange(len(rows), dtype=np.int32))
    interests = labels(valid["interests"], rows["seq"])
    try:
        copy_frame(connection, rows, tables.staged)
        copy_frame(connection, interests.names, tables.staged_labels)
        copy_frame(connection, interests.links, tables.staged_interests)
    except DataError as error:
        reason = str(error).splitlines()[0]
        raise TargetError(
            f"table users: its column types do not hold the contract's values: {reason}"
        ) from error
    # Only these are joined on; statistics on the others would take as long as the COPY.
    connection.execute(text(f"ANALYZE {tables.staged.name} (seq, email)"))


def leave_out_newer(connection: Connection, tables: MergeTables, *, folder: RunFolder, run: str) -> int:
    """Take replayed rows out whose user is newer; returns how many this call took out.

    Quarantines all replayed valid rows that are not staged (any more): what an earlier call took out, too.
    They are known by their emails, since an erasure moves the rows of the verdicts.
    """
    newer = list(connection.scalars(newer_users(tables)))
    for table in (tables.staged_interests, tables.staged):
        connection.execute(delete(table).where(table.c.seq.in_(newer)))
    if newer:
        unused = ~exists().where(tables.staged_interests.c.number == tables.staged_labels.c.number)
        connection.execute(delete(tables.staged_labels).where(unused))
    verdicts = folder.read_frame(VERDICTS, columns=[*ROW_KEY, "status", "replay", "email"])
    replayed = verdicts[verdicts["replay"] & (verdicts["status"] == Status.VALID.value)]
    staged = connection.scalars(select(tables.staged.c.email).where(tables.staged.c.replay))
    left_out = replayed[~replayed["email"].isin(list(staged))]
    left_out = left_out.assign(status=Status.REJECTED.value, reasons=Reason.NEWER_USER.value)
    quarantine.add_newer_users(connection, left_out, folder=folder, run=run)
    return len(newer)


def _record(
    connection: Connection, tables: MergeTables, extraction: Extraction, *, run: str, valid: int, newer: int
) -> Staged:
    # Not counted in the staging table: the gate and the load must see a row that the COPY lost.
    staged_rows = valid - newer
    values: dict[str, Any] = {
        "run_id": run,
        "checksum": extraction.checksum,
        "replay": extraction.replay_only,
        "workbooks": list(extraction.workbooks),
        "staged": staged_rows,
    }
    batch_id = connection.scalar(insert(BATCHES).values(values).returning(BATCHES.c.batch_id))
    return Staged(
        batch=f"postgres:{next_view(tables.staged.name)}",
        batch_id=str(batch_id),
        staging_table=tables.staged.name,
        users_table=tables.users.name,
        valid_rows=staged_rows,
        newer_users=newer,
        users_before=connection.scalar(select(func.count()).select_from(tables.users)) or 0,
    )
