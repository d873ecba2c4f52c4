"""Statements that the merge is made of."""

import pandas as pd
from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Executable,
    Integer,
    MetaData,
    SelectBase,
    Table,
    text,
)
from sqlalchemy.schema import CreateTableAs

from etl.postgres.copy_in import copy_frame


def temporary_table(connection: Connection, name: str, query: SelectBase) -> Table:
    """The rows of a query as a table of this session, with statistics for the planner."""
    creation = CreateTableAs(query, f"merge_{name}", temporary=True)
    creation.table.drop(connection, checkfirst=True)
    connection.execute(creation)
    connection.execute(text(f"ANALYZE {creation.table.name}"))
    return creation.table


def temporary_frame(connection: Connection, name: str, frame: pd.DataFrame) -> Table:
    """A frame of whole numbers as a table of this session, with statistics for the planner."""
    columns = [Column(str(column), Integer, nullable=False) for column in frame.columns]
    table = Table(f"merge_{name}", MetaData(), *columns, prefixes=["TEMPORARY"])
    table.drop(connection, checkfirst=True)
    table.create(connection)
    copy_frame(connection, frame, table)
    connection.execute(text(f"ANALYZE {table.name}"))
    return table


def affected_rows(connection: Connection, statement: Executable) -> int:
    """Run a statement; returns the rows that it wrote."""
    result = connection.execute(statement)
    if not isinstance(result, CursorResult):
        raise TypeError(f"{type(result)} has no row count")
    return result.rowcount
