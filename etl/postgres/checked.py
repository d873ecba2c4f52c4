"""What the gate `users_next` looks at: of the users as they will be only those that can be wrong.

A merge changes whom the workbook names, and nobody else. So the gate reads these, and of all others whoever
would share an email or be missing, which the database finds by itself.
"""

from typing import Any

from sqlalchemy import CompoundSelect, FromClause, Select, exists, func, select, union_all

from etl.postgres.expressions import untouched_users
from etl.postgres.staging import MergeTables


def checked_users(tables: MergeTables, users: FromClause, *, guarded: bool) -> CompoundSelect[Any]:
    """The users that can be wrong: staged ones, and others without an email or with that of another user.

    users: all as they will be, as `expressions.next_users` has them.
    guarded: a unique index keeps the emails of all stored users apart; else they are compared here, all.
    Where nothing is staged also one user, so that there is one to look at.
    """
    person, staged = tables.stored.person, tables.staged
    others, email = untouched_users(tables), func.lower(person.columns["email"])
    anybody = select(users).where(users.c.staged == 0, ~exists(select(staged.c.seq))).limit(1)
    return union_all(
        select(users).where(users.c.staged == 1),
        others.where(email.is_(None)),
        # In words of its own: the clause by which the merge finds a user may be wrong.
        others.join(staged, staged.c.email == email),
        *([] if guarded else [others.where(person.key.in_(_sharing(tables)))]),
        select(anybody.subquery("anybody")),
    )


def _sharing(tables: MergeTables) -> Select[Any]:
    """Keys of the stored users whose email another stored user has, whatever its case."""
    person = tables.stored.person
    # By bytes, as the gate compares: sorting as a language does takes several times as long.
    email = func.lower(person.columns["email"]).collate("C")
    shared = select(email).group_by(email).having(func.count() > 1)
    return select(person.key).where(email.in_(shared))


def missing_users(tables: MergeTables, users: FromClause) -> Select[Any]:
    """`user_id` of everybody who is stored and would no longer be there. users: as in `checked_users`."""
    key = tables.stored.person.key
    return select(key.label("user_id")).where(~exists().where(users.c.user_id == key))
