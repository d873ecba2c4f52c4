"""Awkward workbooks: each is read right, or refused with one line: the file, the place, the next step."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from etl.errors import WorkbookError
from etl.workbook.no_value import FORMULA_WITHOUT_VALUE
from etl.workbook.sheets import read_sheets
from tests import awkward_cells, workbooks


def read(path):
    """The only sheet with users: its cells, and their row numbers."""
    (sheet,) = [sheet for sheet in read_sheets(str(path)) if sheet.header]
    return sheet.cells, list(sheet.row_numbers)


@pytest.mark.parametrize(
    ("build", "numbers"),
    [
        (workbooks.title_rows_above, [5]),
        (workbooks.empty_rows_between, [3, 6]),
        (workbooks.cover_sheet_first, [2, 3]),
        (workbooks.decomposed_header, [2]),
        (workbooks.with_macros, [2]),
        (workbooks.open_document, [2, 3]),
    ],
)
def test_the_rows_are_found_with_their_numbers(tmp_path, build, numbers):
    cells, rows = read(build(tmp_path))
    assert (cells["full_name"][0], rows[: len(numbers)]) == ("Zoé Martin", numbers)


def test_a_table_may_start_anywhere(tmp_path):
    cells, rows = read(workbooks.offset_table(tmp_path))
    assert (cells["email"][0], rows[0]) == ("zoe@x.fr", 6)


def test_every_older_spelling_of_the_header_is_known(tmp_path):
    cells, _ = read(workbooks.untidy_header(tmp_path))
    assert not [name for name in cells.columns if name.startswith("source:")]


def test_all_sheets_with_users_are_read(tmp_path):
    sheets = read_sheets(str(workbooks.two_data_sheets(tmp_path)))
    assert [len(sheet.cells) > 0 for sheet in sheets] == [True, True]


def test_numbers_are_text_as_a_person_reads_them(tmp_path):
    path = workbooks.workbook(
        tmp_path / "n.xlsx", workbooks.row(age=25, phone=33612345678, total_experience_years=2.5)
    )
    cells, _ = read(path)
    assert list(cells.loc[0, ["age", "phone", "total_experience_years"]]) == ["25", "33612345678", "2.5"]


def test_what_is_no_number_stays_as_it_was_typed(tmp_path):
    path = workbooks.workbook(
        tmp_path / "t.xlsx",
        workbooks.row(age="31", phone="0612345678", total_experience_years="2,5"),
        workbooks.row(age=" 31 ", phone="+33 6", total_experience_years="5 ans"),
        workbooks.row(age=date(2026, 1, 31), phone=612345678.0, total_experience_years=True),
        workbooks.row(age=datetime(2026, 1, 31, 12, 30)),  # noqa: DTZ001 - a cell knows no zone
    )
    cells, _ = read(path)
    assert list(cells["age"]) == ["31", " 31 ", "2026-01-31 00:00:00", "2026-01-31 12:30:00"]
    assert list(cells["phone"][:3]) == ["0612345678", "+33 6", "612345678"]
    assert list(cells["total_experience_years"][:3]) == ["2,5", "5 ans", "true"]


@pytest.mark.parametrize("name", ["users.xls", "users.xlsb"])
def test_the_older_binary_formats_are_read_alike(name):
    """The .xls (BIFF8) was written by SheetJS 0.18.5, the .xlsb by pyxlsbwriter 0.1.0."""
    cells, rows = read(Path(__file__).parent / name)
    assert rows == [4, 5, 6]
    assert cells.to_numpy().tolist() == [
        ["Zoé Martin", "31", "femme", "zoe@x.fr", "612345678"],
        ["Ali Haddad", "44", "homme", "ali@x.fr", "0655667788"],
        ["Inès Petit", "2026-01-31 00:00:00", "femme", "ines@x.fr", "33612345678"],
    ]


def test_rows_without_a_header_are_refused_and_no_cell_of_them_is_shown(tmp_path):
    path = workbooks.workbook(tmp_path / "d.xlsx", workbooks.ZOE, workbooks.ALI, header=None)
    with pytest.raises(WorkbookError, match=r"^d\.xlsx, sheet 'Feuil1', row 1: no column") as refusal:
        read_sheets(str(path))
    assert not [cell for cell in (*workbooks.ZOE, *workbooks.ALI) if f"{cell}," in str(refusal.value)]
    assert "zoe@x.fr" not in str(refusal.value)


def test_an_error_value_is_kept_as_it_is_shown(tmp_path):
    cells, _ = read(awkward_cells.error_cells(tmp_path))
    assert (cells["age"][0], cells["email"][1]) == ("#REF!", "#N/A")


def test_a_calculated_formula_is_its_value_and_one_without_says_so(tmp_path):
    calculated, _ = read(awkward_cells.calculated_formulas(tmp_path))
    uncalculated, _ = read(awkward_cells.formulas(tmp_path))
    assert calculated["age"][0] == "31"
    assert uncalculated["age"][0] == FORMULA_WITHOUT_VALUE
    assert uncalculated["email"][1] == FORMULA_WITHOUT_VALUE


def test_a_megabyte_in_a_cell_is_whole(tmp_path):
    cells, _ = read(awkward_cells.megabyte_cell(tmp_path))
    assert cells["full_name"].str.len().max() == awkward_cells.MEGABYTE


def test_a_header_without_rows_is_an_empty_table(tmp_path):
    cells, rows = read(workbooks.header_without_rows(tmp_path))
    assert (len(cells), rows, "email" in cells.columns) == (0, [], True)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (workbooks.same_column_twice, r"sheet '.*', row 1: the column 'Email' is there 2 times: .*Keep one"),
        (workbooks.missing_required_column, r"sheet '.*', row 1: no column 'Email' \(found: Nom, .*Courriel"),
        (workbooks.password_protected, r"protected by a password\. Save it without one"),
        (workbooks.truncated, r"damaged or cut off .*Deliver it again"),
        (workbooks.csv_renamed, r"not a workbook, whatever its name says.*Save it as \.xlsx"),
        (workbooks.zip_without_workbook, r"no workbook, but a zip of other files \(notes\.txt\)\."),
        (workbooks.zero_bytes, r"empty file \(0 bytes\)\. Deliver it again"),
        (workbooks.completely_empty, r"empty \(1 visible sheet, no cell\)"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, build, message):
    path = build(tmp_path)
    with pytest.raises(WorkbookError, match=f"^{re.escape(path.name)}.*{message}") as refusal:
        read_sheets(str(path))
    assert "\n" not in str(refusal.value)
