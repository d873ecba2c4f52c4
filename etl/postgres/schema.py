"""The tables in PostgreSQL: made when absent, refused when they are not ours to write to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    UUID,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    func,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.schema import AddConstraint, CreateTable
from sqlalchemy.types import TypeEngine

from etl import kinds
from etl.contract import COLUMNS
from etl.errors import TargetError

METADATA = MetaData()


def _columns_beside_email() -> list[Column[Any]]:
    return [
        Column(column.field, _type(column.kind), nullable=not column.required)
        for column in COLUMNS
        if column.field != "email" and not isinstance(column.kind, kinds.Labels)
    ]


def _type(kind: kinds.Strict | kinds.Text | kinds.Decimal | kinds.Choice) -> TypeEngine[Any]:
    match kind:
        case kinds.Age():
            return SmallInteger()
        case kinds.Decimal():
            return Numeric(kind.digits, kind.places)
        case kinds.Name() | kinds.Email() | kinds.Text() | kinds.Choice():
            return Text()


USERS = Table(
    "users",
    METADATA,
    Column("user_id", UUID, primary_key=True, server_default=func.gen_random_uuid()),
    Column("email", Text, nullable=False),
    *_columns_beside_email(),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
Index("users_email_key", func.lower(USERS.c.email), unique=True)

INTERESTS = Table(
    "interests",
    METADATA,
    Column("interest_id", Integer, Identity(), primary_key=True),
    Column("label", Text, nullable=False, unique=True),
)

USER_INTERESTS = Table(
    "user_interests",
    METADATA,
    Column("user_id", UUID, primary_key=True),
    Column("interest_id", Integer, primary_key=True),
    ForeignKeyConstraint(["user_id"], ["users.user_id"], name="user_interests_user", ondelete="CASCADE"),
    ForeignKeyConstraint(["interest_id"], ["interests.interest_id"], name="user_interests_interest"),
)

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("quarantine_id", BigInteger, Identity(), primary_key=True),
    Column("run_id", Text, nullable=False, index=True),
    Column("workbook", Text, nullable=False),
    Column("sheet", Text, nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("email", Text),
    Column("source", JSONB, nullable=False),
    Column("quarantined_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
)

# A cell may hold a megabyte, and a B-tree takes no text of more than 2,704 bytes.
Index("quarantine_email", QUARANTINE.c.email, postgresql_using="hash")

BATCHES = Table(
    "users_batches",
    METADATA,
    Column("batch_id", UUID, primary_key=True, server_default=func.gen_random_uuid()),
    Column("run_id", Text, nullable=False, index=True),
    Column("checksum", Text),
    Column("replay", Boolean, nullable=False),
    Column("workbooks", ARRAY(Text), nullable=False),
    Column("staged", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("published_at", DateTime(timezone=True)),
    Column("inserted", Integer),
    Column("updated", Integer),
    Column("unchanged", Integer),
)

STORED_FIELDS: tuple[str, ...] = tuple(column.field for column in COLUMNS if column.field in USERS.c)
"""The fields that are columns of `users`, in the contract's order."""

TARGETS = (USERS, INTERESTS, USER_INTERESTS)


def ensure_tables(connection: Connection) -> None:
    """Create the tables that are absent and check those that are there.

    Raises:
        TargetError: an existing table lacks a column, has a foreign column that must be filled, or users
            without a unique index on `lower(email)`; the message has the names and the next step.
    """
    # Two runs that create the same table at once would fail on its type: one after the other.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('inlearning.etl.schema'))"))
    inspector = inspect(connection)
    existing = [table for table in TARGETS if inspector.has_table(table.name)]
    for table in existing:
        _check_columns(connection, table)
    if USERS in existing:
        _check_users(connection)
    METADATA.create_all(connection, tables=[t for t in METADATA.sorted_tables if t is not USER_INTERESTS])


@contextmanager
def user_interests(connection: Connection) -> Iterator[Table]:
    """The table `user_interests`; one that is absent is created, and gets its foreign keys at the end.

    Checking half a million new rows at once takes a tenth of the time that checking each takes. All is one
    transaction: nobody sees the table without its foreign keys.
    """
    absent = not inspect(connection).has_table(USER_INTERESTS.name)
    if absent:
        connection.execute(CreateTable(USER_INTERESTS, include_foreign_key_constraints=[]))
    yield USER_INTERESTS
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


# PostgreSQL writes the cast of a varchar into the definition. A partial index, or one that was not built to
# its end, does not keep emails unique.
_UNIQUE_EMAIL = """
    SELECT EXISTS (
        SELECT FROM pg_index
        WHERE indrelid = to_regclass('users') AND indisunique AND indisvalid AND indpred IS NULL
            AND indnkeyatts = 1
            AND pg_get_indexdef(indexrelid, 1, false) IN ('lower(email)', 'lower((email)::text)')
    )
"""


def _check_users(connection: Connection) -> None:
    columns = {column["name"]: column for column in inspect(connection).get_columns(USERS.name)}
    kind = columns["user_id"]["type"]
    if not isinstance(kind, UUID):
        raise TargetError(f"table users: column user_id is {kind}, not uuid. Use another database or table.")
    if not connection.scalar(text(_UNIQUE_EMAIL)):
        raise TargetError(
            "table users: no unique index on lower(email). "
            "Run CREATE UNIQUE INDEX ON users (lower(email)), after resolving what it names."
        )
