"""The interests of the users: which are missing, which are too many, in the transaction of the merge."""

from typing import Any

import pandas as pd
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    delete,
    distinct,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.sql.selectable import Subquery

from etl.errors import MergeError
from etl.postgres.staging import MergeTables
from etl.postgres.statements import affected_rows, temporary_frame, temporary_table
from etl.postgres.stored import Stored, StoredPart
from etl.rows.spelling import label_key


def merge_links(connection: Connection, tables: MergeTables, resolved: Table, *, new: int, known: int) -> int:
    """Set the interests of all staged users; returns the stored users that only their interests changed.

    resolved: per staged row `seq`, `user_id`, `known`, `differs` and `sets_interests`.
    new, known: how many of the staged users are.
    """
    labels = _labels(connection, tables)
    touched = _set_of_known(connection, tables, resolved, labels, new=new) if known else 0
    if new:
        _insert_of_new(connection, tables, resolved, labels)
    return touched


def differing_links(asked: Subquery, kept: Subquery) -> Subquery:
    """The interests that are only in one of two sets of `seq` and `key`: with `value`, and whether `missing`.

    asked: those of the workbook, with their `value`. kept: those that are stored.
    """
    same = and_(asked.c.seq == kept.c.seq, asked.c.key == kept.c.key)
    return (
        select(
            func.coalesce(asked.c.seq, kept.c.seq).label("seq"),
            func.coalesce(asked.c.key, kept.c.key).label("key"),
            asked.c.value,
            kept.c.seq.is_(None).label("missing"),
        )
        .select_from(asked.join(kept, same, full=True))
        .where(or_(asked.c.seq.is_(None), kept.c.seq.is_(None)))
        .subquery("differing")
    )


def _set_of_known(
    connection: Connection, tables: MergeTables, resolved: Table, labels: Table, *, new: int
) -> int:
    """Insert what is missing and delete what is too many; returns the users that only this changed."""
    links = tables.stored.links
    changes = _changes(connection, tables, resolved, labels, new=new)
    if not connection.scalar(select(exists().select_from(changes))):
        return 0
    surplus = and_(links.owner == changes.c.owner, links.key == changes.c.key, ~changes.c.missing)
    connection.execute(delete(links.table).where(surplus))
    missing = select(changes.c.owner, changes.c.value, *links.new.values()).where(changes.c.missing)
    connection.execute(insert(links.table).from_select(_names(tables), missing))
    return _touch(connection, tables.stored.person, resolved, changes)


def _insert_of_new(connection: Connection, tables: MergeTables, resolved: Table, labels: Table) -> None:
    """Insert the interests of the new users, in the order of their owners."""
    staged = tables.staged_interests
    owners, owner = _owners(tables.stored, resolved)
    query = (
        select(owner, labels.c.value, *tables.stored.links.new.values())
        .select_from(owners)
        .join(staged, and_(resolved.c.seq == staged.c.seq, ~resolved.c.known))
        .join(labels, labels.c.number == staged.c.number)
        .order_by(owner, labels.c.number)
    )
    connection.execute(insert(tables.stored.links.table).from_select(_names(tables), query))


def _names(tables: MergeTables) -> list[str]:
    links = tables.stored.links
    return [links.owner.name, links.column.name, *links.new]


def _owners(stored: Stored, resolved: Table) -> tuple[FromClause, ColumnElement[Any]]:
    """The staged users, and what their interests belong to."""
    owner: Column[Any] = stored.owner.key
    if stored.owner is stored.person:
        return resolved, resolved.c.user_id
    return resolved.join(stored.owner.table, stored.owner.user == resolved.c.user_id), owner


def _labels(connection: Connection, tables: MergeTables) -> Table:
    """All labels of the workbook: `number`, the `value` that is written, and the `key` that is compared."""
    staged, labels = tables.staged_labels, tables.stored.links.labels
    if labels is None:
        key = func.lower(staged.c.label).label("key")
        query = select(staged.c.number, staged.c.label.label("value"), key)
        return temporary_table(connection, "labels", query)
    numbered = _numbered(connection, staged, labels)
    return temporary_frame(connection, "labels", numbered.assign(key=numbered["value"]).astype("int32"))


