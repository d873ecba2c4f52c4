"""Valid rows into an unlogged staging table, and the view that shows `users` as it will be."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from psycopg2 import DataError
from sqlalchemy import Connection, Engine, delete, exists, func, insert, select, text
from sqlalchemy.schema import CreateView

from etl.contract import ROW_KEY, Reason, Status
from etl.errors import TargetError
from etl.handover import VERDICTS, Extraction, Staged, Verdicts
from etl.postgres.checked import checked_users, missing_users
from etl.postgres.copy_in import copy_frame
from etl.postgres.existing import ensure_tables
from etl.postgres.expressions import known_persons, newer_users, next_users
from etl.postgres.guard import has_guard
from etl.postgres.schema import BATCHES
from etl.postgres.staging import (
    MergeTables,
    checked_view,
    drop_staging,
    merge_tables,
    missing_view,
    next_view,
    staging_key,
)
from etl.postgres.target import OWN, STORED_FIELDS, Target
from etl.postgres.transaction import transaction
from etl.refused import quarantine
from etl.rows.interests import Labels, interests
from pipeline.handover import GateInput, Told
from pipeline.messages import first_line
from pipeline.parts import read_parts, rows_of

STAGED_FIELDS = ("keep", "replay", "extracted_at", *STORED_FIELDS)
"""Columns of the verdicts that are columns of the staging table."""


def stage(verdicts: Verdicts, engine: Engine, *, run: str, target: Target = OWN) -> Staged:
    """Put the valid rows of a run beside the users; a second call replaces what the first one staged.

    run: the run's id. target: where the users go.

    Raises:
        ChangedSinceApprovalError: a person let other verdicts pass than these.
        TargetError: the tables in the database are not ours to write to.
        TargetBusyError: somebody else's transaction keeps them locked.
    """
    extraction = verdicts.extraction
    with transaction(engine) as connection:
        ensure_tables(connection, target)
        tables = merge_tables(connection, staging_key(run), target)
        drop_staging(connection, tables.staged.name)
        valid = _fill(connection, tables, _valid_parts(verdicts))
        known, others = _leave_out_others(connection, tables, valid.index, extraction=extraction, run=run)
        newer = leave_out_newer(connection, tables, extraction=extraction, run=run) if valid.replays else 0
        _create_views(connection, tables)
        # Not counted in the staging table: the gate and the load must see a row that the COPY lost.
        rows = len(valid.index) - others - newer
        new = max(0, rows - (known - newer))
        return _staged(connection, tables, extraction, run=run, rows=rows, newer=newer, new=new)


def _valid_parts(verdicts: Verdicts) -> Iterator[pd.DataFrame]:
    """The valid rows, part by part, with the index of all verdicts."""
    columns, approved = ["status", *STAGED_FIELDS, "interests"], verdicts.gate.approved
    for part in read_parts(verdicts.extraction.folder, VERDICTS, columns, approved=approved):
        yield part[part["status"] == Status.VALID.value]


@dataclass(frozen=True)
class _Valid:
    """The rows that are to be staged. index: their index in the verdicts, in the order of `seq`."""

    index: pd.Index
    replays: bool


def _create_views(connection: Connection, tables: MergeTables) -> None:
    """Create the view of `users` as it will be, and of it those that the gate reads."""
    name, guarded = tables.staged.name, has_guard(connection, tables.stored.person.table.name)
    whole = CreateView(next_users(tables), next_view(name))
    connection.execute(whole)
    checked = checked_users(tables, whole.table, guarded=guarded)
    connection.execute(CreateView(checked, checked_view(name)))
    connection.execute(CreateView(missing_users(tables, whole.table), missing_view(name)))


def _fill(connection: Connection, tables: MergeTables, parts: Iterable[pd.DataFrame]) -> _Valid:
    """Copy the valid rows and their interests, part by part."""
    for table in (tables.staged, tables.staged_labels, tables.staged_interests):
        table.create(connection)
    met, replays = Labels(), False
    indexes: list[npt.NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    try:
        for part in parts:
            _copy_part(connection, tables, part, met, start=sum(map(len, indexes)))
            indexes.append(part.index.to_numpy())
            replays |= bool(part["replay"].any())
        copy_frame(connection, met.frame, tables.staged_labels)
    except DataError as error:
        raise TargetError(
            f"table {tables.stored.person.table.name}: its column types do not hold the contract's values: "
            f"{first_line(error)}"
        ) from error
    # Only these are joined on; statistics on the others would take as long as the COPY.
    connection.execute(text(f"ANALYZE {tables.staged.name} (seq, email)"))
    return _Valid(pd.Index(np.concatenate(indexes)), replays)


def _copy_part(
    connection: Connection, tables: MergeTables, valid: pd.DataFrame, met: Labels, *, start: int
) -> None:
    """Copy valid rows and what interests they name. start: the `seq` of the first."""
    rows = valid[list(STAGED_FIELDS)].copy()
    rows.insert(0, "seq", np.arange(start, start + len(rows), dtype=np.int32))
    copy_frame(connection, rows, tables.staged)
    copy_frame(connection, interests(valid["interests"], rows["seq"], met).of_rows, tables.staged_interests)


def leave_out_newer(connection: Connection, tables: MergeTables, *, extraction: Extraction, run: str) -> int:
    """Take replayed rows out whose user is newer; returns how many this call took out.

    Quarantines all replayed valid rows that are not staged (any more): what an earlier call took out, too.
    They are known by their emails, since an erasure moves the rows of the verdicts.
    """
    newer = list(connection.scalars(newer_users(tables)))
    _take_out(connection, tables, newer)
    staged = list(connection.scalars(select(tables.staged.c.email).where(tables.staged.c.replay)))
    left_out = pd.concat(
        part[part["replay"] & (part["status"] == Status.VALID.value) & ~part["email"].isin(staged)]
        for part in read_parts(extraction.folder, VERDICTS, [*ROW_KEY, "status", "replay", "email"])
    )
    quarantine.add_left_out(connection, left_out, reason=Reason.NEWER_USER, extraction=extraction, run=run)
    return len(newer)


def _leave_out_others(
    connection: Connection, tables: MergeTables, index: pd.Index, *, extraction: Extraction, run: str
) -> tuple[int, int]:
    """Take out and quarantine the rows that the database takes for another person.

    index: of the staged rows in the verdicts, in the order of `seq`.
    Returns how many staged rows are of a stored user, without those, and how many those are.
    """
    known, found = connection.execute(known_persons(tables)).one()
    others = list(found or [])
    _take_out(connection, tables, others)
    left_out = pd.DataFrame()
    if others:
        left_out = rows_of(extraction.folder, VERDICTS, index[others], [*ROW_KEY, "email"])
    quarantine.add_left_out(
        connection, left_out, reason=Reason.EMAIL_OF_ANOTHER, extraction=extraction, run=run
    )
    return known - len(others), len(others)


def _take_out(connection: Connection, tables: MergeTables, rows: Sequence[int]) -> None:
    """Delete staged rows, their interests, and the labels that nobody names any more. rows: their `seq`."""
    if not rows:
        return
    for table in (tables.staged_interests, tables.staged):
        connection.execute(delete(table).where(table.c.seq.in_(rows)))
    unused = ~exists().where(tables.staged_interests.c.number == tables.staged_labels.c.number)
    connection.execute(delete(tables.staged_labels).where(unused))


def _staged(
    connection: Connection,
    tables: MergeTables,
    extraction: Extraction,
    *,
    run: str,
    rows: int,
    newer: int,
    new: int,
) -> Staged:
    target, person = tables.stored.target, tables.stored.person.table
    before = connection.scalar(select(func.count()).select_from(person)) or 0
    facts: dict[str, object] = {
        "valid_rows": rows,
        "users_before": before,
        "users_after": before + new,
        "staging_table": tables.staged.name,
        "missing_users": missing_view(tables.staged.name),
        **target.facts,
    }
    if not target.ours:
        facts["guarded"] = has_guard(connection, person.name)
    return Staged(
        gate=GateInput(f"postgres:{checked_view(tables.staged.name)}", facts),
        told=Told(),
        extraction=extraction,
        batch_id=_record(connection, extraction, run=run, rows=rows),
        valid_rows=rows,
        newer_users=newer,
    )


def _record(connection: Connection, extraction: Extraction, *, run: str, rows: int) -> str:
    """Note the batch that waits; returns its id."""
    values: dict[str, Any] = {
        "run_id": run,
        "checksum": extraction.checksum,
        "replay": extraction.replay_only,
        "workbooks": list(extraction.workbooks),
        "staged": rows,
    }
    return str(connection.scalar(insert(BATCHES).values(values).returning(BATCHES.c.batch_id)))
