"""Rows of text as the XML of a sheet: openpyxl takes ten times as long for each cell."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

END = b"</sheetData>"
FORMULA_STARTS = ("=", "+", "-", "@")
# A carriage return as it stands is read as a line feed (XML 1.0, 2.11).
_ESCAPES = {"\r": "&#13;"}


def rows_xml(rows: Iterable[Sequence[str | None]], *, first_row: int, style_of_text: int) -> Iterator[bytes]:
    """Each row as an element of the sheet's data. rows: texts that fit into cells; None: no cell.

    first_row: its number in the sheet. style_of_text: of a text that a spreadsheet would take for a formula.
    """
    letters: list[str] = []
    for number, row in enumerate(rows, start=first_row):
        letters += [get_column_letter(place + 1) for place in range(len(letters), len(row))]
        cells = [
            f'<c r="{letter}{number}"{_style(text, style_of_text)} t="inlineStr"><is>'
            f'<t xml:space="preserve">{escape(text, _ESCAPES)}</t></is></c>'
            for letter, text in zip(letters, row, strict=False)
            if text is not None
        ]
        yield f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _style(text: str, style_of_text: int) -> str:
    return f' s="{style_of_text}"' if text.startswith(FORMULA_STARTS) else ""


def save_with_rows(workbook: Workbook, path: Path, bodies: Sequence[Iterable[bytes]]) -> None:
    """Save a workbook, with rows behind those that its sheets have; bodies: those of each sheet, in order."""
    plain = io.BytesIO()
    workbook.save(plain)
    of_sheet = {f"xl/worksheets/sheet{number}.xml": rows for number, rows in enumerate(bodies, start=1)}
    with zipfile.ZipFile(plain) as read, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for entry in read.infolist():
            content = read.read(entry)
            rows = of_sheet.get(entry.filename)
            if rows is None:
                written.writestr(entry.filename, content)
                continue
            before, _, after = content.partition(END)
            with written.open(entry.filename, "w", force_zip64=True) as sheet:
                sheet.write(before)
                sheet.writelines(rows)
                sheet.write(END + after)
