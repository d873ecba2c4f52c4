"""What must have come out of a sheet: counted in its own records, not by the reader."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from etl.workbook.counts import Counts
from etl.workbook.header import Header, column_names


@dataclass(frozen=True)
class Counted:
    """The rows of a sheet below its header, and their filled cells by the name of the column."""

    rows: int
    cells: Mapping[str, int]


def recount(counts: Counts, found: Header, *, left_out: pa.RecordBatch) -> Counted:
    """What the records of a sheet have below its header, without the rows that are left out knowingly.

    left_out: those in which nothing can be seen, or that repeat the header; with spaces in their cells.
    """
    rows, cells = counts.below(found.row + 1)
    first = counts.extent.first_column
    names = column_names(found)
    columns = zip(names, left_out.columns, strict=True)
    filled = {
        name: cells[first + place] - (len(column) - column.null_count)
        for place, (name, column) in enumerate(columns)
    }
    return Counted(rows - _filled_rows(left_out), filled)


def _filled_rows(rows: pa.RecordBatch) -> int:
    """Rows with a cell that holds anything, if only spaces."""
    if not any(column.null_count < len(column) for column in rows.columns):
        return 0
    return int(rows.to_pandas().notna().any(axis="columns").sum())


def read_of(cells: pd.DataFrame) -> Counted:
    """The same of rows that were read."""
    return Counted(len(cells), {str(name): int(cells[name].notna().sum()) for name in cells.columns})
