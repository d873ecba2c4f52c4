"""From what names a batch to the batch itself."""

from collections.abc import Mapping

import pandas as pd
import sqlalchemy as sa

from gx.batch import Batch
from gx.columns import Columns
from gx.errors import GateMisuse
from gx.frame_batch import FrameBatch, read_parquet
from gx.parquet_batch import MANY_ROWS, ParquetBatch, shape_of
from gx.suite import Suite
from gx.table_batch import POSTGRESQL, TableBatch
from gx.table_name import POSTGRES, TABLE, TableName, table_of


def open_batch(
    batch: str | pd.DataFrame,
    suite: Suite,
    columns: Columns | None,
    *,
    facts: Mapping[str, object],
    engine: sa.Engine | None,
) -> Batch:
    """The batch that is meant: a frame, a table as `gx.table_name.table_of` reads it, or a Parquet file.

    columns: those that are read; None: all. facts: those of the suite. engine: of a table's database.
    Raises GateUnavailable when a file cannot be read, GateMisuse when a table has no engine, or a wrong one.
    """
    if isinstance(batch, pd.DataFrame):
        return FrameBatch.of(batch, suite, columns)
    table = table_of(batch)
    if table is None:
        rows, present = shape_of(batch)
        if rows > MANY_ROWS:
            return ParquetBatch(batch, suite, rows, present)
        return read_parquet(batch, suite, columns)
    beside = None if suite.beside is None else TableName.parse(str(facts[suite.beside]))
    return TableBatch(_fitting(engine, batch), table, suite, columns, beside)


def _fitting(engine: sa.Engine | None, batch: str) -> sa.Engine:
    if engine is None:
        raise GateMisuse(f"the batch {batch} needs an engine")
    if batch.startswith(f"{POSTGRES}:") and engine.dialect.name != POSTGRESQL:
        raise GateMisuse(f"the batch {batch} is in {engine.dialect.name}, not in PostgreSQL: write {TABLE}:…")
    return engine
