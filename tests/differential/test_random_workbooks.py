"""Workbooks of random cells, by several writers: what the product reads is what went in, cell by cell.

A bounded number of them in `make test`; thousands with `make fuzz`, which keeps failing ones under var/fuzz.
"""

import os
import string
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase
from openpyxl.styles import Font

from etl.workbook.grids import read_grids
from etl.workbook.limits import USUAL
from tests.corpora.compared import differences, miscounted
from tests.workbook_xml import write_ods

KEPT = Path(__file__).resolve().parents[2] / "var" / "fuzz"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "15"))

# `make test` reads the same ones each time, `make fuzz` begins with those that failed before.
FUZZING = (
    {"database": DirectoryBasedExampleDatabase(KEPT)}
    if "FUZZ_EXAMPLES" in os.environ
    else {"derandomize": True}
)
WORKBOOKS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    **FUZZING,
)

# What XML can hold; the escape of spreadsheet programs (`_x0041_`) has tests of its own.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="_\ufffe\uffff\u2028\u2029\x85"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() and not text.startswith("=") and not text.startswith("{"))
NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 4)),
)
TIMES = st.datetimes(
    datetime(1950, 1, 1),  # noqa: DTZ001 - a cell knows no zone
    datetime(2090, 1, 1),  # noqa: DTZ001
).map(lambda time: time.replace(microsecond=0))
ERRORS = st.sampled_from(["#REF!", "#N/A", "#DIV/0!", "#NAME?", "#VALUE!", "#NUM!"])
NOTHING = st.none()
CELLS = st.one_of(NOTHING, TEXTS, NUMBERS, st.booleans(), TIMES)
NAMES = st.text(string.ascii_letters + "éèà ", min_size=1, max_size=20).filter(
    lambda name: name.strip() == name
)


def rows_of(cells: st.SearchStrategy[object]) -> st.SearchStrategy[list[list[object]]]:
    return st.lists(st.lists(cells, max_size=6), max_size=8)


def read(path: Path) -> list[dict[tuple[int, int], str]]:
    """The cells of each sheet by their place; nothing may have been dropped."""
    grids = read_grids(str(path), hidden_cells=10**6, limits=USUAL)
    assert miscounted(grids) == ""
    return [
        {
            (row, grid.counts.extent.first_column + place): text
            for place, column in enumerate(grid.cells.columns)
            for row, text in enumerate(column.to_pylist(), start=1)
            if text
        }
        for grid in grids
        if grid.cells is not None
    ]


def plain(value: object) -> object:
    """A value as the formats without types have it, for comparison."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return round(float(value), 4)
        case datetime():
            return str(value)
    return value


def as_typed(text: str, value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(float(text), 4)
    return text


def assert_equal(found: dict[tuple[int, int], str], rows: list[list[object]]) -> None:
    there = {
        (row, column): value
        for row, cells in enumerate(rows, start=1)
        for column, value in enumerate(cells, start=1)
        if value is not None
    }
    read_back = {place: as_typed(text, there.get(place)) for place, text in found.items()}
    assert read_back == {place: plain(value) for place, value in there.items()}


@WORKBOOKS
@given(sheets=st.dictionaries(NAMES, rows_of(CELLS | ERRORS), min_size=1, max_size=3), bold=st.booleans())
def test_openpyxl_writes_and_sees_what_is_read(tmp_path, sheets, bold):
    path = tmp_path / "d.xlsx"
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, (name, rows) in enumerate(sheets.items()):
        page = book.create_sheet(f"{number}{name}")
        for cells in rows:
            page.append(cells)
        if bold:
            page.cell(30, 9).font = Font(bold=True)
    book.save(path)
    grids = read_grids(str(path), hidden_cells=10**6, limits=USUAL)
    assert miscounted(grids) == ""
    compared, different = differences(path, grids)
    assert (different, compared is not None) == ("", True)


@WORKBOOKS
@given(rows=rows_of(CELLS), row=st.integers(0, 3), column=st.integers(0, 30), constant_memory=st.booleans())
def test_what_xlsxwriter_writes_anywhere_is_read(tmp_path, rows, row, column, constant_memory):
    path = tmp_path / "d.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": constant_memory, "strings_to_urls": False}) as book:
        page, date = book.add_worksheet("Feuil1"), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for number, cells in enumerate(rows, start=row):
            for place, cell in enumerate(cells, start=column):
                if isinstance(cell, datetime):
                    page.write_datetime(number, place, cell, date)
                elif isinstance(cell, str):
                    page.write_string(number, place, cell)
                elif cell is not None:
                    page.write(number, place, cell)
    [found] = read(path)
    assert_equal({(r - row, c - column): text for (r, c), text in found.items()}, rows)


@WORKBOOKS
@given(rows=rows_of(CELLS))
def test_what_xlwt_writes_is_read(tmp_path, rows):
    path = tmp_path / "d.xls"
    book = xlwt.Workbook(encoding="utf-8")
    page, date = book.add_sheet("Feuil1"), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                page.write(row, column, cell, *([date] if isinstance(cell, datetime) else []))
    book.save(str(path))
    [found] = read(path)
    assert_equal(found, rows)


@WORKBOOKS
@given(rows=rows_of(st.one_of(TEXTS.map(str.strip).filter(lambda text: "  " not in text), NUMBERS)))
def test_what_stands_in_the_xml_of_an_ods_is_read(tmp_path, rows):
    [found] = read(write_ods(tmp_path / "d.ods", rows))
    assert_equal(found, rows)


def test_a_cell_that_is_lost_on_the_way_is_seen(tmp_path):
    """The comparison itself can fail."""
    path = tmp_path / "d.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a", 1])
    book.save(path)
    [grid] = read_grids(str(path), hidden_cells=10, limits=USUAL)
    book.worksheets[0]["B1"] = 2
    book.worksheets[0]["C1"] = "lost"
    book.save(path)
    assert "2 cells" in differences(path, [grid])[1]
    with pytest.raises(AssertionError):
        assert_equal({(1, 1): "a"}, [["a", 1]])
