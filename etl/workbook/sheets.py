"""The sheets of one workbook as text, read by fastexcel (calamine).

Measured on 200,000 rows × 11 columns: fastexcel 1.3 s, python-calamine 3.4 s (its cells turned to text in
Python), openpyxl 26 s. See ADR 0003.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import fastexcel
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from etl.errors import WorkbookError
from etl.rows import spelling
from etl.workbook import header
from etl.workbook.header import Header
from etl.workbook.unread import emails, filled_rows, repeated_headers
from pipeline.messages import first_line

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


Visibility = Literal["visible", "hidden", "veryhidden"]

_COMPOUND_FILE = bytes.fromhex("D0CF11E0A1B11AE1")  # .xls, and every .xlsx that has a password
_ZIP = b"PK"


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    header: None when the sheet holds no table of users; then `cells` is empty.
    headers: the field's header as this sheet spells it.
    cells: one row per row that is not blank; text columns named as `header.column_names` says.
    row_numbers: the rows' numbers in the sheet, from 1.
    visible: `visible`, `hidden` or `veryhidden`; only visible sheets are read.
    rows, emails: of a sheet that is not read, its rows that are not blank, and the addresses among its cells.
    emails_above: addresses among the cells above the header. repeated_headers: rows that only repeat it.
    """

    name: str
    header: Header | None
    headers: dict[str, str]
    cells: pd.DataFrame
    row_numbers: npt.NDArray[np.int32]
    visible: Visibility = "visible"
    rows: int = 0
    emails: int = 0
    emails_above: int = 0
    repeated_headers: int = 0


def read_sheets(path: str) -> list[Sheet]:
    """All sheets of a workbook; those without users, and hidden ones, without their cells.

    A visible sheet that lacks a required column is one without users where another one is complete.

    Raises:
        WorkbookError: not a workbook, protected by a password, truncated; no table of users in it;
            a required column missing or a column there twice; a second table below the first.
    """
    name = Path(path).name
    grids = _grids(path, hidden=True)
    headers = [header.locate(_top(grid)) if visible == "visible" else None for _, visible, grid in grids]
    if not any(found and not found.missing for found in headers):
        located = zip(grids, headers, strict=True)
        _refuse(name, [(sheet, found) for (sheet, visible, _), found in located if visible == "visible"])
    return [
        _sheet(name, sheet, grid, found) if found and not found.missing else _unread(sheet, visible, grid)
        for (sheet, visible, grid), found in zip(grids, headers, strict=True)
    ]


def rows_with_email(path: str, email_key: str) -> dict[str, list[int]]:
    """Numbers of the rows that have this email, from 1, by sheet; hidden sheets, too.

    email_key: as `spelling.email_keys` gives it.

    Raises:
        WorkbookError: not a workbook, protected by a password, truncated; no column of emails in it.
    """
    located = [(name, grid, header.locate(_top(grid))) for name, _, grid in _grids(path, hidden=True)]
    if not any(found and "email" in found.found for _, _, found in located):
        raise WorkbookError(f"{Path(path).name}: no column '{header.HEADER_OF_FIELD['email']}' in any sheet.")
    return {name: _rows_with_email(grid, found, email_key) for name, grid, found in located if found}


def _rows_with_email(grid: pa.RecordBatch, found: Header, email_key: str) -> list[int]:
    body = grid.slice(found.row + 1)
    rows = np.zeros(len(body), dtype=bool)
    for position, field in enumerate(found.fields):
        if field == "email":
            rows |= spelling.email_keys(body.column(position).to_pandas()).eq(email_key).to_numpy(dtype=bool)
    return [int(row) + found.row + 2 for row in np.flatnonzero(rows)]


def _grids(path: str, *, hidden: bool = False) -> list[tuple[str, Visibility, pa.RecordBatch]]:
    """Each sheet's name, visibility and cells; hidden sheets only if they are wanted."""
    try:
        return list(_read_grids(fastexcel.read_excel(path), hidden=hidden))
    except fastexcel.FastExcelError as error:
        raise WorkbookError(f"{Path(path).name}: {_unreadable(path, error)}") from error


