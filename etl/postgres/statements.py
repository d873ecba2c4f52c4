"""Statements that the merge is made of."""

from sqlalchemy import Connection, CursorResult, Executable, SelectBase, Table, text
from sqlalchemy.schema import CreateTableAs


def temporary_table(connection: Connection, name: str, query: SelectBase) -> Table:
    """The rows of a query as a table of this session, with statistics for the planner."""
    creation = CreateTableAs(query, f"merge_{name}", temporary=True)
    creation.table.drop(connection, checkfirst=True)
    connection.execute(creation)
    connection.execute(text(f"ANALYZE {creation.table.name}"))
    return creation.table


def affected_rows(connection: Connection, statement: Executable) -> int:
    """Run a statement; returns the rows that it wrote."""
    result = connection.execute(statement)
    if not isinstance(result, CursorResult):
        raise TypeError(f"{type(result)} has no row count")
    return result.rowcount
