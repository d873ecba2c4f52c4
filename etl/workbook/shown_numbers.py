"""Numbers that their format shows as more than digits, such as a phone: `06 12 34 56 78`."""

import re
from collections.abc import Collection, Iterable, Iterator

from etl.workbook.cell_names import column_number
from etl.workbook.number_format import shown
from etl.workbook.styles import Styles

Number = tuple[int, int, int, str | float]
"""Row and column of a cell, from 1, its style, and the number that it holds."""


def shown_numbers(
    numbers: Iterable[Number], styles: Styles, columns: Collection[int]
) -> dict[tuple[int, int], str]:
    """What such numbers look like in these columns of a sheet, by row and column."""
    texts = {}
    for row, column, style, value in numbers:
        code = styles.telling.get(style) if column in columns else None
        text = shown(code, value) if code else None
        if text is not None:
            texts[row, column] = text
    return texts


def xml_numbers(content: bytes, styles: Collection[int]) -> Iterator[Number]:
    """The numbers of a sheet of an .xlsx that have these styles; a cell that names none has style 0."""
    named = rb'(?=[^>]*\bs="(' + b"|".join(str(style).encode() for style in styles) + rb')")'
    unnamed = rb'|(?![^>]*\bs=")' if 0 in styles else b""
    cells = re.compile(
        rb'<(?:\w+:)?c\b(?=[^>]*\br="([A-Z]+)([0-9]+)")(?:' + named + unnamed + rb')(?![^>]*\bt="[^n])[^>]*>'
        rb"(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?<(?:\w+:)?v>([^<]+)<"
    )
    for letters, row, style, value in cells.findall(content):
        yield int(row), column_number(letters.decode()), int(style or 0), value.decode()