def _numbered(connection: Connection, staged: Table, labels: Table) -> pd.DataFrame:
    """Store the labels that are new by their key; returns `number` and, as `value`, `interest_id` of all.

    Keys are made here alone: no two definitions, ours and the database's, could ever differ.

    Raises:
        MergeError: a new label was not stored.
    """
    asked = {
        number: (label_key(label), label)
        for number, label in _rows(connection, select(staged.c.number, staged.c.label))
    }
    stored = _stored_labels(connection, labels) if asked else {}
    new = sorted({key: label for key, label in asked.values() if key not in stored}.values())
    if new:
        rows = [{"label": label} for label in new]
        connection.execute(insert_or_skip(labels).on_conflict_do_nothing(), rows)
        stored = _stored_labels(connection, labels)
    missing = sum(key not in stored for key, _ in asked.values())
    if missing:
        raise MergeError(
            f"table {labels.name}: {missing} of {len(new)} new labels were not stored, somebody else "
            "inserted the same meanwhile; rolled back. The retry merges again. If it stays so, the table has "
            "a unique index of its own that takes them for others: drop it."
        )
    return pd.DataFrame(
        [(number, stored[key]) for number, (key, _) in asked.items()], columns=["number", "value"]
    )


def _stored_labels(connection: Connection, labels: Table) -> dict[str, int]:
    """The stored interests: `interest_id` by key, the least where several have one."""
    rows = _rows(connection, select(labels.c.interest_id, labels.c.label).order_by(labels.c.interest_id))
    found: dict[str, int] = {}
    for interest_id, label in rows:
        found.setdefault(label_key(label), interest_id)
    return found


def _rows(connection: Connection, query: Select[int, str]) -> list[tuple[int, str]]:
    return [(number, label) for number, label in connection.execute(query)]


def _changes(
    connection: Connection, tables: MergeTables, resolved: Table, labels: Table, *, new: int
) -> Table:
    """What differs for stored users: `user_id`, `owner`, `value`, `key`, and whether it is `missing`."""
    staged, links = tables.staged_interests, tables.stored.links
    named = select(staged.c.seq, labels.c.value, labels.c.key)
    named = named.join(labels, labels.c.number == staged.c.number)
    if new:
        of_known = and_(resolved.c.seq == staged.c.seq, resolved.c.known)
        named = named.join(resolved, of_known)
    owners, owner = _owners(tables.stored, resolved)
    concerned = and_(links.owner == owner, resolved.c.known, resolved.c.sets_interests)
    kept = select(resolved.c.seq, links.key.label("key")).select_from(owners.join(links.table, concerned))
    differing = differing_links(named.subquery("asked"), kept.subquery("kept"))
    query = (
        select(
            resolved.c.user_id,
            owner.label("owner"),
            differing.c.value,
            differing.c.key,
            differing.c.missing,
        )
        .select_from(owners)
        .join(differing, differing.c.seq == resolved.c.seq)
    )
    return temporary_table(connection, "changes", query)


def _touch(connection: Connection, person: StoredPart, resolved: Table, changes: Table) -> int:
    """Date the stored users of whom only interests changed, where users are dated; returns how many."""
    if not person.dates:
        only = and_(resolved.c.user_id == changes.c.user_id, ~resolved.c.differs)
        return connection.scalar(select(func.count(distinct(changes.c.user_id))).where(only)) or 0
    same = select(literal(1)).where(resolved.c.user_id == person.key, resolved.c.differs)
    statement = (
        update(person.table)
        .values(**person.dates)
        .where(person.key.in_(select(changes.c.user_id)), ~exists(same))
    )
    return affected_rows(connection, statement)
