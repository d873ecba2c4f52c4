"""Numbers that their format shows as more than digits, such as a phone: `06 12 34 56 78`."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import IO

from etl.workbook.cell_names import column_name, column_number
from etl.workbook.number_format import shown
from etl.workbook.reader import Shown
from etl.workbook.styles import Styles
from etl.workbook.xml_pieces import pieces

Number = tuple[int, int, int, str | float]
"""Row and column of a cell, from 1, its style, and the number that it holds."""


def shown_numbers(numbers: Iterable[Number], styles: Styles, columns: Collection[int]) -> Iterator[Shown]:
    """What such numbers look like in these columns of a sheet; rows and columns from 1."""
    for row, column, style, value in numbers:
        code = styles.telling.get(style) if column in columns else None
        text = shown(code, value) if code else None
        if text is not None:
            yield (row, column), text


def xml_numbers(stream: IO[bytes], styles: Collection[int], columns: Collection[int]) -> Iterator[Number]:
    """The numbers in these columns of a sheet of an .xlsx, in the usual form, that have these styles."""
    letters = "|".join(column_name(column) for column in columns)
    named = rf'(?=[^>]*\bs="({"|".join(map(str, styles))})")'
    # A cell that names no style has the first one.
    unnamed = r'|(?![^>]*\bs=")' if 0 in styles else ""
    cells = re.compile(
        rf'<c r="({letters})([0-9]+)"(?:{named}{unnamed})(?![^>]*\bt="[^n])[^>]*>'
        r"(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>([^<]+)<".encode()
    )
    for piece in pieces(stream):
        for column, row, style, value in cells.findall(piece):
            yield int(row), column_number(column.decode()), int(style or 0), value.decode()
