"""The cells of sheets as text, read by fastexcel (calamine).

Measured on 200,000 rows × 11 columns: fastexcel 1.3 s, python-calamine 3.4 s (its cells turned to text in
Python), openpyxl 26 s. See ADR 0003.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import IO

import fastexcel
import pyarrow as pa

from etl.errors import WorkbookError
from etl.workbook.child import Tell
from pipeline.messages import first_line

Shown = tuple[tuple[int, int], str]
"""Row and column of a cell, and the text in it."""

# What calamine calls an error value, and what a person sees in the cell.
_ERROR_VALUES = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}


def load(source: str | bytes, names: Collection[str], tell: Tell) -> dict[str, pa.RecordBatch]:
    """The cells of these sheets, by name.

    source: path or content of the workbook. tell: called with each sheet's name before it is loaded.

    Raises:
        fastexcel.FastExcelError: the reader does not understand it.
    """
    reader = fastexcel.read_excel(source)
    grids = {}
    for name in reader.sheet_names:
        if name in names:
            tell(name)
            # Without skip_rows=0 the reader drops empty rows at the top, and row numbers would be wrong.
            sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            grids[name] = with_error_values(*sheet.to_arrow_with_errors())
    return grids


def source_of(file: IO[bytes]) -> str | bytes:
    """A file without a name as `load` takes it: by its number, or its content where that is no path."""
    file.flush()
    path = Path(f"/proc/self/fd/{file.fileno()}")
    if path.exists():
        return str(path)
    file.seek(0)
    return file.read()


def unread(name: str, error: fastexcel.FastExcelError) -> WorkbookError:
    """What is said of a workbook that the reader does not understand. name: its own, for the message."""
    words = first_line(error).removeprefix("calamine error: ")
    reason = "" if "Cannot detect" in words else f" ({words})"
    return WorkbookError(
        f"{name}: damaged or in a form that is not read{reason}. "
        "Open it in a spreadsheet program and save it as .xlsx."
    )


def with_error_values(grid: pa.RecordBatch, errors: fastexcel.CellErrors | None) -> pa.RecordBatch:
    """The cells with the error values (`#REF!`) that the reader left out as null."""
    texts = {}
    for error in errors.errors if errors else ():
        kind = re.search(r"Error\((\w+)\)", error.detail)
        texts[error.offset_position] = _ERROR_VALUES.get(kind[1], "#ERROR!") if kind else "#ERROR!"
    return with_texts(grid, texts.items())


def with_texts(grid: pa.RecordBatch, texts: Iterable[Shown]) -> pa.RecordBatch:
    """The cells with these texts in their places, of which row and column count from 0."""
    columns: dict[int, list[str | None]] = {}
    for (row, column), text in texts:
        if column not in columns:
            columns[column] = grid.column(column).to_pylist()
        columns[column][row] = text
    for column, values in columns.items():
        grid = grid.set_column(column, grid.schema.field(column), pa.array(values, pa.string()))
    return grid
