"""A copy of a workbook that the reader reads right: only what is read, in the form that it knows.

It is written to a file, and the cells of an .xlsx piece by piece: in memory, a copy of 1,000,000 rows would
take as much as reading them.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO
from xml.sax.saxutils import quoteattr

from etl.workbook.no_value import FORMULA_WITHOUT_VALUE
from etl.workbook.package import Entry, Package
from etl.workbook.records import without_passed_over, without_sheets
from etl.workbook.styles import without_misleading, without_misleading_records
from etl.workbook.xml_pieces import pieces, plain

_DIMENSION = re.compile(rb"<dimension\b[^>]*?(?:/>|>\s*</dimension>)")
_FORMULA = rb"<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>"
_WITHOUT_VALUE = re.compile(rb"<c\b([^>]*)>(" + _FORMULA + rb")(?:<v\s*/>|<v>\s*</v>)?</c>")
_ERROR = re.compile(rb'(<c\b[^>]*?)\bt="e"([^>]*>(?:' + _FORMULA + rb")?<v>)([^<]*)<")
_INLINE_VALUE = re.compile(rb'(<c\b[^>]*?)\bt="inlineStr"([^>]*>(?:' + _FORMULA + rb")?<v\b)")
"""A formula's text in a form of which the reader sees nothing."""
_TYPE = re.compile(rb'\s*\bt="[^"]*"')
KNOWN_ERRORS = (b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!")
"""Error values that the reader knows; any other (`#SPILL!`) is a text like them."""

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def write_mended(archive: zipfile.ZipFile, package: Package, wanted: Sequence[Entry], out: IO[bytes]) -> None:
    """Write the wanted sheets as a workbook of their own."""
    parts = (_mended_binary if package.binary else _mended_xml)(archive, package, wanted)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for name, pieces in parts:
            with copy.open(name, "w", force_zip64=True) as part:
                part.writelines(pieces)


Parts = Iterator[tuple[str, Iterable[bytes]]]
"""The parts of a workbook by their names, in pieces."""


def _mended_xml(archive: zipfile.ZipFile, package: Package, wanted: Sequence[Entry]) -> Parts:
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"/>'.encode(),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": _workbook(wanted, package),
        "xl/_rels/workbook.xml.rels": _relations(
            {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(wanted) + 1)}
        ),
    }
    for kind, name in (("sharedStrings", "xl/sharedStrings.xml"), ("styles", "xl/styles.xml")):
        part = package.part_of(kind)
        if part in archive.namelist():
            parts[name] = plain(archive.read(part))
    if "xl/styles.xml" in parts:
        parts["xl/styles.xml"] = without_misleading(parts["xl/styles.xml"])
    yield from ((name, [content]) for name, content in parts.items())
    for number, entry in enumerate(wanted, start=1):
        with archive.open(entry.part) as stream:
            yield f"xl/worksheets/sheet{number}.xml", mended_sheet(stream)


def _workbook(wanted: Sequence[Entry], package: Package) -> bytes:
    sheets = "".join(
        f'<sheet name={quoteattr(entry.name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, entry in enumerate(wanted, start=1)
    )
    flag = "1" if package.dates_from_1904 else "0"
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{flag}"/>'
        f"<sheets>{sheets}</sheets></workbook>"
    ).encode()


def _relations(targets: dict[str, tuple[str, str]]) -> bytes:
    lines = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'.encode()


def mended_sheet(stream: IO[bytes]) -> Iterator[bytes]:
    """The XML of a sheet: a formula without a value says so, an unknown error is a text, no dimension."""
    return map(_mended_cells, pieces(stream))


def _mended_cells(content: bytes) -> bytes:
    content = _DIMENSION.sub(b"", content)
    content = _ERROR.sub(_error, content)
    content = _INLINE_VALUE.sub(rb'\1t="str"\2', content)
    return _WITHOUT_VALUE.sub(_without_value, content)


def _error(found: re.Match[bytes]) -> bytes:
    if found[3] in KNOWN_ERRORS:
        return found[0]
    return found[1] + b't="str"' + found[2] + found[3] + b"<"


def _without_value(found: re.Match[bytes]) -> bytes:
    if b't="str"' in found[1]:
        return found[0]
    attributes = _TYPE.sub(b"", found[1])
    value = FORMULA_WITHOUT_VALUE.encode()
    return b"<c" + attributes + b' t="str">' + found[2] + b"<v>" + value + b"</v></c>"


def _mended_binary(archive: zipfile.ZipFile, package: Package, wanted: Sequence[Entry]) -> Parts:
    unwanted = {entry.name for entry in package.entries} - {entry.name for entry in wanted}
    sheets = {entry.part for entry in wanted}
    kept = {package.main, *sheets, *(part for _, part in package.relations.values())}
    kept -= {entry.part for entry in package.entries} - sheets
    for name in archive.namelist():
        content = archive.read(name) if name in kept or name.endswith((".rels", "Types].xml")) else None
        if content is None:
            continue
        if name == package.main:
            content = without_sheets(content, unwanted)
        elif name in sheets:
            content = without_passed_over(content)
        elif name == package.part_of("styles"):
            content = without_misleading_records(content)
        yield name, [content]
