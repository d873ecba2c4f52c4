"""Names of cells: `A1` and its row and column, from 1."""

import re

_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def column_name(column: int) -> str:
    """The letters of a column: 1 → `A`, 28 → `AB`."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of a column: `AB` → 28."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(row: int, column: int) -> str:
    """The name of a cell: row 2, column 28 → `AB2`."""
    return f"{column_name(column)}{row}"


def parse(name: str) -> tuple[int, int] | None:
    """Row and column of a cell's name; None when it is none."""
    found = _CELL.fullmatch(name.upper())
    return (int(found[2]), column_number(found[1])) if found else None
