"""The staging tables of a run: their names, their columns, their end."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Connection, DateTime, Integer, MetaData, Numeric, Table, Text
from sqlalchemy.schema import DropTable, DropView
from sqlalchemy.types import TypeEngine

from etl.contract import COLUMNS
from etl.kinds import Decimal
from etl.postgres.stored import Stored, stored
from etl.postgres.target import STORED_FIELDS, Target

STAGING_PREFIX = "users_staging_"
NEXT_PREFIX = "users_next_"
CHECKED_PREFIX = "users_checked_"
MISSING_PREFIX = "users_missing_"


@dataclass(frozen=True)
class MergeTables:
    """The tables of one merge.

    stored: the target, with the column types that it has in the database.
    staged: one row per valid row. staged_labels: one row per label. staged_interests: one row per label of
    a staged row, which names the label by its number.
    """

    stored: Stored
    staged: Table
    staged_labels: Table
    staged_interests: Table


def staging_key(run: str) -> str:
    """What the names of a run's staging tables end in: a run id is too long, and has signs, for a table."""
    return hashlib.sha256(run.encode()).hexdigest()[:12]


def staging_table(key: str) -> str:
    """Name of the staging table of a run. key: as `staging_key` makes it."""
    return f"{STAGING_PREFIX}{key}"


def interests_table(staging: str) -> str:
    """Name of the table of interests that belongs to a staging table."""
    return f"{staging}_interests"


def labels_table(staging: str) -> str:
    """Name of the table of labels that belongs to a staging table."""
    return f"{staging}_labels"


def next_view(staging: str) -> str:
    """Name of the view that belongs to a staging table and shows `users` as it will be."""
    return f"{NEXT_PREFIX}{staging.removeprefix(STAGING_PREFIX)}"


def checked_view(staging: str) -> str:
    """Name of the view that belongs to a staging table and shows who of `users` can be wrong."""
    return f"{CHECKED_PREFIX}{staging.removeprefix(STAGING_PREFIX)}"


def missing_view(staging: str) -> str:
    """Name of the view that belongs to a staging table and names the stored users who would be missing."""
    return f"{MISSING_PREFIX}{staging.removeprefix(STAGING_PREFIX)}"


def merge_tables(connection: Connection, key: str, target: Target) -> MergeTables:
    """The tables of the merge whose staging tables end in `key`, with the types that the target has."""
    metadata = MetaData()
    users = stored(connection, target)
    fields = [Column(field, _staged_type(users, field)) for field in STORED_FIELDS]
    staged = Table(
        staging_table(key),
        metadata,
        Column("seq", Integer, nullable=False),
        Column("keep", Text, nullable=False),
        Column("replay", Boolean, nullable=False),
        Column("extracted_at", DateTime(timezone=True)),
        *fields,
        prefixes=["UNLOGGED"],
    )
    staged_labels = Table(
        labels_table(staged.name),
        metadata,
        Column("number", Integer, nullable=False),
        Column("label", Text, nullable=False),
        prefixes=["UNLOGGED"],
    )
    staged_interests = Table(
        interests_table(staged.name),
        metadata,
        Column("seq", Integer, nullable=False),
        Column("number", Integer, nullable=False),
        prefixes=["UNLOGGED"],
    )
    return MergeTables(users, staged, staged_labels, staged_interests)


def _staged_type(users: Stored, field: str) -> TypeEngine[Any]:
    """The type of the target's column; of a number with decimals the contract's, since a merge cuts them."""
    kind = next(column.kind for column in COLUMNS if column.field == field)
    if isinstance(kind, Decimal):
        return Numeric(kind.digits, kind.places)
    return users.part_of(field).columns[field].type


def drop_staging(connection: Connection, staging: str) -> None:
    """Drop a run's staging tables and its views; nothing happens when they are gone.

    staging: name of its staging table.
    """
    # The last first: the others are made of `next_view`.
    for view in (checked_view(staging), missing_view(staging), next_view(staging)):
        connection.execute(DropView(Table(view, MetaData()), if_exists=True))
    for name in (interests_table(staging), labels_table(staging), staging):
        connection.execute(DropTable(Table(name, MetaData()), if_exists=True))
