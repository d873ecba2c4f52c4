"""The cells that the product read, beside what openpyxl sees in the same workbook."""

import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
from openpyxl import load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from etl.workbook.cell_names import cell_name
from etl.workbook.grid import Grid
from etl.workbook.no_value import FORMULA_WITHOUT_VALUE
from etl.workbook.recount import differing_column

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TIMES = re.compile(r"^\[(H+|M+|S+)\]|A/P")
"""What openpyxl takes for the format of a number, and spreadsheet programs for one of a time."""
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a cell knows no zone
FIRST_OF_MARCH = datetime(1900, 3, 1)  # noqa: DTZ001


def miscounted(grids: Sequence[Grid]) -> str:
    """Where the cells that were read are not as many as the sheet's own records have; empty: nowhere."""
    for grid in grids:
        if grid.cells is None:
            continue
        column = differing_column(grid.counts, grid.cells)
        if column is not None:
            place = column - grid.counts.extent.first_column
            cells = grid.cells.column(place) if place < grid.cells.num_columns else pa.array([], pa.string())
            read = len(cells) - cells.null_count
            return f"sheet '{grid.name}', column {column}: {read} read, {grid.counts.cells[column]} there"
    return ""


def differences(path: Path, grids: Sequence[Grid]) -> tuple[int | None, str]:
    """How many cells were compared (None: openpyxl cannot read it), and what differs; empty: nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, data_only=True)
    except Exception as error:  # noqa: BLE001 - whatever it raises
        return None, f"{type(error).__name__}: {error}"[:200]
    compared, different = 0, []
    for grid in grids:
        if grid.name not in book.sheetnames:
            return None, f"no sheet '{grid.name}'"
        if grid.cells is not None and isinstance(book[grid.name], Worksheet):
            cells = dict(_cells(grid))
            for name, text, cell in _beside(cells, book[grid.name]):
                compared += 1
                if not same(text, cell, book.epoch):
                    different.append(f"{grid.name}!{name}: {text!r} read, {cell and cell.value!r} there")
    return compared, "; ".join(different[:3])[:500] + (f" ({len(different)} cells)" if different else "")


def _cells(grid: Grid) -> Iterator[tuple[tuple[int, int], str]]:
    assert grid.cells is not None
    first = grid.counts.extent.first_column
    for place, column in enumerate(grid.cells.columns, start=first):
        for row, text in enumerate(column.to_pylist(), start=1):
            if text is not None:
                yield (row, place), text


def _beside(
    cells: dict[tuple[int, int], str], sheet: Worksheet
) -> Iterator[tuple[str, str | None, Cell | None]]:
    # Asked for row by row, it would lay out a sheet of any extent.
    seen = {place: cell for place, cell in sheet._cells.items() if cell.value is not None}
    # It drops a text that stands in the value of such a cell, see ADR 0003.
    dropped = {place for place, cell in sheet._cells.items() if cell.data_type == "inlineStr"} - seen.keys()
    # Below a merged cell openpyxl drops what stands there.
    merged = {place for place, cell in sheet._cells.items() if isinstance(cell, MergedCell)}
    for place in sorted({*cells, *seen} - merged - dropped):
        yield cell_name(*place), cells.get(place), seen.get(place)


def same(text: str | None, cell: Cell | None, epoch: datetime = _EPOCH) -> bool:
    """Whether a text is what a cell holds. epoch: the day that the workbook's dates are counted from."""
    value = cell.value if cell is not None else None
    if value is None:
        # openpyxl knows no formula without a value, and no difference between an empty text and nothing.
        return text in (None, "", FORMULA_WITHOUT_VALUE) or not str(text).strip()
    if text is None:
        return isinstance(value, str) and not value.strip()
    match value:
        case bool():
            return text == str(value).lower()
        case int() | float() if cell is not None and _TIMES.search(cell.number_format):
            return _same_time(text, epoch + timedelta(days=value), epoch)
        case int() | float():
            return _same_number(text, value)
        case datetime() | date() | time() | timedelta():
            return _same_time(text, value, epoch)
        case "#VALUE!" if cell is not None and cell.is_date:
            # A date beyond what openpyxl can say.
            return text.startswith(("+", "-"))
        case _:
            return _plain(str(value)) == _plain(text)


def _same_number(text: str, value: float) -> bool:
    """The reader gives nine places behind the point, see ADR 0003."""
    try:
        return abs(float(text) - value) <= max(5.1e-10, 1e-12 * abs(value))
    except ValueError:
        return False


def _same_time(text: str, value: date | time | timedelta, epoch: datetime) -> bool:
    """Within a second. Of the days before March 1900, of which one never was, each reader counts its way."""
    try:
        read = datetime.fromisoformat(text if "-" in text else f"1899-12-31 {text}")
    except ValueError:
        return False
    match value:
        case timedelta():
            expected = epoch + value
        case time():
            expected = datetime.combine(read, value)
        case datetime():
            expected = value.replace(tzinfo=None)
        case date():
            expected = datetime.combine(value, time())
    away = abs((read - expected).total_seconds())
    return away <= 1 or (expected < FIRST_OF_MARCH and away <= 2 * 86_400 + 1)


def _plain(text: str) -> str:
    r"""With what the formats write in two ways: `_x000D_`, and a line's end."""
    decoded = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return re.sub(r"\r\n?", "\n", decoded).strip()
