"""One merge: new users in, those that differ updated, their interests set, in the caller's transaction.

It writes to the tables that a target names, and never asks which target that is.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from etl.errors import MergeError
from etl.postgres.existing import links_ready
from etl.postgres.expressions import staged_users
from etl.postgres.links import merge_links
from etl.postgres.staging import MergeTables
from etl.postgres.statements import affected_rows, temporary_table
from etl.postgres.stored import StoredPart
from etl.postgres.values import changes, differs, fitted, keeps, makes, merged

WORK_MEMORY = "128MB"
"""What a sort or a hash of the merge may take; PostgreSQL's usual 4 MB would spill each join to disk."""


@dataclass(frozen=True)
class Merged:
    """What the merge did, in users: together they are the staged rows that no user has outdated since."""

    inserted: int
    updated: int
    unchanged: int

    @property
    def rows(self) -> int:
        """Users that the workbook named."""
        return self.inserted + self.updated + self.unchanged


def merge(connection: Connection, tables: MergeTables, resolved: Table) -> Merged:
    """Insert new users, update those that differ, set their interests, in the caller's transaction.

    resolved: as `resolve` makes it.
    """
    marks = _Marks(resolved)
    parts = tables.stored.parts
    counted = [~resolved.c.known, resolved.c.known, resolved.c.differs]
    counted += [mark for part in parts for mark in (marks.changes(part), marks.makes(part))]
    counts = connection.execute(
        select(*(func.count().filter(mark) for mark in counted)).select_from(resolved)
    ).one()
    new, known, differing = counts[:3]
    for number, part in enumerate(parts):
        changed, made = counts[3 + 2 * number : 5 + 2 * number]
        # Nothing to do costs nothing: each of these would read all users, or all their interests.
        _update(connection, tables, part, resolved, marks.changes(part), expected=changed)
        _insert(connection, tables, part, resolved, marks.makes(part), expected=made)
    with links_ready(connection, tables.stored):
        touched = merge_links(connection, tables, resolved, new=new, known=known)
    updated = differing + touched
    return Merged(inserted=new, updated=updated, unchanged=known - updated)


class _Marks:
    """Which rows of `resolved` change a part's row, and which make one."""

    def __init__(self, resolved: Table) -> None:
        self.resolved = resolved

    def changes(self, part: StoredPart) -> ColumnElement[bool]:
        name = f"changes_{part.table.name}"
        return self.resolved.c[name if name in self.resolved.c else "differs"]

    def makes(self, part: StoredPart) -> ColumnElement[bool]:
        name = f"makes_{part.table.name}"
        return self.resolved.c.get(name, ~self.resolved.c.known)


def resolve(connection: Connection, tables: MergeTables) -> Table:
    """Per staged row, which user it is: `seq`, `user_id`, `known` (stored), `differs`, `sets_interests`.

    Where users have satellites, also which tables' rows it changes and makes.
    """
    connection.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    stored, staged = tables.stored, tables.staged
    query = select(
        staged.c.seq,
        func.coalesce(stored.person.key, func.gen_random_uuid()).label("user_id"),
        stored.person.key.is_not(None).label("known"),
        differs(stored, staged).label("differs"),
        (~keeps(staged, "interests")).label("sets_interests"),
        *_marks(tables),
    ).select_from(staged_users(tables))
    return temporary_table(connection, "resolved", query)


def _marks(tables: MergeTables) -> list[ColumnElement[Any]]:
    """What `_Marks` reads; nothing where `differs` and `known` say the same."""
    if not tables.stored.satellites:
        return []
    changed = [
        and_(part.key.is_not(None), changes(part, tables.staged)).label(f"changes_{part.table.name}")
        for part in tables.stored.parts
    ]
    made = [makes(part, tables.staged).label(f"makes_{part.table.name}") for part in tables.stored.satellites]
    return [*changed, *made]


def _update(
    connection: Connection,
    tables: MergeTables,
    part: StoredPart,
    resolved: Table,
    changed: ColumnElement[bool],
    *,
    expected: int,
) -> None:
    """Update the rows that differ. Raises MergeError when one of them is gone."""
    if not expected:
        return
    staged = tables.staged
    values = {
        part.columns[field].name: merged(part, staged, field) for field in part.columns if field != "email"
    }
    statement = (
        update(part.table)
        .values({**values, **part.dates})
        .where(part.user == resolved.c.user_id, staged.c.seq == resolved.c.seq, changed)
    )
    updated = affected_rows(connection, statement)
    if updated != expected:
        raise MergeError(
            f"table {part.table.name}: {updated} of {expected} users that differ were updated, somebody else "
            "deleted the others meanwhile; rolled back. The retry merges again."
        )


def _insert(
    connection: Connection,
    tables: MergeTables,
    part: StoredPart,
    resolved: Table,
    made: ColumnElement[bool],
    *,
    expected: int,
) -> None:
    """Insert the rows that are new. Raises MergeError when somebody else has inserted one since."""
    if not expected:
        return
    staged = tables.staged
    names = [part.user.name, *(column.name for column in part.columns.values()), *part.new]
    values = [fitted(part, staged, field) for field in part.columns]
    new = (
        select(resolved.c.user_id, *values, *part.new.values())
        .where(staged.c.seq == resolved.c.seq, made)
        # The order of the index on lower(email), or on the user, whose pages are then filled one by one.
        .order_by(staged.c.email if part is tables.stored.person else resolved.c.user_id)
    )
    # Somebody may have inserted the same email since: the counts tell, and all is rolled back.
    skipping = insert_or_skip(part.table).from_select(names, new).on_conflict_do_nothing()
    inserted = affected_rows(connection, skipping)
    if inserted != expected:
        raise MergeError(
            f"table {part.table.name}: {inserted} of {expected} new users were inserted, somebody else "
            "inserted the same emails meanwhile; rolled back. The retry merges again."
        )
