"""One merge: new users in, those that differ updated, their interests set, in the caller's transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from etl.errors import MergeError
from etl.postgres.expressions import MERGED_FIELDS, differs, keeps, merged, same_user
from etl.postgres.schema import STORED_FIELDS, user_interests
from etl.postgres.staging import MergeTables
from etl.postgres.statements import affected_rows, temporary_table
from etl.postgres.user_interests import merge_user_interests

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
    with user_interests(connection) as table:
        touched = merge_user_interests(connection, tables, resolved, table, new=new, known=known)
    updated = differing + touched
    return Merged(inserted=inserted, updated=updated, unchanged=known - updated)


def resolve(connection: Connection, tables: MergeTables) -> Table:
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
