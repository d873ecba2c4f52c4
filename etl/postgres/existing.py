"""The tables that are there: ours are made when absent, and refused when they are not ours to write to."""

from collections.abc import Iterator
from contextlib import contextmanager
from string import ascii_lowercase, ascii_uppercase

from sqlalchemy import UUID, Connection, Table, false, func, inspect, literal, select, text, union_all
from sqlalchemy.schema import AddConstraint, CreateTable

from etl.errors import TargetError
from etl.postgres.guard import has_guard
from etl.postgres.schema import (
    BATCHES,
    INTERESTS,
    METADATA,
    OWN_TABLES,
    QUARANTINE,
    SEEN,
    USER_INTERESTS,
    USERS,
)
from etl.postgres.stored import Stored, stored
from etl.postgres.target import Target


def ensure_tables(connection: Connection, target: Target) -> Stored:
    """Create the tables of ours that are absent and check those that are there; returns the target's.

    Raises:
        TargetError: an existing table lacks a column, has a foreign column that must be filled, or users
            without a unique index on `lower(email)`; or a target of somebody else's cannot be written to. The
            message has the names and the next step.
    """
    # Two runs that create the same table at once would fail on its type: one after the other.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('inlearning.etl.schema'))"))
    if target.ours:
        _ensure_own(connection)
    else:
        # Looked at before anything is made.
        stored(connection, target)
        METADATA.create_all(connection, tables=[QUARANTINE, BATCHES, SEEN])
    users = stored(connection, target)
    _check_case(connection, users)
    return users


def _ensure_own(connection: Connection) -> None:
    inspector = inspect(connection)
    existing = [table for table in OWN_TABLES if inspector.has_table(table.name)]
    for table in existing:
        _check_columns(connection, table)
    if USERS in existing:
        _check_users(connection)
    METADATA.create_all(connection, tables=[USERS, INTERESTS, QUARANTINE, BATCHES])


def _check_case(connection: Connection, users: Stored) -> None:
    """Emails are compared by lower(), and what is staged is ASCII: there it must do what everybody does."""
    email = users.person.columns["email"]
    # One select after the other, so that the letters are compared as the column is.
    typed = union_all(select(email).where(false()), select(literal(ascii_uppercase))).subquery()
    lower = connection.scalar(select(func.lower(typed.c[0])))
    if lower != ascii_lowercase:
        raise TargetError(
            f"table {users.person.table.name}: its collation makes {lower} of the letters A to Z: "
            'INFO@X.FR and info@x.fr are two users. Give the column email another collation, such as "C", '
            "or use a database with another locale."
        )


@contextmanager
def links_ready(connection: Connection, users: Stored) -> Iterator[None]:
    """The table of interests; one of ours that is absent is created, and gets its foreign keys at the end.

    Checking half a million new rows at once takes a tenth of the time that checking each takes. All is one
    transaction: nobody sees the table without its foreign keys.
    """
    absent = users.target.ours and not inspect(connection).has_table(USER_INTERESTS.name)
    if absent:
        connection.execute(CreateTable(USER_INTERESTS, include_foreign_key_constraints=[]))
    yield
    if absent:
        for constraint in USER_INTERESTS.foreign_key_constraints:
            connection.execute(AddConstraint(constraint, isolate_from_table=False))


def _check_columns(connection: Connection, table: Table) -> None:
    found = {column["name"]: column for column in inspect(connection).get_columns(table.name)}
    missing = [column.name for column in table.columns if column.name not in found]
    if missing:
        raise TargetError(
            f"table {table.name}: no column {', '.join(missing)} (found: {', '.join(found)}). "
            "Add it, or point the connection postgres_default to another database."
        )
    unfilled = [
        name
        for name, column in found.items()
        if not column["nullable"]
        and column["default"] is None
        and not column.get("identity")
        and not column.get("computed")
        and (name not in table.columns or table.columns[name].nullable)
    ]
    if unfilled:
        raise TargetError(
            f"table {table.name}: column {', '.join(unfilled)} is NOT NULL without a default, "
            "and a workbook may leave it empty. Give it a default or allow NULL."
        )


def _check_users(connection: Connection) -> None:
    columns = {column["name"]: column for column in inspect(connection).get_columns(USERS.name)}
    kind = columns["user_id"]["type"]
    if not isinstance(kind, UUID):
        raise TargetError(f"table users: column user_id is {kind}, not uuid. Use another database or table.")
    if not has_guard(connection, USERS.name):
        raise TargetError(
            "table users: no unique index on lower(email). "
            "Run CREATE UNIQUE INDEX ON users (lower(email)), after resolving what it names."
        )
