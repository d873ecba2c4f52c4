"""Which row of a sheet is its header, and which field each of its columns fills."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from etl.contract import COLUMNS, EXTRACTED_AT_HEADER, REASONS_HEADER, REQUIRED_FIELDS
from etl.errors import WorkbookError
from etl.rows import spelling
from etl.visible import is_visible

if TYPE_CHECKING:
    import pyarrow as pa

SEARCHED_ROWS = 50
"""Rows, from the top of a sheet, among which its header is looked for."""
SEARCHED_FURTHER = 1_000
"""Rows among which it is looked for when there is none among these."""

_FIELD_OF_KEY = {
    spelling.key(name): column.field for column in COLUMNS for name in (column.header, *column.aliases)
}
LONGEST = 200
"""Characters of a header text that are kept: it becomes the name of a column, in files, tables and mails."""

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
    def labels(self) -> tuple[str | None, ...]:
        """The texts as names of columns: without spaces around them, cut; None where nothing can be seen."""
        return tuple(text.strip()[:LONGEST] if text and is_visible(text) else None for text in self.texts)

    @property
    def spellings(self) -> dict[str, str]:
        """Per field that it names, its label; the contract's header where that was cut beyond recognition."""
        return {
            field: label if field_of(label) == field else HEADER_OF_FIELD[field]
            for field, label in zip(self.fields, self.labels, strict=True)
            if field and label
        }

    @property
    def is_table(self) -> bool:
        """Whether the row looks like the header of a table of users, complete or not."""
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
        if any(is_visible(cell) for cell in cells)
    ]
    return max(headers, key=lambda header: len(header.found), default=None)


def locate_in(cells: "pa.RecordBatch") -> Header | None:
    """The header of a sheet: among its first rows, or further down when none of these is one.

    cells: columns of text, row 1 first.
    """
    found = locate(_rows(cells, SEARCHED_ROWS))
    if found and found.is_table:
        return found
    further = locate(_rows(cells, SEARCHED_FURTHER))
    return further if further and further.is_table else found


def _rows(cells: "pa.RecordBatch", count: int) -> list[tuple[str | None, ...]]:
    columns = [column.to_pylist() for column in cells.slice(0, count).columns]
    return list(zip(*columns, strict=True))


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
    own = [label for label in header.labels if label in OWN_HEADERS]
    if len(own) > len(set(own)):
        raise WorkbookError(
            f"{where}: the column '{max(own, key=own.count)}' is there twice. Keep one of them."
        )


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


def column_names(header: Header) -> list[str]:
    """One name per column of the sheet, no two alike: the field, `own:<text>` for ours, else `source:<text>`.

    A column without a header is named by its place: `source:column 3`.
    """
    names = without_repeats(header.labels)
    return [
        field or (f"own:{label}" if label in OWN_HEADERS else f"source:{name}")
        for field, label, name in zip(header.fields, header.labels, names, strict=True)
    ]


def without_repeats(labels: Sequence[str | None], *, taken: Iterable[str] = ()) -> list[str]:
    """The labels, no two alike: what is there again gets a number that makes a name nobody else has.

    None becomes `column <place>`, from 1. taken: names that none may have.
    """
    known = {*taken, *filter(None, labels)}
    used = set(taken)
    numbers: Counter[str] = Counter()
    names: list[str] = []
    for place, label in enumerate(labels, start=1):
        wanted = label or f"column {place}"
        name = wanted
        if wanted in used or (label is None and wanted in known):
            name = _numbered(wanted, known, numbers)
        known.add(name)
        used.add(name)
        names.append(name)
    return names


def _numbered(text: str, known: set[str], numbers: Counter[str]) -> str:
    """`text (2)`, or the next number that is free. numbers: how far each text has come."""
    numbers[text] += 1
    while f"{text} ({numbers[text] + 1})" in known:
        numbers[text] += 1
    return f"{text} ({numbers[text] + 1})"
