"""An .xlsb written record by record, for what no library writes ("[MS-XLSB]")."""

import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.workbook.records import ERRORS

_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

CODES = {text: code for code, text in ERRORS.items()} | {"#SPILL!": 0x2D}


@dataclass(frozen=True)
class Formula:
    """The result of a formula."""

    result: str | float


@dataclass(frozen=True)
class Formatted:
    """A number with a format. short: written in four bytes, as Excel writes whole numbers."""

    number: float
    code: str
    short: bool = False


Cell = str | float | Formula | Formatted | None
Sheets = dict[str, Sequence[Sequence[Cell]]]


def write_xlsb(path: Path, sheets: Sheets, *, charts: Sequence[str] = ()) -> Path:
    """A workbook of these sheets. charts: names of chart sheets, which stand before the others."""
    codes = ["General"]
    parts = {
        f"worksheets/sheet{number}.bin": _sheet(rows, codes)
        for number, rows in enumerate(sheets.values(), start=1)
    }
    parts |= {
        f"chartsheets/sheet{number}.bin": _record(129) + _record(130) for number in range(1, len(charts) + 1)
    }
    names = [*charts, *sheets]
    targets = [*(part for part in parts if "chart" in part), *(part for part in parts if "work" in part)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _relations({"rId1": "xl/workbook.bin"}, "officeDocument"))
        archive.writestr("xl/workbook.bin", _workbook(names))
        relations = {f"rId{number}": target for number, target in enumerate(targets, start=1)}
        archive.writestr("xl/_rels/workbook.bin.rels", _relations(relations | {"rIdS": "styles.bin"}))
        archive.writestr("xl/styles.bin", _styles(codes))
        for name, content in parts.items():
            archive.writestr(f"xl/{name}", content)
    return path


def _relations(targets: dict[str, str], kind: str = "") -> str:
    lines = (
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind or _kind(target)}" Target="{target}"/>'
        for key, target in targets.items()
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{"".join(lines)}</Relationships>'


def _kind(target: str) -> str:
    return "styles" if target == "styles.bin" else target.partition("s/")[0]


def _record(kind: int, *data: bytes) -> bytes:
    content = b"".join(data)
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, rest = b"", len(content)
    while rest >= 0x80:
        size, rest = size + bytes([rest & 0x7F | 0x80]), rest >> 7
    return head + size + bytes([rest]) + content


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _workbook(names: Sequence[str]) -> bytes:
    sheets = (
        _record(156, struct.pack("<II", 0, number), _text(f"rId{number}"), _text(name))
        for number, name in enumerate(names, start=1)
    )
    return b"".join((_record(131), _record(143), *sheets, _record(144), _record(132)))


def _styles(codes: Sequence[str]) -> bytes:
    """One style a format, in their order; one more stands among the styles that cells do not name."""
    formats = (_record(44, struct.pack("<H", 164 + place), _text(code)) for place, code in enumerate(codes))
    styles = (_record(47, struct.pack("<HHQI", 0, 164 + place, 0, 0)) for place in range(len(codes)))
    named = (
        _record(626, struct.pack("<I", 1)),
        _record(47, struct.pack("<HHQI", 0xFFFF, 0, 0, 0)),
        _record(627),
    )
    count = struct.pack("<I", len(codes))
    return b"".join(
        (
            _record(278), _record(615, count), *formats, _record(616), *named,
            _record(617, count), *styles, _record(618), _record(279),
        )
    )  # fmt: skip


def _sheet(rows: Sequence[Sequence[Cell]], codes: list[str]) -> bytes:
    last = struct.pack("<IIII", 0, max(len(rows) - 1, 0), 0, max(map(len, rows), default=1) - 1)
    out = [_record(129), _record(148, last), _record(145)]
    for number, cells in enumerate(rows):
        out.append(_record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)))
        out += [_cell(place, cell, codes) for place, cell in enumerate(cells) if cell is not None]
    return b"".join((*out, _record(146), _record(130)))


def _cell(column: int, cell: Cell, codes: list[str]) -> bytes:
    style = 0
    if isinstance(cell, Formatted):
        if cell.code not in codes:
            codes.append(cell.code)
        style = codes.index(cell.code)
    place = struct.pack("<II", column, style)
    match cell:
        case Formatted(number, _, True):
            return _record(2, place, struct.pack("<i", int(number) << 2 | 2))
        case Formatted(number):
            return _record(5, place, struct.pack("<d", number))
        case Formula(str(result)) if result in CODES:
            return _record(11, place, bytes([CODES[result]]), bytes(10))
        case Formula(str(result)):
            return _record(8, place, _text(result), bytes(10))
        case Formula(result):
            return _record(9, place, struct.pack("<d", result), bytes(10))
        case str() if cell in CODES:
            return _record(3, place, bytes([CODES[cell]]))
        case str():
            return _record(6, place, _text(cell))
        case _:
            return _record(5, place, struct.pack("<d", float(str(cell))))
