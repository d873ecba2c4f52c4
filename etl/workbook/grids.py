"""The cells of a workbook as text: looked at first, then read, in a process of their own. See ADR 0003."""

import logging
from collections import Counter
from pathlib import Path
from typing import IO, Any

import fastexcel
import pyarrow as pa

from etl.errors import WorkbookError
from etl.workbook.child import Answer, ChildFailedError, Tell, in_child
from etl.workbook.counts import Counts
from etl.workbook.grid import Grid
from etl.workbook.limits import ReadLimits, check_extent, check_unpacked
from etl.workbook.old_records import (
    OldSheet,
    OldWorkbook,
    ProtectedError,
    mended_old,
    old_numbers,
    read_old_workbook,
)
from etl.workbook.reader import load, unread
from etl.workbook.recount import differing_column
from etl.workbook.shown_numbers import shown_numbers
from etl.workbook.zip_workbook import Job, read_zip, text_columns, with_shown
from pipeline.messages import first_line

log = logging.getLogger(__name__)

_COMPOUND_FILE = bytes.fromhex("D0CF11E0A1B11AE1")  # .xls, and every .xlsx that has a password
_ZIP = b"PK"
_ALIGNED = 64


def read_grids(path: str, *, hidden_cells: int, limits: ReadLimits) -> list[Grid]:
    """The worksheets of a workbook; a hidden one of more cells than `hidden_cells` is only counted.

    Raises:
        WorkbookError: not a workbook, protected by a password, damaged, or beyond a limit.
    """
    name = Path(path).name

    def work(data: IO[bytes], tell: Tell) -> list[dict[str, Any]]:
        return [_write(grid, data) for grid in _read(Job(path, name, hidden_cells, limits, tell))]

    try:
        answer = in_child(work, memory_mb=limits.memory_mb, seconds=limits.seconds)
    except ChildFailedError as error:
        where = f"{name}, sheet '{error.where}'" if error.where else name
        if error.detail:
            log.info("%s: %s (%s)", where, error.reason, error.detail)
        raise WorkbookError(
            f"{where}: {error.reason}. Split it if it is large; else open it in a spreadsheet program and "
            "save it as .xlsx."
        ) from error
    return [_taken(grid, answer) for grid in answer.returned]


def _read(job: Job) -> list[Grid]:
    """By what the file is, whatever its name says."""
    with Path(job.path).open("rb") as file:
        start = file.read(len(_COMPOUND_FILE))
    if not start:
        raise WorkbookError(f"{job.name}: empty file (0 bytes). Deliver it again.")
    if start.startswith(_ZIP):
        return read_zip(job)
    if start.startswith(_COMPOUND_FILE):
        return _read_compound(job)
    raise WorkbookError(
        f"{job.name}: not a workbook, whatever its name says (a .csv or a web page?). Save it as .xlsx."
    )


def _read_compound(job: Job) -> list[Grid]:
    """An .xls, or what a password makes of an .xlsx."""
    content = Path(job.path).read_bytes()
    check_unpacked(len(content), job.limits, where=job.name)
    try:
        book = read_old_workbook(content)
    except ProtectedError as error:
        raise WorkbookError(f"{job.name}: protected by a password. Save it without one.") from error
    except MemoryError:
        raise
    except Exception as error:
        raise WorkbookError(
            f"{job.name}: damaged or cut off ({first_line(error)}). Deliver it again."
        ) from error
    if book is None:
        raise WorkbookError(f"{job.name}: no workbook, but a document of another program. Save it as .xlsx.")
    worksheets = [sheet for sheet in book.sheets if sheet.kind == 0]
    for sheet in worksheets:
        # The reader lays out every sheet of an .xls, hidden ones, too.
        check_extent(sheet.counts.extent, job.limits, where=f"{job.name}, sheet '{sheet.name}'")
    wanted = [sheet.name for sheet in worksheets if job.reads(sheet.visible, sheet.counts)]
    try:
        cells = load(mended_old(content) if book.styles.misleading else content, wanted, job.tell)
        counts = {sheet.name: sheet.counts for sheet in worksheets}
        if any(differing_column(counts[name], grid) is not None for name, grid in cells.items()):
            cells = load(mended_old(content), wanted, job.tell)
    except fastexcel.FastExcelError as error:
        raise unread(job.name, error) from error
    return [
        _as_shown(book, sheet, Grid(sheet.name, sheet.visible, cells.get(sheet.name), sheet.counts))
        for sheet in worksheets
    ]


def _as_shown(book: OldWorkbook, sheet: OldSheet, grid: Grid) -> Grid:
    columns = text_columns(grid) if book.styles.telling else set()
    if not columns:
        return grid
    return with_shown(grid, shown_numbers(old_numbers(book.records, sheet.place), book.styles, columns))


def _write(grid: Grid, data: IO[bytes]) -> dict[str, Any]:
    """Put the cells behind those of the sheets before; returns all else, and where they are."""
    place = None
    if grid.cells is not None:
        data.write(bytes(-data.tell() % _ALIGNED))
        place = data.tell()
        with pa.ipc.new_stream(data, grid.cells.schema) as stream:
            stream.write_batch(grid.cells)
    counts = grid.counts
    return {
        "name": grid.name,
        "visible": grid.visible,
        "place": place,
        "cells": list(counts.cells.items()),
        "rows": counts.rows,
        "top": sorted(counts.top),
        "last": [counts.last_row, counts.last_column, counts.lowest, counts.rightmost],
    }


def _taken(told: dict[str, Any], answer: Answer) -> Grid:
    row, column, lowest, rightmost = told["last"]
    counts = Counts(
        cells=Counter(dict(told["cells"])),
        rows=told["rows"],
        top={(row, column) for row, column in told["top"]},
        last_row=row,
        last_column=column,
        lowest=lowest,
        rightmost=rightmost,
    )
    cells = None
    if told["place"] is not None:
        with pa.ipc.open_stream(answer.data.slice(told["place"])) as stream:
            cells = stream.read_next_batch()
    return Grid(told["name"], told["visible"], cells, counts)
