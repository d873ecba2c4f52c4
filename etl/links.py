"""The interests of users: which links are missing, which are too many, in the transaction of the merge."""

from sqlalchemy import (
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from etl.merge import MergeTables, known_labels
from etl.schema import INTERESTS
from etl.statements import affected_rows, temporary_table

PAIR = ["user_id", "interest_id"]


def merge_interests(connection: Connection, tables: MergeTables, resolved: Table, links: Table) -> int:
    """Set the interests of all staged users; returns the stored users that only their interests changed.

    resolved: per staged row `seq`, `user_id`, `known`, `differs` and `sets_interests`.
    """
    wanted = _wanted(connection, tables, resolved)
    of_new = select(wanted.c.user_id, wanted.c.interest_id).where(~wanted.c.known).order_by(*PAIR)
    changes = _changes(connection, resolved, wanted, links)
    surplus = and_(
        links.c.user_id == changes.c.user_id, links.c.interest_id == changes.c.interest_id, ~changes.c.missing
    )
    connection.execute(delete(links).where(surplus))
    missing = select(changes.c.user_id, changes.c.interest_id).where(changes.c.missing)
    connection.execute(insert(links).from_select(PAIR, missing))
    connection.execute(insert(links).from_select(PAIR, of_new))
    return _touch(connection, tables.users, resolved, changes)


def _wanted(connection: Connection, tables: MergeTables, resolved: Table) -> Table:
    """The interests that the staged users shall have: `user_id`, `interest_id`, `known`."""
    staged = tables.staged_interests
    # Labels are few and rows are many: each label is looked up once.
    typed = temporary_table(connection, "labels", select(staged.c.label).distinct())
    _insert_labels(connection, typed)
    stored = known_labels().subquery()
    label = (
        select(typed.c.label, stored.c.interest_id)
        .join(stored, stored.c.label_key == func.lower(typed.c.label))
        .subquery()
    )
    query = (
        select(resolved.c.user_id, label.c.interest_id, resolved.c.known)
        .select_from(staged)
        .join(resolved, resolved.c.seq == staged.c.seq)
        .join(label, label.c.label == staged.c.label)
    )
    return temporary_table(connection, "wanted", query)


def _insert_labels(connection: Connection, typed: Table) -> None:
    """Store the labels that are new whatever their case."""
    key = func.lower(typed.c.label)
    new = (
        select(func.min(typed.c.label))
        .where(~exists().where(func.lower(INTERESTS.c.label) == key))
        .group_by(key)
        .order_by(key)
    )
    connection.execute(insert_or_skip(INTERESTS).from_select(["label"], new).on_conflict_do_nothing())


def _changes(connection: Connection, resolved: Table, wanted: Table, links: Table) -> Table:
    """What differs for stored users: `user_id`, `interest_id`, and whether the link is `missing`."""
    asked = select(wanted.c.user_id, wanted.c.interest_id).where(wanted.c.known).subquery()
    concerned = and_(links.c.user_id == resolved.c.user_id, resolved.c.known, resolved.c.sets_interests)
    stored = select(links.c.user_id, links.c.interest_id).join(resolved, concerned).subquery()
    same = and_(asked.c.user_id == stored.c.user_id, asked.c.interest_id == stored.c.interest_id)
    query = (
        select(
            func.coalesce(asked.c.user_id, stored.c.user_id).label("user_id"),
            func.coalesce(asked.c.interest_id, stored.c.interest_id).label("interest_id"),
            stored.c.user_id.is_(None).label("missing"),
        )
        .select_from(asked.join(stored, same, full=True))
        .where(or_(asked.c.user_id.is_(None), stored.c.user_id.is_(None)))
    )
    return temporary_table(connection, "changes", query)


def _touch(connection: Connection, users: Table, resolved: Table, changes: Table) -> int:
    """Date the stored users whose interests changed and nothing else; returns how many."""
    same = select(literal(1)).where(resolved.c.user_id == users.c.user_id, resolved.c.differs)
    statement = (
        update(users)
        .values(updated_at=func.now())
        .where(users.c.user_id.in_(select(changes.c.user_id)), ~exists(same))
    )
    return affected_rows(connection, statement)
