"""The rows of `user_interests`: which are missing, which are too many, in the transaction of the merge."""

import pandas as pd
from sqlalchemy import (
    Connection,
    Select,
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

from etl.errors import MergeError
from etl.postgres.schema import INTERESTS
from etl.postgres.staging import MergeTables
from etl.postgres.statements import affected_rows, temporary_frame, temporary_table
from etl.rows.spelling import label_key

PAIR = ["user_id", "interest_id"]


def merge_user_interests(
    connection: Connection,
    tables: MergeTables,
    resolved: Table,
    user_interests: Table,
    *,
    new: int,
    known: int,
) -> int:
    """Set the interests of all staged users; returns the stored users that only their interests changed.

    resolved: per staged row `seq`, `user_id`, `known`, `differs` and `sets_interests`.
    new, known: how many of the staged users are.
    """
    labels = _labels(connection, tables.staged_labels)
    touched = _set_of_known(connection, tables, resolved, labels, user_interests, new=new) if known else 0
    if new:
        _insert_of_new(connection, tables.staged_interests, resolved, labels, user_interests)
    return touched


def _set_of_known(
    connection: Connection,
    tables: MergeTables,
    resolved: Table,
    labels: Table,
    user_interests: Table,
    *,
    new: int,
) -> int:
    """Insert what is missing and delete what is too many; returns the users that only this changed."""
    changes = _changes(connection, tables.staged_interests, resolved, labels, user_interests, new=new)
    if not connection.scalar(select(exists().select_from(changes))):
        return 0
    surplus = and_(
        user_interests.c.user_id == changes.c.user_id,
        user_interests.c.interest_id == changes.c.interest_id,
        ~changes.c.missing,
    )
    connection.execute(delete(user_interests).where(surplus))
    missing = select(changes.c.user_id, changes.c.interest_id).where(changes.c.missing)
    connection.execute(insert(user_interests).from_select(PAIR, missing))
    return _touch(connection, tables.users, resolved, changes)


def _insert_of_new(
    connection: Connection, staged: Table, resolved: Table, labels: Table, user_interests: Table
) -> None:
    """Insert the interests of the new users, in the order of the primary key."""
    query = (
        select(resolved.c.user_id, labels.c.interest_id)
        .select_from(staged)
        .join(resolved, and_(resolved.c.seq == staged.c.seq, ~resolved.c.known))
        .join(labels, labels.c.number == staged.c.number)
        .order_by(resolved.c.user_id, labels.c.interest_id)
    )
    connection.execute(insert(user_interests).from_select(PAIR, query))


def _labels(connection: Connection, staged: Table) -> Table:
    """Store the labels that are new by their key; returns `number` and `interest_id` of all.

    Keys are made here alone: no two definitions, ours and the database's, could ever differ.

    Raises:
        MergeError: a new label was not stored.
    """
    asked = {
        number: (label_key(label), label)
        for number, label in _rows(connection, select(staged.c.number, staged.c.label))
    }
    stored = _stored_labels(connection)
    new = sorted({key: label for key, label in asked.values() if key not in stored}.values())
    if new:
        rows = [{"label": label} for label in new]
        connection.execute(insert_or_skip(INTERESTS).on_conflict_do_nothing(), rows)
        stored = _stored_labels(connection)
    missing = sum(key not in stored for key, _ in asked.values())
    if missing:
        raise MergeError(
            f"table interests: {missing} of {len(new)} new labels were not stored, somebody else inserted "
            "the same meanwhile; rolled back. The retry merges again. If it stays so, the table has a unique "
            "index of its own that takes them for others: drop it."
        )
    numbered = pd.DataFrame(
        [(number, stored[key]) for number, (key, _) in asked.items()], columns=["number", "interest_id"]
    )
    return temporary_frame(connection, "labels", numbered.astype("int32"))


def _stored_labels(connection: Connection) -> dict[str, int]:
    """The stored interests: `interest_id` by key, the least where several have one."""
    rows = _rows(
        connection, select(INTERESTS.c.interest_id, INTERESTS.c.label).order_by(INTERESTS.c.interest_id)
    )
    found: dict[str, int] = {}
    for interest_id, label in rows:
        found.setdefault(label_key(label), interest_id)
    return found


def _rows(connection: Connection, query: Select[int, str]) -> list[tuple[int, str]]:
    return [(number, label) for number, label in connection.execute(query)]


def _changes(
    connection: Connection, staged: Table, resolved: Table, labels: Table, user_interests: Table, *, new: int
) -> Table:
    """What differs for stored users: `user_id`, `interest_id`, and whether it is `missing`."""
    named = select(staged.c.seq, labels.c.interest_id).join(labels, labels.c.number == staged.c.number)
    if new:
        of_known = and_(resolved.c.seq == staged.c.seq, resolved.c.known)
        named = named.join(resolved, of_known)
    asked = named.subquery()
    concerned = and_(
        user_interests.c.user_id == resolved.c.user_id, resolved.c.known, resolved.c.sets_interests
    )
    stored = select(resolved.c.seq, user_interests.c.interest_id).join(user_interests, concerned).subquery()
    same = and_(asked.c.seq == stored.c.seq, asked.c.interest_id == stored.c.interest_id)
    differing = (
        select(
            func.coalesce(asked.c.seq, stored.c.seq).label("seq"),
            func.coalesce(asked.c.interest_id, stored.c.interest_id).label("interest_id"),
            stored.c.seq.is_(None).label("missing"),
        )
        .select_from(asked.join(stored, same, full=True))
        .where(or_(asked.c.seq.is_(None), stored.c.seq.is_(None)))
        .subquery()
    )
    query = select(resolved.c.user_id, differing.c.interest_id, differing.c.missing).join(
        differing, differing.c.seq == resolved.c.seq
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
