"""Tables of somebody else's: whether we can write to them as a target says, told before anything is."""

from typing import Any

from sqlalchemy import UUID, Column, Connection, String, Table, func, inspect, select

from etl import kinds
from etl.contract import COLUMNS, REQUIRED_FIELDS
from etl.errors import TargetError
from etl.postgres.target import Part

KINDS = {column.field: column.kind for column in COLUMNS}


def check_part(table: Table, part: Part, *, user: Column[Any] | None) -> None:
    """Raise TargetError, with the names and the next step, for a table that cannot be written to.

    user: the column by which it refers to whom its rows belong to; None: it is the table of the persons.
    """
    is_person = user is None
    missing = [name for name in part.columns.values() if name not in table.c]
    if missing:
        raise TargetError(
            f"table {table.name}: no column {', '.join(missing)} (found: {', '.join(table.c.keys())}). "
            "Bring etl/postgres/target.py into line with the platform's migrations."
        )
    if is_person and not isinstance(own_key(table).type, UUID):
        raise TargetError(
            f"table {table.name}: its key {own_key(table).name} is {own_key(table).type}, not uuid. "
            "Only persons with a uuid can be written."
        )
    filled = {own_key(table).name, *part.columns.values(), *part.blank}
    filled |= set() if user is None else {user.name}
    unfilled = [column.name for column in table.c if column.name not in filled and _must_be_given(column)]
    unfilled += [
        name
        for field, name in part.columns.items()
        if is_person and field not in REQUIRED_FIELDS and not _is_text(table.c[name])
        if _must_be_given(table.c[name])
    ]
    if unfilled:
        raise TargetError(
            f"table {table.name}: column {', '.join(unfilled)} is NOT NULL without a default, "
            "and no workbook fills it. Give it a default in the database (db_default) or allow NULL."
        )
    for field, name in part.columns.items():
        _check_length(table.c[name], field)


def _check_length(column: Column[Any], field: str) -> None:
    kind, length = KINDS[field], getattr(column.type, "length", None)
    values = kind.values if isinstance(kind, kinds.Choice) else ()
    long = [value for value in values if length is not None and len(value) > length]
    if long:
        raise TargetError(
            f"table {column.table.name}: column {column.name} takes {length} characters, and the contract "
            f"has the value {long[0]!r}. Widen the column."
        )


def check_rights(
    connection: Connection, table: Table, *, written: tuple[str, ...], deleted_from: bool = False
) -> None:
    """Raise TargetError, with the GRANT that is missing, when the role may not do what a merge does."""
    wanted = {
        "SELECT": func.has_table_privilege(table.name, "SELECT"),
        "INSERT": func.has_table_privilege(table.name, "INSERT"),
        **{f"UPDATE ({name})": func.has_column_privilege(table.name, name, "UPDATE") for name in written},
        **({"DELETE": func.has_table_privilege(table.name, "DELETE")} if deleted_from else {}),
    }
    granted = connection.execute(select(*wanted.values())).one()
    lacking = [name for name, given in zip(wanted, granted, strict=True) if not given]
    if lacking:
        raise TargetError(
            f"table {table.name}: the role lacks {', '.join(lacking)}. "
            "Grant what docs/platform.md#rights lists, as the owner of the table."
        )


def own_key(table: Table) -> Column[Any]:
    """The primary key of a table. Raises TargetError when it is not one column."""
    keys = list(table.primary_key.columns)
    if len(keys) != 1:
        raise TargetError(f"table {table.name}: its primary key has {len(keys)} columns, not one.")
    return keys[0]


def user_column(connection: Connection, table: Table, other: Table, *, one_to_one: bool) -> Column[Any]:
    """The column by which a table refers to another one, found by its foreign key.

    Raises:
        TargetError: there is not exactly one, or `one_to_one` and nothing keeps it unique.
    """
    keys = inspect(connection).get_foreign_keys(table.name)
    names = [key["constrained_columns"] for key in keys if key["referred_table"] == other.name]
    if len(names) != 1 or len(names[0]) != 1:
        raise TargetError(
            f"table {table.name}: {len(names)} foreign keys to {other.name}, not one of one column. "
            "Bring etl/postgres/target.py into line with the platform's migrations."
        )
    name = names[0][0]
    if one_to_one and [name] not in _unique_columns(connection, table):
        raise TargetError(
            f"table {table.name}: {name} is not unique, so that a person may have several rows. "
            "Make it a OneToOneField of the platform."
        )
    return table.c[name]


def _unique_columns(connection: Connection, table: Table) -> list[list[str]]:
    inspector = inspect(connection)
    indexes = [
        [str(name) for name in index["column_names"]]
        for index in inspector.get_indexes(table.name)
        if index["unique"] and not index.get("dialect_options", {}).get("postgresql_where")
    ]
    constraints = [list(each["column_names"]) for each in inspector.get_unique_constraints(table.name)]
    return [*indexes, *constraints, [own_key(table).name]]


def required_fields(table: Table, part: Part) -> frozenset[str]:
    """The fields whose columns must be filled."""
    return frozenset(field for field, name in part.columns.items() if not table.c[name].nullable)


def _is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, String)


def _must_be_given(column: Column[Any]) -> bool:
    return (
        not column.nullable
        and column.server_default is None
        and column.identity is None
        and column.computed is None
    )
