"""The sheets of one workbook: which hold users, and the rows of those."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from etl.errors import WorkbookError
from etl.rows import spelling
from etl.workbook import header
from etl.workbook.grid import Grid, Visibility
from etl.workbook.grids import read_grids
from etl.workbook.header import Header
from etl.workbook.limits import USUAL, ReadLimits
from etl.workbook.recount import NOTHING, Counted, recount
from etl.workbook.unread import emails, filled_rows, repeated_headers

HIDDEN_CELLS = 1_000_000
"""A hidden sheet of more cells is not looked into: its rows are told, and no emails."""


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    header: None when the sheet holds no table of users; then `cells` is empty.
    headers: the field's header as this sheet spells it.
    cells: one row per row that is not blank; text columns named as `header.column_names` says.
    row_numbers: the rows' numbers in the sheet, from 1.
    counted: of a sheet with users, what its own records have below the header.
    visible: `visible`, `hidden` or `veryhidden`; only visible sheets are read.
    rows, emails: of a sheet that is not read, its rows that are not blank, and the addresses among its cells.
    emails_above: addresses among the cells above the header. repeated_headers: rows that only repeat it.
    """

    name: str
    header: Header | None
    headers: dict[str, str]
    cells: pd.DataFrame
    row_numbers: npt.NDArray[np.int32]
    counted: Counted = NOTHING
    visible: Visibility = "visible"
    rows: int = 0
    emails: int = 0
    emails_above: int = 0
    repeated_headers: int = 0


def read_sheets(path: str, limits: ReadLimits = USUAL) -> list[Sheet]:
    """All sheets of a workbook; those without users, and hidden ones, without their cells.

    A visible sheet that lacks a required column is one without users where another one is complete.

    Raises:
        WorkbookError: no workbook, protected by a password, damaged, beyond a limit; no table of users in it;
            a required column missing or a column there twice; a second table below the first.
    """
    name = Path(path).name
    grids = read_grids(path, hidden_cells=HIDDEN_CELLS, limits=limits)
    located = [(grid, _header(grid) if grid.visible == "visible" else None) for grid in grids]
    if not any(found and not found.missing for _, found in located):
        _refuse(name, [(grid.name, found) for grid, found in located if grid.visible == "visible"])
    return [
        _sheet(name, grid, grid.cells, found)
        if grid.cells is not None and found and not found.missing
        else _unread(grid)
        for grid, found in located
    ]


def rows_with_email(path: str, email_key: str, limits: ReadLimits = USUAL) -> dict[str, list[int]]:
    """Numbers of the rows that have this email, from 1, by sheet; hidden sheets, too.

    email_key: as `spelling.email_keys` gives it.

    Raises:
        WorkbookError: no workbook, protected by a password, damaged, beyond a limit; no column of emails.
    """
    name = Path(path).name
    rows = {}
    for grid in read_grids(path, hidden_cells=limits.cells, limits=limits):
        if grid.cells is None:
            raise WorkbookError(
                f"{name}, sheet '{grid.name}': hidden and too large to be read. Look yourself."
            )
        found = _header(grid)
        if found and "email" in found.found:
            rows[grid.name] = _rows_with_email(grid.cells, found, email_key)
    if not rows:
        raise WorkbookError(f"{name}: no column '{header.HEADER_OF_FIELD['email']}' in any sheet.")
    return rows


def _header(grid: Grid) -> Header | None:
    return header.locate_in(grid.cells) if grid.cells is not None else None


def _rows_with_email(grid: pa.RecordBatch, found: Header, email_key: str) -> list[int]:
    body = grid.slice(found.row + 1)
    rows = np.zeros(len(body), dtype=bool)
    for position, field in enumerate(found.fields):
        if field == "email":
            keys = spelling.email_keys(body.column(position).to_pandas())
            rows |= spelling.same_emails(keys, email_key).to_numpy(dtype=bool)
    return [int(row) + found.row + 2 for row in np.flatnonzero(rows)]


def _sheet(workbook: str, grid: Grid, cells: pa.RecordBatch, found: Header) -> Sheet:
    header.check(found, workbook=workbook, sheet=grid.name)
    body = cells.slice(found.row + 1)
    filled = filled_rows(body)
    again = repeated_headers(found, cells, workbook=workbook, sheet=grid.name)
    filled[again - found.row - 1] = False
    return Sheet(
        name=grid.name,
        header=found,
        headers=found.spellings,
        cells=_labelled(body, found).filter(pa.array(filled)).to_pandas(),
        row_numbers=np.flatnonzero(filled).astype(np.int32) + np.int32(found.row + 2),
        counted=recount(grid.counts, found, body=body, left_out=body.filter(pa.array(~filled))),
        emails_above=emails(cells.slice(0, found.row)),
        repeated_headers=len(again),
    )


def _unread(grid: Grid) -> Sheet:
    nothing = np.empty(0, dtype=np.int32)
    rows = grid.counts.rows if grid.cells is None else int(filled_rows(grid.cells).sum())
    found = 0 if grid.cells is None else emails(grid.cells)
    return Sheet(grid.name, None, {}, pd.DataFrame(), nothing, visible=grid.visible, rows=rows, emails=found)


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
