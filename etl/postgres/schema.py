"""The tables in PostgreSQL that we make."""

from typing import Any

from sqlalchemy import (
    UUID,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from etl import kinds
from etl.contract import COLUMNS

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

SEEN = Table(
    "users_seen",
    METADATA,
    Column("user_id", UUID, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

OWN_TABLES = (USERS, INTERESTS, USER_INTERESTS)
"""The tables that the users are in where they are ours."""
