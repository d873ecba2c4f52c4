"""Which row of a sheet is its header, and which field each of its columns fills."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from etl.contract import COLUMNS, EXTRACTED_AT_HEADER, FIELDS, REASONS_HEADER, REQUIRED_FIELDS
from etl.errors import WorkbookError
from etl.rows import spelling

SEARCHED_ROWS = 50
"""Rows, from the top of a sheet, among which its header is looked for."""

_FIELD_OF_KEY = {
    spelling.key(name): column.field for column in COLUMNS for name in (column.header, *column.aliases)
}
HEADER_OF_FIELD = {column.field: column.header for column in COLUMNS}
OWN_HEADERS = frozenset({REASONS_HEADER, EXTRACTED_AT_HEADER})

_EMAIL = re.compile(r"\S@\S")


@dataclass(frozen=True)
class Header:
    """The header of one sheet.

    row: its position among the sheet's rows, from 0.
    texts: one text per column of the sheet, as typed, but a space for a control character; None where
        the cell is empty.
    fields: one entry per column: the field it fills, or None.
    """

    row: int
    texts: tuple[str | None, ...]
    fields: tuple[str | None, ...]

    @property
    def found(self) -> frozenset[str]:
        """The fields that this header names."""
        return frozenset(field for field in self.fields if field)

    @property
    def missing(self) -> tuple[str, ...]:
        """Headers of the required columns that are not there."""
        return tuple(HEADER_OF_FIELD[field] for field in REQUIRED_FIELDS if field not in self.found)

    @property
    def is_table(self) -> bool:
        """Whether the row is the header of a table of users rather than a text that looks like one."""
        return len(self.found) >= 2 or not self.missing


def field_of(text: str | None) -> str | None:
    """The field that a header text names, whatever its case, accents and spaces; None if unknown."""
    return _FIELD_OF_KEY.get(spelling.key(text)) if text else None


def locate(rows: Iterable[Sequence[str | None]]) -> Header | None:
    """The row that names the most columns of the contract; the first of equals.

    rows: the first `SEARCHED_ROWS` rows of a sheet, one text or None per cell.
    Returns None when every row is empty; a header that names no field when nothing was recognised.
    """
    headers = [
        Header(
            row=position,
            texts=tuple(cell and spelling.NOT_IN_XML.sub(" ", cell) for cell in cells),
            fields=tuple(field_of(cell) for cell in cells),
        )
        for position, cells in enumerate(rows)
        if any(cell and cell.strip() for cell in cells)
    ]
    return max(headers, key=lambda header: len(header.found), default=None)


def check(header: Header, *, workbook: str, sheet: str) -> None:
    """Refuse a header that lacks a required column or names a column twice.

    Raises:
        WorkbookError: names workbook, sheet, what is missing and what was found instead.
    """
    where = f"{workbook}, sheet '{sheet}', row {header.row + 1}"
    if header.missing:
        wanted = " and no column ".join(f"'{name}'" for name in header.missing)
        raise WorkbookError(f"{where}: no column {wanted} {_instead(header)}")
    twice = [field for field, count in Counter(filter(None, header.fields)).items() if count > 1]
    if twice:
        raise WorkbookError(f"{where}: {_named_twice(header, twice[0])}. Keep one of them.")


def _instead(header: Header) -> str:
    """What was found in place of a required column, and what to do; never the cells of a user."""
    texts = [text for text in header.texts if text and text.strip()]
    if header.found and not any(_EMAIL.search(text) for text in texts):
        return f"(found: {shown(header)}). Rename or add it."
    return (
        f"(filled cells: {len(texts)}; not shown, since they may be a user's). "
        "Name the columns in a row above the users."
    )


def shown(header: Header, *, limit: int = 15) -> str:
    """The texts of a header for a message, on one line: at most `limit` of them, of 40 characters each."""
    texts = [_one_line(text) for text in header.texts if text and text.strip()]
    return ", ".join(texts[:limit]) + (f", … {len(texts) - limit} more" if len(texts) > limit else "")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:40]


def _named_twice(header: Header, field: str) -> str:
    places = [
        f"'{_one_line(text or '')}' (column {position + 1} of its table)"
        for position, (text, found) in enumerate(zip(header.texts, header.fields, strict=True))
        if found == field
    ]
    return f"the column '{HEADER_OF_FIELD[field]}' is there {len(places)} times: {', '.join(places)}"


def column_names(header: Header) -> list[str | None]:
    """One name per column of the sheet: the field, `own:<text>` for ours, `source:<text>` for any other.

    None where the header cell is empty. The same unknown text twice gets a number.
    """
    names: list[str | None] = []
    seen: Counter[str] = Counter()
    for text, field in zip(header.texts, header.fields, strict=True):
        label = (text or "").strip()
        seen[label] += 1
        number = f" ({seen[label]})" if seen[label] > 1 else ""
        if field in FIELDS:
            names.append(field)
        elif label in OWN_HEADERS:
            names.append(f"own:{label}")
        else:
            names.append(f"source:{label}{number}" if label else None)
    return names
