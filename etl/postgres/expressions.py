"""The merge as SQL expressions, once: the gate's view of the next users and the load share them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect

from etl.postgres.seen import changed_since
from etl.postgres.staging import MergeTables
from etl.postgres.values import MERGED_FIELDS, after, differs
from etl.postgres.watched import watched


def same_user(users: FromClause, staged: Table) -> ColumnElement[bool]:
    """The conflict clause of the merge: a staged row is the stored user with its email, whatever the case."""
    return func.lower(users.c.email) == staged.c.email


def staged_users(tables: MergeTables) -> FromClause:
    """Every staged row with the user that it is, if that one is stored."""
    person = tables.stored.person.table
    return tables.stored.joined(tables.staged.outerjoin(person, same_user(person, tables.staged)))


def next_users(tables: MergeTables) -> CompoundSelect[tuple[object, ...]]:
    """The users as they will be: one row per user, with where it comes from.

    Columns: user_id (NULL for a new user), email, email_key, the other fields, and 0 or 1 in `staged` (in
    the workbook), `changed` (stored already, and will differ), `inserted` (new). In a target that is not ours
    also `email_masked`, `misplaced` and `interests_twice`: see `watched`.
    """
    stored, staged, person = tables.stored, tables.staged, tables.stored.person
    email = person.columns["email"]
    touched = select(
        person.key.label("user_id"),
        func.coalesce(email, staged.c.email).label("email"),
        func.lower(staged.c.email).label("email_key"),
        *(after(stored, stored.part_of(field), staged, field).label(field) for field in MERGED_FIELDS),
        *_marks(
            staged=literal(1),
            changed=cast(differs(stored, staged), Integer),
            inserted=cast(person.key.is_(None), Integer),
        ),
        *watched(tables, staged.c.email, of_staged=staged_users(tables)),
    ).select_from(staged_users(tables))
    return union_all(untouched_users(tables), touched)


def untouched_users(tables: MergeTables) -> Select[Any]:
    """The users that no staged row is of; columns as in `next_users`."""
    stored, person = tables.stored, tables.stored.person
    email = person.columns["email"]
    # By key: to compare the emails of all costs several times as much.
    same = person.table.alias("same")
    touches = select(literal(1)).join_from(tables.staged, same, same_user(same, tables.staged))
    touched = touches.where(same.c[person.key.name] == person.key).correlate(person.table).exists()
    return (
        select(
            person.key.label("user_id"),
            email.label("email"),
            func.lower(email).label("email_key"),
            *(stored.part_of(field).columns[field].label(field) for field in MERGED_FIELDS),
            *_marks(staged=literal(0), changed=literal(0), inserted=literal(0)),
            *watched(tables, email, of_staged=None),
        )
        .select_from(stored.joined())
        .where(~touched)
    )


def _marks(**marks: ColumnElement[int]) -> list[ColumnElement[int]]:
    return [cast(mark, Integer).label(name) for name, mark in marks.items()]


def replayed_users(tables: MergeTables) -> list[Select[tuple[object]]]:
    """Keys of what is stored of the users of replayed rows, locked against changes until the end."""
    person, staged = tables.stored.person, tables.staged
    of_person = (staged.c.replay, same_user(person.table, staged))
    # As an UPDATE locks them: others may still refer to the user.
    users = select(person.key).where(*of_person).with_for_update(key_share=True, of=person.table)
    satellites = [
        select(part.key).where(part.user == person.key, *of_person).with_for_update(of=part.table)
        for part in tables.stored.satellites
    ]
    return [users, *satellites]


def has_email(email: ColumnElement[str], key: str) -> ColumnElement[bool]:
    """Whether a stored email is one that somebody typed, whatever its case.

    key: as `spelling.email_keys` gives it. Of ASCII alone, it is no other person's: `info@x.fr` is not
    `İnfo@x.fr`, of which some databases make the same.
    """
    same = func.lower(email) == func.lower(key)
    return and_(same, ~_beyond_ascii(email)) if key.isascii() else same


def _beyond_ascii(text: ColumnElement[str]) -> ColumnElement[bool]:
    return func.octet_length(text) > func.char_length(text)


def known_persons(tables: MergeTables) -> Select[int, Sequence[int]]:
    """How many staged rows are of a stored user, and the `seq` of those who have another email there.

    Those are whom the database takes for a stored user: what is staged is of ASCII, and some databases make
    the same of a letter beyond it: lower('K') of the Kelvin sign is 'k'.
    """
    staged, person = tables.staged, tables.stored.person
    joined = staged.join(person.table, same_user(person.table, staged))
    others = func.array_agg(staged.c.seq).filter(_beyond_ascii(person.columns["email"]))
    return select(func.count(), others).select_from(joined)


def newer_users(tables: MergeTables) -> Select[int]:
    """`seq` of the replayed rows whose stored user changed after the row was extracted first."""
    stored, staged, person = tables.stored, tables.staged, tables.stored.person
    return (
        select(staged.c.seq)
        .select_from(stored.joined(staged.join(person.table, same_user(person.table, staged))))
        .where(staged.c.replay, changed_since(stored, staged.c.extracted_at))
    )
