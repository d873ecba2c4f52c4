"""Tables of ours in a database: made when they are missing, completed when they are older than we are."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Table, inspect, text
from sqlalchemy.schema import CreateColumn

CREATE_LOCK = 7_305_117
"""Any number will do, as long as nobody else in this database locks the same one."""


def complete(engine: Engine, tables: Sequence[Table]) -> None:
    """Create the tables, or add the columns that they lack; safe when several processes do so at once.

    tables: in the order in which they refer to each other. A column that is younger than some tables has a
    default for the rows before it.
    """
    if _are_complete(engine, tables):
        return
    with engine.begin() as connection:
        # CREATE TABLE IF NOT EXISTS alone can fail when two sessions run it at the same moment.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CREATE_LOCK})
        for table in tables:
            table.create(connection, checkfirst=True)
            _add_columns(connection, table)
            for index in table.indexes:
                index.create(connection, checkfirst=True)


def _add_columns(connection: Any, table: Table) -> None:
    there = _column_names(connection, table)
    for column in table.columns:
        if column.name not in there:
            made = CreateColumn(column).compile(dialect=connection.dialect)
            connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {made}"))


def _are_complete(engine: Engine, tables: Sequence[Table]) -> bool:
    with engine.connect() as connection:
        return all(
            {each.name for each in table.columns} <= _column_names(connection, table) for table in tables
        )


def _column_names(connection: Any, table: Table) -> set[str]:
    inspector = inspect(connection)
    if not inspector.has_table(table.name):
        return set()
    return {column["name"] for column in inspector.get_columns(table.name)}
