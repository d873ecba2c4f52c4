"""The records of an .xls: its sheets, and how far their cells reach ("[MS-XLS]", 2.1.4)."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

import olefile

from etl.workbook.counts import Counts
from etl.workbook.grid import Visibility
from etl.workbook.number_format import misleads
from etl.workbook.package import OLD_STATES
from etl.workbook.records import short_number
from etl.workbook.styles import Styles

_HEAD = Struct("<HH")
_CELL = Struct("<HH")
_SHEET = Struct("<IBB")
_STYLED = Struct("<HHH")
_NUMBER = Struct("<d")
_SHORT = Struct("<H")

PASSWORD, SHEET, BEGINNINGS, END = 0x2F, 0x85, (0x809, 0x409, 0x209, 0x009), 0x0A
# Formulas, numbers, texts and errors, of several versions; a blank cell has only a format.
VALUES = frozenset({0x06, 0x203, 0x27E, 0xFD, 0x204, 0xD6, 0x205, 0x206, 0x406, 0x03, 0x04, 0x02, 0x05})
SEVERAL = 0xBD
"""A record of several numbers of one row."""


CHART_VALUES = frozenset({0x203, 0x204, 0x205})
"""What a chart within a sheet keeps of its source, which the reader takes for cells of the sheet."""
NOTHING = 0x0000
"""A type that no record of this version has."""
FORMAT, STYLE, NUMBER, SHORT_NUMBER, FORMULA = 0x41E, 0xE0, 0x203, 0x27E, 0x06
OLDER_FORMULAS = (0x206, 0x406)
"""Types that formulas had in earlier versions; what stands first in them is the same."""
NEWEST = 0x0600
"""The version whose texts are Unicode."""
NO_NUMBER = 0xFFFF
"""Behind the result of a formula that gives something else."""


@dataclass(frozen=True)
class OldSheet:
    """One sheet. kind: 0 for a worksheet. place: where its records begin."""

    name: str
    visible: Visibility
    kind: int
    place: int
    counts: Counts


@dataclass(frozen=True)
class OldWorkbook:
    """An .xls. records: of its globals and of all sheets, one behind the other."""

    sheets: list[OldSheet]
    styles: Styles
    records: bytes


class ProtectedError(ValueError):
    """The workbook has a password."""


def read_old_workbook(content: bytes) -> OldWorkbook | None:
    """The sheets of an .xls with their counts; None when the compound file is no workbook.

    Raises:
        ProtectedError: it has a password.
        OSError and others: it is no compound file, or a broken one.
    """
    compound = olefile.OleFileIO(io.BytesIO(content))
    if compound.exists("EncryptedPackage"):
        raise ProtectedError
    stream = _stream(compound)
    if stream is None:
        return None
    content = compound.openstream(stream).read()
    sheets: list[OldSheet] = []
    formats: dict[int, str] = {}
    used: dict[int, int] = {}
    for kind, start, end in _records(content, 0):
        if kind == PASSWORD:
            raise ProtectedError
        if kind == SHEET:
            sheets.append(_sheet(content, start, end))
        elif kind == FORMAT:
            number, code, _ = _format(content, start, end)
            formats[number] = code
        elif kind == STYLE:
            used[len(used)] = _CELL.unpack_from(content, start)[1]
    return OldWorkbook(sheets, Styles(formats, used), content)


def _sheet(content: bytes, start: int, end: int) -> OldSheet:
    place, hidden, kind = _SHEET.unpack_from(content, start)
    counts = Counts.of(_filled(content, place) if kind == 0 else ())
    name = _name(content[start + 6 : end])
    return OldSheet(name, OLD_STATES.get(hidden & 3, "visible"), kind, place, counts)


def _format(content: bytes | bytearray, start: int, end: int) -> tuple[int, str, int]:
    """The number of a format, its code, and where that begins."""
    (number,) = _SHORT.unpack_from(content, start)
    if _SHORT.unpack_from(content, _HEAD.size)[0] < NEWEST:
        return number, content[start + 3 : end].decode("cp1252", "replace"), start + 3
    wide = content[start + 4] & 1
    return number, content[start + 5 : end].decode("utf-16-le" if wide else "latin-1", "replace"), start + 5


def old_numbers(content: bytes, place: int) -> Iterator[tuple[int, int, int, float]]:
    """The numbers of a sheet: row and column, from 1, the style of the cell, and the value."""
    for kind, start, end in _records(content, place):
        if kind in (NUMBER, SHORT_NUMBER, FORMULA, *OLDER_FORMULAS):
            row, column, style = _STYLED.unpack_from(content, start)
            if kind == SHORT_NUMBER:
                yield row + 1, column + 1, style, short_number(content, start + 6)
            elif kind == NUMBER or _CELL.unpack_from(content, start + 10)[1] != NO_NUMBER:
                yield row + 1, column + 1, style, _NUMBER.unpack_from(content, start + 6)[0]
        elif kind == SEVERAL:
            row, first = _CELL.unpack_from(content, start)
            for offset in range((end - start - 6) // 6):
                at = start + 4 + 6 * offset
                style = _SHORT.unpack_from(content, at)[0]
                yield row + 1, first + offset + 1, style, short_number(content, at + 2)


def mended_old(content: bytes) -> bytes:
    """The same .xls without the values that its charts keep, and what the reader mistakes in its words."""
    file = io.BytesIO(content)
    compound = olefile.OleFileIO(file, write_mode=True)
    stream = _stream(compound)
    if stream is None:
        return content
    records = bytearray(compound.openstream(stream).read())
    place = depth = 0
    while place + 4 <= len(records):
        kind, size = _HEAD.unpack_from(records, place)
        depth += (kind in BEGINNINGS) - (kind == END)
        if depth > 1 and kind in CHART_VALUES:
            _HEAD.pack_into(records, place, NOTHING, size)
        elif depth == 1 and kind in OLDER_FORMULAS:
            _HEAD.pack_into(records, place, FORMULA, size)
        elif depth == 1 and kind == FORMAT:
            _mend_format(records, place + 4, place + 4 + size)
        place += 4 + size
    compound.write_stream(stream, bytes(records))
    compound.close()
    return file.getvalue()


def _mend_format(records: bytearray, start: int, end: int) -> None:
    _, code, place = _format(records, start, end)
    if misleads(code):
        digits = "0" * len(code)
        wide = end - place > len(code)
        records[place:end] = digits.encode("utf-16-le" if wide else "latin-1")


def _stream(compound: olefile.OleFileIO) -> str | None:
    return next((name for name in ("Workbook", "Book") if compound.exists(name)), None)


def _name(data: bytes) -> str:
    """The name of a sheet: its length, then how it is written, then the text."""
    if len(data) == data[0] + 1:
        return data[1:].decode("cp1252", "replace")
    return data[2:].decode("utf-16-le" if data[1] & 1 else "latin-1", "replace")


def _records(content: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Each record from a place on, to the end of its part, with where its data start and end.

    Charts within it have cells of their own, which are not its own.
    """
    depth = 0
    while place + 4 <= len(content):
        kind, size = _HEAD.unpack_from(content, place)
        depth += kind in BEGINNINGS
        depth -= kind == END
        if depth <= 1:
            yield kind, place + 4, place + 4 + size
        place += 4 + size
        if depth <= 0:
            return


def _filled(content: bytes, place: int) -> Iterator[tuple[int, int]]:
    for kind, start, end in _records(content, place):
        if kind in VALUES and end - start >= 6:
            row, column = _CELL.unpack_from(content, start)
            yield row + 1, column + 1
        elif kind == SEVERAL:
            row, first = _CELL.unpack_from(content, start)
            for column in range(first, first + (end - start - 6) // 6):
                yield row + 1, column + 1
