"""Who changed since: a date of the target's own where it has one, and else what we saw of everybody."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from etl.postgres.schema import SEEN
from etl.postgres.stored import Stored


def changed_since(stored: Stored, moment: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a user, joined with the satellites, changed after a moment.

    Without a date, who was never seen or looks otherwise than when seen last has changed. Nobody is
    overwritten on a guess.
    """
    if stored.target.person.dated:
        changed: ColumnElement[bool] = stored.person.table.c.updated_at > moment
        return changed
    as_seen = and_(
        SEEN.c.user_id == stored.person.key,
        SEEN.c.fingerprint == fingerprint(stored),
        SEEN.c.changed_at <= moment,
    )
    return ~exists().where(as_seen)


def fingerprint(stored: Stored) -> ColumnElement[Any]:
    """SHA-256 of all that a merge may write of a user, joined with the satellites; interests in any order."""
    fields = [column for part in stored.parts for column in part.columns.values()]
    labels = select(func.array_agg(aggregate_order_by(stored.links.key, stored.links.key))).where(
        stored.links.owner == stored.owner.key
    )
    # Said, since in a query inside another one it would be taken for a table of its own.
    row = tuple_(*fields, labels.correlate(stored.owner.table).scalar_subquery())
    return func.sha256(func.convert_to(cast(row, Text), literal("UTF8")))


def note(connection: Connection, stored: Stored) -> int:
    """Remember everybody who looks otherwise than when seen last; returns how many that are."""
    person = stored.person
    connection.execute(delete(SEEN).where(~exists().where(person.key == SEEN.c.user_id)))
    now = select(person.key.label("user_id"), fingerprint(stored).label("fingerprint"))
    looks = now.select_from(stored.joined()).subquery("looks")
    same = and_(SEEN.c.user_id == looks.c.user_id, SEEN.c.fingerprint == looks.c.fingerprint)
    changed = select(looks.c.user_id, looks.c.fingerprint, func.now()).where(~exists().where(same))
    statement = insert(SEEN).from_select(["user_id", "fingerprint", "changed_at"], changed)
    written = statement.on_conflict_do_update(
        index_elements=[SEEN.c.user_id],
        set_={
            "fingerprint": statement.excluded.fingerprint,
            "changed_at": statement.excluded.changed_at,
        },
    )
    return connection.execute(written).rowcount
