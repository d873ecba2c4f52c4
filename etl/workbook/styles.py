"""The number formats of a workbook: what the style that a cell names does to its numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from struct import Struct
from xml.etree import ElementTree as ET

from etl.workbook.number_format import is_time, misleads, shown
from etl.workbook.package import local, parse_xml
from etl.workbook.records import records, wide_text

BUILTIN_TIMES = {
    14: "m/d/yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
}  # fmt: skip
"""Formats that workbooks name by number alone; the others only group and round a whole number."""

FORMAT, STYLE, BEGIN_STYLES, END_STYLES = 44, 47, 617, 618
_NUMBER = Struct("<H")
_PROBE = 123_456_789


@dataclass(frozen=True)
class Styles:
    """What cells may name.

    formats: codes by number of the format. used: number of the format by number of the style.
    """

    formats: Mapping[int, str]
    used: Mapping[int, int]

    def code(self, style: int) -> str:
        """The format of a style; `General` where nothing is known of it."""
        number = self.used.get(style, 0)
        return self.formats.get(number) or BUILTIN_TIMES.get(number, "General")

    @cached_property
    def misleading(self) -> frozenset[int]:
        """The styles that show numbers and that the reader takes for dates."""
        return frozenset(style for style in self.used if misleads(self.code(style)))

    @cached_property
    def telling(self) -> dict[int, str]:
        """The formats, by style, that show a number as more than its digits: `06 12 34 56 78`."""
        codes = {style: self.code(style) for style in self.used}
        return {style: code for style, code in codes.items() if shown(code, _PROBE)}

    @cached_property
    def times(self) -> frozenset[int]:
        """The styles that show a number as a date or time."""
        return frozenset(style for style in self.used if is_time(self.code(style)))


UNKNOWN = Styles({}, {})


def xml_styles(content: bytes) -> Styles:
    """Those of an .xlsx; none where its part cannot be read."""
    try:
        styles = parse_xml(content)
    except ET.ParseError:
        return UNKNOWN
    parts = {local(part.tag): part for part in styles}
    formats = {_number(each.get("numFmtId")): each.get("formatCode", "") for each in parts.get("numFmts", ())}
    used = {place: _number(each.get("numFmtId")) for place, each in enumerate(parts.get("cellXfs", ()))}
    return Styles(formats, used)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def binary_styles(content: bytes) -> Styles:
    """Those of an .xlsb."""
    formats: dict[int, str] = {}
    used: dict[int, int] = {}
    within = False
    for kind, start, _ in records(content):
        if kind == FORMAT:
            formats[_NUMBER.unpack_from(content, start)[0]] = wide_text(content, start + 2)[0]
        elif kind == STYLE and within:
            used[len(used)] = _NUMBER.unpack_from(content, start + 2)[0]
        elif kind in (BEGIN_STYLES, END_STYLES):
            within = kind == BEGIN_STYLES
    return Styles(formats, used)


def without_misleading(content: bytes) -> bytes:
    """The part of an .xlsx with formats of numbers in place of those that the reader takes for dates."""

    def replaced(found: re.Match[bytes]) -> bytes:
        code = unescape(found[3].decode(errors="replace"))
        return found[1] + b"0" + found[4] if misleads(code) else found[0]

    return re.sub(rb"""(\bformatCode=(["']))(.*?)(\2)""", replaced, content)


def without_misleading_records(content: bytes) -> bytes:
    """The same of an .xlsb."""
    out = bytearray(content)
    for kind, start, _ in records(content):
        if kind == FORMAT:
            code, end = wide_text(content, start + 2)
            if misleads(code):
                out[start + 6 : end] = ("0" * ((end - start - 6) // 2)).encode("utf-16-le")
    return bytes(out)
