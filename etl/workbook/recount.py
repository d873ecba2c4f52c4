"""What must have come out of a sheet: counted in its own records, not by the reader."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.workbook.cell_names import column_name
from etl.workbook.counts import Counts
from etl.workbook.header import Header, column_names


@dataclass(frozen=True)
class Counted:
    """The rows of a sheet below its header, and their filled cells by the name of the column."""

    rows: int
    cells: Mapping[str, int]

    def __add__(self, other: "Counted") -> "Counted":
        names = {**self.cells, **other.cells}
        cells = {name: self.cells.get(name, 0) + other.cells.get(name, 0) for name in names}
        return Counted(self.rows + other.rows, cells)


NOTHING = Counted(0, {})


def as_read(column: pa.Array, counted: int) -> int:
    """The count of a column; where it differs by empty texts alone, as many as were read.

    A cell with an empty text in it is filled or not, as each format and each reader has it.
    """
    read = len(column) - column.null_count
    if counted == read:
        return counted
    empty: int = pc.sum(pc.equal(column, "")).as_py() or 0
    return read if read - empty <= counted <= read else counted


def differing_column(counts: Counts, cells: pa.RecordBatch) -> int | None:
    """The first column, from 1, of which the reader gave more or fewer cells than the records have."""
    first = counts.extent.first_column
    read = dict(enumerate(cells.columns, start=first))
    for column in sorted({*read, *(each for each, count in counts.cells.items() if count)}):
        there = counts.cells[column]
        if column not in read or as_read(read[column], there) != len(read[column]) - read[column].null_count:
            return column
    return None


def recount(counts: Counts, found: Header, *, body: pa.RecordBatch, left_out: pa.RecordBatch) -> Counted:
    """What the records of a sheet have below its header, without the rows that are left out knowingly.

    body: all rows below the header, as they were read. left_out: those of them in which nothing can be seen,
    or that repeat the header. Columns that the reader did not give have the letters of the file.
    """
    rows, cells = counts.below(found.row + 1)
    first = counts.extent.first_column
    names = column_names(found)
    columns = zip(names, body.columns, left_out.columns, strict=True)
    filled = {
        name: as_read(column, cells[first + place]) - (len(out) - out.null_count)
        for place, (name, column, out) in enumerate(columns)
    }
    beyond = {
        f"source:column {column_name(column)}": count
        for column, count in cells.items()
        if count and not first <= column < first + len(names)
    }
    kept = len(body) - len(left_out)
    most, least = (rows - _filled_rows(left_out, empty=empty) for empty in (False, True))
    return Counted(kept if least <= kept <= most else most, filled | beyond)


def _filled_rows(rows: pa.RecordBatch, *, empty: bool) -> int:
    """Rows with a cell that holds anything, if only spaces. empty: even if only empty texts."""
    if not any(column.null_count < len(column) for column in rows.columns):
        return 0
    frame = rows.to_pandas()
    filled = frame.notna() if empty else frame.notna() & frame.ne("")
    return int(filled.any(axis="columns").sum())


def read_of(cells: pd.DataFrame) -> Counted:
    """The same of rows that were read."""
    return Counted(len(cells), {str(name): int(cells[name].notna().sum()) for name in cells.columns})
