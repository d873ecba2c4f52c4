"""The tables of a target as they are in the database: columns, keys, what a new row must have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    UUID,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    String,
    Table,
    func,
    inspect,
    literal,
)
from sqlalchemy.exc import NoSuchTableError

from etl.contract import TOO_LONG
from etl.errors import TargetError
from etl.postgres.foreign_tables import check_part, check_rights, own_key, required_fields, user_column
from etl.postgres.target import Part, Target


@dataclass(frozen=True)
class StoredPart:
    """A table with at most one row a user.

    key: its primary key. user: the column that holds the user's id. columns: by field.
    required: fields without which no row can be made; what is stored of them is never emptied.
    new: what a new row has besides, by column. dates: what an update sets besides, by column.
    """

    table: Table
    key: Column[Any]
    user: Column[Any]
    columns: Mapping[str, Column[Any]]
    required: frozenset[str]
    new: Mapping[str, ColumnElement[Any]]
    dates: Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True)
class StoredLinks:
    """The table of interests.

    owner: column that holds the key of the row that an interest belongs to. column: what tells the interest.
    labels: the table that it refers to; None: it is the label itself. new: what a new row has besides.
    """

    table: Table
    owner: Column[Any]
    column: Column[Any]
    labels: Table | None
    new: Mapping[str, ColumnElement[Any]]

    @property
    def key(self) -> ColumnElement[Any]:
        """What is equal for one interest, whatever the case of its label."""
        return func.lower(self.column) if self.labels is None else self.column


@dataclass(frozen=True)
class Stored:
    """The tables of a target as they are in the database.

    owner: the part whose rows the interests belong to.
    """

    target: Target
    person: StoredPart
    satellites: tuple[StoredPart, ...]
    links: StoredLinks
    owner: StoredPart

    @property
    def parts(self) -> tuple[StoredPart, ...]:
        """Every table with at most one row a user, that of the persons first."""
        return (self.person, *self.satellites)

    def part_of(self, field: str) -> StoredPart:
        """The table that holds a field."""
        return next(part for part in self.parts if field in part.columns)

    def joined(self, persons: FromClause | None = None) -> FromClause:
        """Every stored user with the satellites. persons: the table of the persons, joined to another."""
        found: FromClause = self.person.table if persons is None else persons
        for part in self.satellites:
            found = found.outerjoin(part.table, part.user == self.person.key)
        return found

    @property
    def limits(self) -> dict[str, int]:
        """By field that is free text: the most characters that its column takes. Ours take any."""
        if self.target.ours:
            return {}
        columns = {field: column for part in self.parts for field, column in part.columns.items()}
        if self.links.labels is None:
            columns["interests"] = self.links.column
        lengths = {
            field: column.type.length
            for field, column in columns.items()
            if field in TOO_LONG and isinstance(column.type, String)
        }
        return {field: length for field, length in lengths.items() if length is not None}


def stored(connection: Connection, target: Target) -> Stored:
    """The tables of a target, looked up in the database.

    Raises:
        TargetError: a table of somebody else's is not there, or cannot be written to as the target says; the
            message has the names and the next step.
    """
    metadata = MetaData()
    person = _part(connection, metadata, target, target.person, None)
    satellites = tuple(_part(connection, metadata, target, part, person) for part in target.satellites)
    owner = next(part for part in (person, *satellites) if part.table.name == target.links.owner)
    return Stored(target, person, satellites, _links(connection, metadata, target, owner), owner)


def _part(
    connection: Connection, metadata: MetaData, target: Target, part: Part, person: StoredPart | None
) -> StoredPart:
    table = _table(connection, metadata, part.table, target)
    key = own_key(table)
    user = key if person is None else user_column(connection, table, person.table, one_to_one=True)
    if not target.ours:
        check_part(table, part, user=None if person is None else user)
        check_rights(connection, table, written=tuple(part.columns.values()))
    now: Mapping[str, ColumnElement[Any]] = {"updated_at": func.now()} if part.dated else {}
    new = {"created_at": func.now(), **now} if part.dated else {}
    blank: dict[str, ColumnElement[Any]] = {
        name: literal("") for name in part.blank if name in table.c and _must_be_filled(table.c[name])
    }
    return StoredPart(
        table=table,
        key=key,
        user=user,
        columns={field: table.c[column] for field, column in part.columns.items()},
        required=frozenset() if person is None else required_fields(table, part),
        new={**new, **blank, **({} if key is user else _made(key))},
        dates=now,
    )


def _links(connection: Connection, metadata: MetaData, target: Target, owner: StoredPart) -> StoredLinks:
    from etl.postgres.schema import INTERESTS, USER_INTERESTS

    if target.ours:
        return StoredLinks(
            USER_INTERESTS, USER_INTERESTS.c.user_id, USER_INTERESTS.c.interest_id, INTERESTS, {}
        )
    links = target.links
    table = _table(connection, metadata, links.table, target)
    key = own_key(table)
    column = user_column(connection, table, owner.table, one_to_one=False)
    check_part(table, Part(links.table, {"interests": links.column}), user=column)
    check_rights(connection, table, written=(), deleted_from=True)
    return StoredLinks(table, column, table.c[links.column], None, _made(key))


def _table(connection: Connection, metadata: MetaData, name: str, target: Target) -> Table:
    try:
        return Table(name, metadata, autoload_with=connection, resolve_fks=False)
    except NoSuchTableError as error:
        tables = ", ".join(sorted(inspect(connection).get_table_names())[:10]) or "no table"
        raise TargetError(
            f"table {name}: not there (found: {tables}). ETL_USERS_TARGET is {target.name}: point the "
            "connection postgres_default to the database of the platform, or grant SELECT on it."
        ) from error


def _made(key: Column[Any]) -> dict[str, ColumnElement[Any]]:
    """The key of a new row, where the database does not make it."""
    return {key.name: func.gen_random_uuid()} if _must_be_filled(key) and isinstance(key.type, UUID) else {}


def _must_be_filled(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None and column.identity is None