def _read_grids(
    reader: fastexcel.ExcelReader, *, hidden: bool
) -> Iterator[tuple[str, Visibility, pa.RecordBatch]]:
    for index, name in enumerate(reader.sheet_names):
        # Without skip_rows=0 the reader drops empty rows at the top, and row numbers would be wrong.
        sheet = reader.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
        if hidden or sheet.visible == "visible":
            grid, errors = sheet.to_arrow_with_errors()
            yield name, sheet.visible, _with_error_values(grid, errors)


def _with_error_values(grid: pa.RecordBatch, errors: fastexcel.CellErrors | None) -> pa.RecordBatch:
    """The cells with the error values (`#REF!`) that the reader left out as null."""
    columns = {}
    for error in errors.errors if errors else ():
        row, column = error.offset_position
        if column not in columns:
            columns[column] = grid.column(column).to_pylist()
        kind = re.search(r"Error\((\w+)\)", error.detail)
        columns[column][row] = _ERROR_VALUES.get(kind[1], "#ERROR!") if kind else "#ERROR!"
    for column, values in columns.items():
        grid = grid.set_column(column, grid.schema.field(column), pa.array(values, pa.string()))
    return grid


def _top(grid: pa.RecordBatch) -> list[tuple[str | None, ...]]:
    columns = [column.to_pylist() for column in grid.slice(0, header.SEARCHED_ROWS).columns]
    return list(zip(*columns, strict=True))


def _sheet(workbook: str, name: str, grid: pa.RecordBatch, found: Header) -> Sheet:
    header.check(found, workbook=workbook, sheet=name)
    body = grid.slice(found.row + 1)
    filled = filled_rows(body)
    again = repeated_headers(found, grid, workbook=workbook, sheet=name)
    filled[again - found.row - 1] = False
    cells = _labelled(body, found)
    return Sheet(
        name=name,
        header=found,
        headers=found.spellings,
        cells=cells.filter(pa.array(filled)).to_pandas(),
        row_numbers=np.flatnonzero(filled).astype(np.int32) + np.int32(found.row + 2),
        emails_above=emails(grid.slice(0, found.row)),
        repeated_headers=len(again),
    )


def _unread(name: str, visible: Visibility, grid: pa.RecordBatch) -> Sheet:
    nothing = np.empty(0, dtype=np.int32)
    rows = int(filled_rows(grid).sum())
    return Sheet(name, None, {}, pd.DataFrame(), nothing, visible=visible, rows=rows, emails=emails(grid))


def _labelled(body: pa.RecordBatch, found: Header) -> pa.Table:
    """The columns under their names; one without a header is kept if it holds anything."""
    columns = zip(header.column_names(found), found.labels, body.columns, strict=True)
    return pa.table(
        {name: column for name, label, column in columns if label or column.null_count < len(column)}
    )


def _refuse(workbook: str, located: list[tuple[str, Header | None]]) -> None:
    """Say what was found where a table of users was expected."""
    candidates = [(sheet, found) for sheet, found in located if found is not None]
    if not candidates:
        sheets = f"{len(located)} visible sheet{'s' * (len(located) != 1)}"
        raise WorkbookError(f"{workbook}: empty ({sheets}, no cell). Deliver it again.")
    sheet, best = max(candidates, key=lambda candidate: len(candidate[1].found))
    header.check(best, workbook=workbook, sheet=sheet)


def _unreadable(path: str, error: Exception) -> str:
    """Why a file is no readable workbook, for a person, and what to do."""
    with Path(path).open("rb") as file:
        start = file.read(8)
    if not start:
        return "empty file (0 bytes). Deliver it again."
    if start.startswith(_COMPOUND_FILE) and Path(path).suffix.lower() in {".xlsx", ".xlsm", ".xlsb"}:
        return "protected by a password. Save it without one."
    if not start.startswith((_ZIP, _COMPOUND_FILE)):
        return "not a workbook, whatever its name says (a .csv or a web page?). Save it as .xlsx."
    return f"damaged or cut off ({first_line(error)}). Deliver it again."
