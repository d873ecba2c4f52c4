"""What a workbook holds besides its users is told, and a second table is refused."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from etl.errors import WorkbookError
from etl.workbook.sheets import Sheet, read_sheets
from tests.workbooks import ALI, HEADER, ZOE, Row, workbook


def book_of(path: Path, **sheets: tuple[str, list[Row]]) -> Path:
    """A workbook of sheets, each with its visibility as openpyxl calls it, and its rows."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, (state, rows) in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for cells in rows:
            sheet.append(list(cells))
    book.save(path)
    return path


def of(sheets: list[Sheet]) -> dict[str, tuple[str, int, int, int]]:
    """Per sheet: its visibility, the rows that were read, the rows and emails that were not."""
    return {each.name: (each.visible, len(each.cells), each.rows, each.emails) for each in sheets}


def test_sheets_that_are_not_read_are_counted_with_their_emails(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "d.xlsx",
        Users=("visible", [HEADER, ZOE]),
        Notes=("visible", [("À relire",), (), ("voir zoe@x.fr demain",)]),
        Courriels=("visible", [("Courriel", "Personne"), ("ali@x.fr", "Ali"), (" ines@x.fr ", "Inès")]),
        Archive=("hidden", [HEADER, ZOE, ALI]),
        Secret=("veryHidden", [("a@x.fr",)]),
        Feuil3=("visible", [("\u200b", " ")]),
    )
    assert of(read_sheets(str(path))) == {
        "Users": ("visible", 1, 0, 0),
        "Notes": ("visible", 0, 2, 0),
        "Courriels": ("visible", 0, 3, 2),
        "Archive": ("hidden", 0, 3, 2),
        "Secret": ("veryhidden", 0, 1, 1),
        "Feuil3": ("visible", 0, 0, 0),
    }


def test_a_sheet_that_lacks_a_required_column_is_told_where_another_is_complete(tmp_path: Path) -> None:
    pivot = [("Sexe", "Âge", "Nombre"), ("F", 31, 12)]
    path = book_of(tmp_path / "d.xlsx", Users=("visible", [HEADER, ZOE]), Pivot=("visible", pivot))
    assert of(read_sheets(str(path)))["Pivot"] == ("visible", 0, 2, 0)
    with pytest.raises(WorkbookError, match="sheet 'Pivot', row 1: no column 'Nom' and no column 'Email'"):
        read_sheets(str(book_of(tmp_path / "e.xlsx", Pivot=("visible", pivot))))


def moved(cells: Row) -> Row:
    """The same cells with phone and level exchanged."""
    phone, level = HEADER.index("Téléphone"), HEADER.index("Niveau_predits")
    order = list(range(len(HEADER)))
    order[phone], order[level] = level, phone
    return tuple(cells[place] for place in order)


SECOND_TABLES = {
    "columns exchanged": [moved(HEADER), moved(ALI)],
    "after empty rows and a title": [(), ("Liste B",), moved(HEADER), moved(ALI)],
    "fewer columns": [("Email", "Nom"), ("ali@x.fr", "Ali")],
    "an unknown header above the emails": [
        ("Âge", "Nom", None, "Note", "Email"),
        (4, "Ali", None, "x", "a@x.fr"),
    ],
    "other spellings": [tuple(str(text).upper() for text in moved(HEADER)), moved(ALI)],
    "to the right": [(*[None] * 11, "Email", "Nom"), (*[None] * 11, "ali@x.fr", "Ali")],
}


@pytest.mark.parametrize("rows", SECOND_TABLES.values(), ids=SECOND_TABLES)
def test_a_second_table_below_the_first_is_refused_with_both_rows(tmp_path: Path, rows: list[Row]) -> None:
    path = workbook(tmp_path / "d.xlsx", ZOE, *rows)
    number = 3 + next(place for place, cells in enumerate(rows) if len(cells) > 1)
    with pytest.raises(
        WorkbookError,
        match=rf"^d\.xlsx, sheet 'Feuil1', row {number}: a second header \(.*Nom.*\), .*header in row 1\. "
        r"Give the second table a sheet of its own\.$",
    ):
        read_sheets(str(path))


def test_a_smaller_table_above_is_refused_too(tmp_path: Path) -> None:
    small: list[Row] = [("Nom", "Email"), ("Ali", "ali@x.fr"), ()]
    path = workbook(tmp_path / "d.xlsx", *small, HEADER, ZOE, header=None)
    with pytest.raises(WorkbookError, match=r"row 1: a second header \(Nom, Email\), .* header in row 4"):
        read_sheets(str(path))


def test_a_header_that_repeats_itself_is_no_user_and_is_counted(tmp_path: Path) -> None:
    shouted = tuple(text.upper() for text in HEADER)
    (sheet,) = read_sheets(str(workbook(tmp_path / "d.xlsx", ZOE, HEADER, ALI, shouted)))
    assert (list(sheet.row_numbers), sheet.repeated_headers) == ([2, 4], 2)
    assert list(sheet.cells["email"]) == ["zoe@x.fr", "ali@x.fr"]


def test_emails_above_the_header_are_counted(tmp_path: Path) -> None:
    titles: list[Row] = [("Export", "rh@x.fr"), ("écrire à rh@x.fr",)]
    (sheet,) = read_sheets(str(workbook(tmp_path / "d.xlsx", *titles, HEADER, ZOE, header=None)))
    assert (sheet.emails_above, len(sheet.cells)) == (1, 1)


@pytest.mark.parametrize("cells", [("Nom", "", ""), ("Zoé", "Sexe", ""), ("Email", "Email", "Email")])
def test_a_row_with_one_cell_that_reads_like_a_header_is_a_user(tmp_path: Path, cells: Row) -> None:
    path = workbook(tmp_path / "d.xlsx", ("Zoé", 31, "zoe@x.fr"), cells, header=("Nom", "Âge", "Email"))
    (sheet,) = read_sheets(str(path))
    assert list(sheet.row_numbers) == [2, 3]
