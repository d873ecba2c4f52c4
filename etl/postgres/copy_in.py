"""COPY of frames into PostgreSQL: the fastest way in, and every text is data."""

from io import BytesIO

import pandas as pd
import pyarrow as pa
from psycopg2 import sql
from pyarrow import csv
from sqlalchemy import Connection, Table

CHUNK_ROWS = 100_000
"""Rows sent at once: bounds the memory of the text that is sent."""


def copy_frame(connection: Connection, frame: pd.DataFrame, table: Table) -> int:
    """Append a frame to a table, column by column name; returns the rows written.

    Runs in the transaction of `connection`. Null is NULL, an empty text is an empty text.
    """
    columns = sql.SQL(", ").join(sql.Identifier(str(name)) for name in frame.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv)").format(
        sql.Identifier(table.name), columns
    )
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    driver = connection.connection.driver_connection
    if driver is None:
        raise ValueError(f"table {table.name}: the connection is closed")
    with driver.cursor() as cursor:
        for chunk in pa.Table.from_pandas(frame, preserve_index=False).to_batches(max_chunksize=CHUNK_ROWS):
            text = BytesIO()
            csv.write_csv(pa.Table.from_batches([chunk]), text, options)
            text.seek(0)
            cursor.copy_expert(statement, text)
    return len(frame)
