"""The records of an .xls: its sheets, and how far their cells reach ("[MS-XLS]", 2.1.4)."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

import olefile

from etl.workbook.counts import Counts
from etl.workbook.grid import Visibility
from etl.workbook.package import OLD_STATES

_HEAD = Struct("<HH")
_CELL = Struct("<HH")
_SHEET = Struct("<IBB")

PASSWORD, SHEET, BEGINNINGS, END = 0x2F, 0x85, (0x809, 0x409, 0x209, 0x009), 0x0A
# Formulas, numbers, texts and errors, of several versions; a blank cell has only a format.
VALUES = frozenset({0x06, 0x203, 0x27E, 0xFD, 0x204, 0xD6, 0x205, 0x206, 0x406, 0x03, 0x04, 0x02, 0x05})
SEVERAL = 0xBD
"""A record of several numbers of one row."""


CHART_VALUES = frozenset({0x203, 0x204, 0x205})
"""What a chart within a sheet keeps of its source, which the reader takes for cells of the sheet."""
NOTHING = 0x0000
"""A type that no record of this version has."""


@dataclass(frozen=True)
class OldSheet:
    """One sheet. kind: 0 for a worksheet."""

    name: str
    visible: Visibility
    kind: int
    counts: Counts


class ProtectedError(ValueError):
    """The workbook has a password."""


def read_old_sheets(content: bytes) -> list[OldSheet] | None:
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
    listed = []
    for kind, start, end in _records(content, 0):
        if kind == PASSWORD:
            raise ProtectedError
        if kind == SHEET:
            place, hidden, sheet_kind = _SHEET.unpack_from(content, start)
            listed.append(
                (_name(content[start + 6 : end]), OLD_STATES.get(hidden & 3, "visible"), sheet_kind, place)
            )
    return [
        OldSheet(name, visible, kind, Counts.of(_filled(content, place) if kind == 0 else ()))
        for name, visible, kind, place in listed
    ]


def without_charts(content: bytes) -> bytes:
    """The same .xls without the values that its charts keep."""
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
        place += 4 + size
    compound.write_stream(stream, bytes(records))
    compound.close()
    return file.getvalue()


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
