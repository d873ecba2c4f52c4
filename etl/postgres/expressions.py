"""The merge as SQL expressions, once: the gate's view of the next `users` and the load share them."""

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect

from etl.contract import barred
from etl.postgres.schema import STORED_FIELDS
from etl.postgres.staging import MergeTables

MERGED_FIELDS = tuple(field for field in STORED_FIELDS if field != "email")
"""What a merge may change in a stored user. The stored spelling of the email stays."""


def same_user(users: Table, staged: Table) -> ColumnElement[bool]:
    """The conflict clause of the merge: a staged row is the stored user with its email, whatever the case."""
    return func.lower(users.c.email) == staged.c.email


def keeps(staged: Table, field: str) -> ColumnElement[bool]:
    """Whether a staged row leaves a field as it is."""
    # Most rows keep nothing, and an empty text is compared before any name is looked for.
    return and_(staged.c.keep != "", func.strpos(staged.c.keep, barred([field])) > 0)


def differs(users: Table, staged: Table) -> ColumnElement[bool]:
    """Whether a staged row changes the stored user; false where there is none."""
    changes = [
        users.c[field].is_distinct_from(staged.c[field])
        if field == "full_name"
        else and_(~keeps(staged, field), users.c[field].is_distinct_from(staged.c[field]))
        for field in MERGED_FIELDS
    ]
    return and_(users.c.user_id.is_not(None), or_(*changes))


def merged(users: Table, staged: Table, field: str) -> ColumnElement[object]:
    """The value of a field after the merge."""
    if field == "full_name":
        return staged.c[field]
    return case((keeps(staged, field), users.c[field]), else_=staged.c[field])


def next_users(tables: MergeTables) -> CompoundSelect[tuple[object, ...]]:
    """`users` as it will be: one row per user, with where it comes from.

    Columns: user_id (NULL for a new user), email, email_key, the other fields, and 0 or 1 in `staged` (in
    the workbook), `changed` (stored already, and will differ), `inserted` (new).
    """
    users, staged = tables.users, tables.staged
    untouched = select(
        users.c.user_id,
        users.c.email,
        func.lower(users.c.email).label("email_key"),
        *(users.c[field] for field in MERGED_FIELDS),
        *_marks(staged=literal(0), changed=literal(0), inserted=literal(0)),
    ).where(~exists().where(same_user(users, staged)))
    touched = select(
        users.c.user_id,
        func.coalesce(users.c.email, staged.c.email).label("email"),
        func.lower(staged.c.email).label("email_key"),
        *(merged(users, staged, field).label(field) for field in MERGED_FIELDS),
        *_marks(
            staged=literal(1),
            changed=cast(differs(users, staged), Integer),
            inserted=cast(users.c.user_id.is_(None), Integer),
        ),
    ).select_from(staged.outerjoin(users, same_user(users, staged)))
    return union_all(untouched, touched)


def _marks(**marks: ColumnElement[int]) -> list[ColumnElement[int]]:
    return [cast(mark, Integer).label(name) for name, mark in marks.items()]


def replayed_users(tables: MergeTables) -> Select[tuple[object]]:
    """`user_id` of the stored users of replayed rows, locked against changes until the transaction ends."""
    users, staged = tables.users, tables.staged
    query = select(users.c.user_id).where(staged.c.replay, same_user(users, staged))
    # As an UPDATE locks them: others may still refer to the user.
    return query.with_for_update(key_share=True, of=users)


def newer_users(tables: MergeTables) -> Select[int]:
    """`seq` of the replayed rows whose stored user changed after the row was extracted first."""
    users, staged = tables.users, tables.staged
    return select(staged.c.seq).where(
        staged.c.replay, same_user(users, staged), users.c.updated_at > staged.c.extracted_at
    )
