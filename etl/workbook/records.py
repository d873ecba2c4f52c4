"""The records of an .xlsb: of what a part of it consists, and the cells of a sheet ("[MS-XLSB]", 2.1.4)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from struct import Struct

from etl.workbook.counts import Counts

_U32 = Struct("<I")
_CELL = Struct("<II")
_SHORT_NUMBER = Struct("<i")
_NUMBER = Struct("<d")

ROW, END, BUNDLE_SHEET = 0, 146, 156
SHORT_NUMBER, ERROR, NUMBER, TEXT, FORMULA_NUMBER, FORMULA_ERROR, RICH_TEXT = 2, 3, 5, 6, 9, 11, 62
# Numbers, truth values, texts, and formulas that give them.
VALUES = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 10, FORMULA_ERROR, RICH_TEXT})
SHORT = frozenset(range(12, 19))
"""Cells that leave their column out: Excel writes none, and the reader passes over them."""

ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
"""What a person sees for each code of an error."""


def records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Each record's type, and where its data start and end."""
    place, end = 0, len(content)
    while place < end:
        kind = content[place]
        place += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (content[place] & 0x7F) << 7
            place += 1
        size = 0
        for shift in (0, 7, 14, 21):
            byte = content[place]
            place += 1
            size |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        yield kind, place, place + size
        place += size


def wide_text(content: bytes, place: int) -> tuple[str, int]:
    """A text with its length before it, and where it ends; empty when it is null."""
    (length,) = _U32.unpack_from(content, place)
    if length == 0xFFFFFFFF:
        return "", place + 4
    end = place + 4 + 2 * length
    return content[place + 4 : end].decode("utf-16-le"), end


@dataclass
class SheetRecords:
    """The cells of one sheet. passed_over: those that the reader reads wrong. short: in a short form."""

    counts: Counts = field(default_factory=Counts)
    passed_over: int = 0
    short: int = 0


def scan_records(content: bytes, times: Collection[int] = ()) -> SheetRecords:
    """Count the filled cells of a sheet's part. times: the styles of dates and times."""
    sheet = SheetRecords()
    sheet.counts = Counts.of(_filled(content, sheet, times))
    return sheet


def _filled(content: bytes, sheet: SheetRecords, times: Collection[int]) -> Iterator[tuple[int, int]]:
    row = 0
    for kind, start, _ in records(content):
        if kind in VALUES:
            sheet.passed_over += (
                kind in (FORMULA_ERROR, RICH_TEXT)
                or (kind == ERROR and content[start + 8] not in ERRORS)
                or (kind == SHORT_NUMBER and _is_whole(content, start) and _style(content, start) in times)
            )
            yield row, _U32.unpack_from(content, start)[0] + 1
        elif kind == ROW:
            row = _U32.unpack_from(content, start)[0] + 1
        elif kind == END:
            return
        elif kind in SHORT:
            sheet.short += 1


def _style(content: bytes, start: int) -> int:
    style: int = _CELL.unpack_from(content, start)[1]
    return style & 0xFFFFFF


def _is_whole(content: bytes, start: int) -> bool:
    """Whether a number in the short form is one of those that the reader never takes for a date."""
    return content[start + 8] & 3 == 2


def short_number(content: bytes, place: int) -> float:
    """A number of four bytes, as .xls and .xlsb have it ("[MS-XLS]", 2.5.217)."""
    (bits,) = _SHORT_NUMBER.unpack_from(content, place)
    number: float = bits >> 2 if bits & 2 else _NUMBER.unpack(bytes(4) + _U32.pack(bits & 0xFFFFFFFC))[0]
    return number / 100 if bits & 1 else number


def numbers(content: bytes) -> Iterator[tuple[int, int, int, float]]:
    """The numbers of a sheet: row and column, from 1, the style of the cell, and the value."""
    row = 0
    for kind, start, _ in records(content):
        if kind == ROW:
            row = _U32.unpack_from(content, start)[0] + 1
        elif kind in (SHORT_NUMBER, NUMBER, FORMULA_NUMBER):
            short = kind == SHORT_NUMBER
            value = short_number(content, start + 8) if short else _NUMBER.unpack_from(content, start + 8)[0]
            yield row, _U32.unpack_from(content, start)[0] + 1, _style(content, start), value
        elif kind == END:
            return


def without_passed_over(content: bytes) -> bytes:
    """The same part with cells that the reader knows in place of those that it reads wrong."""
    out = bytearray()
    last = 0
    for kind, start, end in records(content):
        if kind == RICH_TEXT:
            text, _ = wide_text(content, start + 9)
            out += _text_cell(content[start : start + 8], text)
        elif kind in (FORMULA_ERROR, ERROR):
            code = content[start + 8]
            known = bytes([ERROR, 9]) + content[start : start + 9]
            out += known if code in ERRORS else _text_cell(content[start : start + 8], "#ERROR!")
        elif kind == SHORT_NUMBER and _is_whole(content, start):
            value = _NUMBER.pack(short_number(content, start + 8))
            out += bytes([NUMBER, 16]) + content[start : start + 8] + value
        else:
            out += content[last:end]
        last = end
    return bytes(out)


def without_sheets(content: bytes, names: Collection[str]) -> bytes:
    """The list of sheets without those of these names."""
    out = bytearray()
    last = 0
    for kind, start, end in records(content):
        if kind != BUNDLE_SHEET or wide_text(content, wide_text(content, start + 8)[1])[0] not in names:
            out += content[last:end]
        last = end
    return bytes(out)


def _text_cell(place: bytes, text: str) -> bytes:
    data = place + _U32.pack(len(text)) + text.encode("utf-16-le")
    return bytes([TEXT]) + _size(len(data)) + data


def _size(size: int) -> bytes:
    out = bytearray()
    while size >= 0x80:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*out, size])
