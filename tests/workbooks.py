"""Awkward workbooks, built as files: what people really drop into the folder.

Each builder writes one file below `folder` and returns its path.
"""

import io
import unicodedata
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import msoffcrypto.format.ooxml
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from etl.contract import COLUMNS
from tests.workbook_xml import CONTENT_TYPES, edit, write_ods

Cell = str | int | float | date | datetime | bool | None
Row = Sequence[Cell]

HEADER: tuple[str, ...] = tuple(column.header for column in COLUMNS)

# What stands here are the columns that the tests know; a column that they do not know is empty.
FIELDS = (
    "full_name", "age", "gender", "email", "phone", "preferred_language", "learning_mode", "interests",
    "highest_academic_level", "total_experience_years", "predicted_level",
)  # fmt: skip


def _in_order(*cells: Cell) -> Row:
    known = dict(zip(FIELDS, cells, strict=True))
    return tuple(known.get(column.field) for column in COLUMNS)


ZOE: Row = _in_order(
    "Zoé Martin", 31, "femme", "zoe@x.fr", "06 11 22 33 44", "français", "vidéo", "Python, Linux",
    "master", 5, "avancé",
)  # fmt: skip
ALI: Row = _in_order(
    "Ali Haddad", 44, "homme", "ali@x.fr", "06 55 66 77 88", "arabe", "texte", "Java",
    "licence", 20, "débutant",
)  # fmt: skip

MAX_CELL = 32_767  # characters that Excel lets into a cell


def row(**cells: Cell) -> Row:
    """Zoé's row with some cells replaced, named by their field: `row(email="", age="vingt")`."""
    fields = [column.field for column in COLUMNS]
    unknown = cells.keys() - set(fields)
    if unknown:
        raise KeyError(f"no such field: {', '.join(sorted(unknown))}")
    return tuple(cells.get(field, cell) for field, cell in zip(fields, ZOE, strict=True))


def workbook(path: Path, *rows: Row, header: Row | None = HEADER, sheet: str = "Feuil1") -> Path:
    """One sheet with a header (none when it is None) and these literal rows."""
    book = Workbook()
    _fill(_only_sheet(book, sheet), [*([header] if header is not None else []), *rows])
    book.save(path)
    return path


def title_rows_above(folder: Path) -> Path:
    """Two title rows and an empty one stand above the header; the data starts in row 5."""
    return workbook(
        folder / "title_rows.xlsx",
        ("Utilisateurs InLearning",),
        ("Export du", date(2026, 1, 31)),
        (),
        HEADER,
        ZOE,
        ALI,
        header=None,
    )


def empty_rows_between(folder: Path) -> Path:
    """Empty rows, and rows of spaces only, between Zoé (row 3) and Ali (row 6)."""
    blank: Row = ("   ", None, "", " ")
    return workbook(folder / "empty_rows.xlsx", (), ZOE, (), blank, ALI, (), blank)


def cover_sheet_first(folder: Path) -> Path:
    """A cover sheet stands before the sheet with the data."""
    book = Workbook()
    _fill(_only_sheet(book, "Couverture"), [("InLearning",), ("Rapport mensuel",), ("Auteur", "Service RH")])
    _fill(book.create_sheet("Données"), [HEADER, ZOE, ALI])
    return _save(book, folder / "cover_sheet.xlsx")


def two_data_sheets(folder: Path) -> Path:
    """Two sheets could both be the data: each has the header."""
    book = Workbook()
    _fill(_only_sheet(book, "Janvier"), [HEADER, ZOE])
    _fill(book.create_sheet("Février"), [HEADER, ALI])
    return _save(book, folder / "two_sheets.xlsx")


def decomposed_header(folder: Path) -> Path:
    """Header with decomposed accents (NFD), as macOS writes them."""
    header = [unicodedata.normalize("NFD", name) for name in HEADER]
    return workbook(folder / "decomposed.xlsx", ZOE, header=header)


def untidy_header(folder: Path) -> Path:
    """Other case, no accents, spaces, line breaks and the older spellings of the columns."""
    header = _in_order(
        "  nom ", "AGE", "sexe", "E-MAIL", "telephone", "Langue\npréférée", "mode d’apprentissage",
        "centres  d'interet", "niveau_academique", "Experience (annees)", "Niveau predits",
    )  # fmt: skip
    return workbook(folder / "untidy_header.xlsx", ZOE, header=header)


def same_column_twice(folder: Path) -> Path:
    """`Email` stands in column D and, in another spelling, in column L."""
    return workbook(folder / "twice.xlsx", (*ZOE, "other@x.fr"), header=(*HEADER, " e-mail "))


def missing_required_column(folder: Path) -> Path:
    """`Email` is called `Courriel`, which no rule knows."""
    header = tuple("Courriel" if name == "Email" else name for name in HEADER)
    return workbook(folder / "courriel.xlsx", ZOE, header=header)


def header_without_rows(folder: Path) -> Path:
    """A header and not one row."""
    return workbook(folder / "no_rows.xlsx")


def completely_empty(folder: Path) -> Path:
    """One sheet without any cell."""
    return workbook(folder / "empty.xlsx", header=None)


def zero_bytes(folder: Path) -> Path:
    """A file of no bytes at all."""
    return _write(folder / "zero.xlsx", b"")


def offset_table(folder: Path) -> Path:
    """The header stands in C5, Zoé in C6; the cells before are empty."""
    indented = [(None, None, *cells) for cells in (HEADER, ZOE, ALI)]
    return workbook(folder / "offset.xlsx", (), (), (), (), *indented, header=None)


def password_protected(folder: Path, password: str = "secret") -> Path:
    """Encrypted as Excel does it: no zip any more, but an OLE2 container."""
    plain, encrypted = io.BytesIO(_bytes(ZOE)), io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt(password, encrypted)
    return _write(folder / "password.xlsx", encrypted.getvalue())


def truncated(folder: Path) -> Path:
    """The first half of a workbook: the upload broke off."""
    whole = _bytes(ZOE, ALI)
    return _write(folder / "truncated.xlsx", whole[: len(whole) // 2])


def csv_renamed(folder: Path) -> Path:
    """A .csv whose name ends in .xlsx."""
    lines = [";".join(map(str, cells)) for cells in (HEADER, ZOE)]
    return _write(folder / "csv.xlsx", "\n".join(lines).encode())


def zip_without_workbook(folder: Path) -> Path:
    """A zip that holds no workbook, renamed .xlsx."""
    path = folder / "zip.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "no workbook")
    return path


def with_macros(folder: Path) -> Path:
    """A workbook of the content type that .xlsm files have."""
    plain = "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return edit(
        workbook(folder / "macros.xlsm", ZOE),
        lambda xml: xml.replace(plain, "vnd.ms-excel.sheet.macroEnabled.main+xml"),
        part=CONTENT_TYPES,
    )


def open_document(folder: Path) -> Path:
    """The smallest .ods (OpenDocument) with a header and two rows."""
    return write_ods(folder / "users.ods", [HEADER, ZOE, ALI])


def _only_sheet(book: Workbook, title: str) -> Worksheet:
    sheet: Worksheet = book.worksheets[0]
    sheet.title = title
    return sheet


def _fill(sheet: Worksheet, rows: Sequence[Row]) -> None:
    for cells in rows:
        sheet.append(list(cells))


def _save(book: Workbook, path: Path) -> Path:
    book.save(path)
    return path


def _bytes(*rows: Row) -> bytes:
    """A plain workbook as bytes."""
    book, buffer = Workbook(), io.BytesIO()
    _fill(_only_sheet(book, "Feuil1"), [HEADER, *rows])
    book.save(buffer)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
