"""The parts of an .xlsx, .xlsm or .xlsb: which sheets it lists, and in which part of the zip each stands."""

import posixpath
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from etl.errors import WorkbookError
from etl.workbook.grid import Visibility
from etl.workbook.records import BUNDLE_SHEET, records, wide_text

Relation = tuple[str, str]
"""The last word of a relation's type (`worksheet`), and the part that it leads to."""

WORKSHEET = "worksheet"
STATES: dict[str, Visibility] = {"hidden": "hidden", "veryhidden": "veryhidden"}
OLD_STATES: dict[int, Visibility] = {1: "hidden", 2: "veryhidden"}
"""How visible a sheet is, as the binary formats have it."""


@dataclass(frozen=True)
class Entry:
    """One sheet as the workbook lists it.

    part: where it stands in the zip; empty when the file does not have it. kind: `worksheet`, `chartsheet` …
    """

    name: str
    visible: Visibility
    part: str
    kind: str

    @property
    def is_worksheet(self) -> bool:
        """Whether there may be cells in it."""
        return self.kind == WORKSHEET


@dataclass(frozen=True)
class Package:
    """A workbook in a zip. main: the part that lists the sheets. dates_from_1904: how dates are counted.

    relations: of the main part, by their id.
    """

    main: str
    entries: tuple[Entry, ...]
    dates_from_1904: bool
    relations: dict[str, Relation]

    @property
    def binary(self) -> bool:
        """Whether it is an .xlsb."""
        return self.main.endswith(".bin")

    def part_of(self, kind: str) -> str | None:
        """The part of one kind (`sharedStrings`, `styles`) that the workbook names."""
        return next((part for found, part in self.relations.values() if found == kind), None)


def open_package(archive: zipfile.ZipFile, *, workbook: str) -> Package | None:
    """What a zip holds as a workbook; None when it is none. workbook: its name, for messages.

    Raises:
        WorkbookError: the part that lists the sheets cannot be read; a part is there twice.
    """
    main = None
    try:
        main = _main(archive)
        if main is None:
            return None
        relations = dict(_relations(archive, main))
        content = archive.read(main)
        sheets = list(_binary_sheets(content) if main.endswith(".bin") else _sheets(content))
        from_1904 = _binary_1904(content) if main.endswith(".bin") else _1904(content)
    except (ET.ParseError, struct.error, IndexError, UnicodeDecodeError) as error:
        raise WorkbookError(
            f"{workbook}: damaged: its list of sheets ({main or '_rels/.rels'}) cannot be read. "
            "Deliver it again."
        ) from error
    names = {name.lower(): name for name in archive.namelist()}
    entries = [_entry(names, relations, *sheet) for sheet in sheets]
    _check_unique(archive, [main, *(part for _, part in relations.values())], workbook=workbook)
    return Package(main, tuple(entries), from_1904, relations)


def _check_unique(archive: zipfile.ZipFile, parts: Sequence[str], *, workbook: str) -> None:
    """Refuse a zip that holds a part twice, whatever its case: each reader takes another one of them."""
    counts = Counter(name.lower() for name in archive.namelist())
    for part in parts:
        if counts[part.lower()] > 1:
            raise WorkbookError(
                f"{workbook}: its part {part} is in the file {counts[part.lower()]} times. Open it in a "
                "spreadsheet program, look whether all sheets are as they should be, and save it as .xlsx."
            )


def parse_xml(content: bytes) -> ET.Element:
    """A small part as a tree. A document type, which no workbook has, can be made to explode: refused."""
    if b"<!DOCTYPE" in content:
        raise ET.ParseError("document type")
    return ET.fromstring(content)  # noqa: S314 - without a document type there is nothing to expand


def local(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def _main(archive: zipfile.ZipFile) -> str | None:
    names = {name.lower(): name for name in archive.namelist()}
    if "_rels/.rels" in names:
        for kind, part in dict(_relations(archive, "")).values():
            if kind == "officeDocument" and part.lower() in names:
                return _workbook(names[part.lower()])
    return names.get("xl/workbook.xml") or names.get("xl/workbook.bin")


def _workbook(part: str) -> str | None:
    """The part unless it is the document of another program (`word/document.xml`)."""
    return None if part.startswith(("word/", "ppt/", "visio/")) else part


def _relations(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, Relation]]:
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    names = {each.lower(): each for each in archive.namelist()}
    if path.lower() not in names:
        return
    for relation in parse_xml(archive.read(names[path.lower()])):
        target = relation.get("Target", "").replace("\\", "/")
        whole = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        kind = relation.get("Type", "").rpartition("/")[2]
        yield relation.get("Id", ""), (kind, posixpath.normpath(whole))


Listed = tuple[str, Visibility, str]
"""A sheet's name, how visible it is, and the id of its relation."""


def _sheets(content: bytes) -> Iterator[Listed]:
    for element in parse_xml(content).iter():
        if local(element.tag) == "sheet" and element.get("name") is not None:
            ids = [value for name, value in element.attrib.items() if name != "id" and local(name) == "id"]
            state = STATES.get(element.get("state", "").lower(), "visible")
            yield element.get("name", ""), state, ids[0] if ids else ""


def _1904(content: bytes) -> bool:
    found = [each for each in parse_xml(content) if local(each.tag) == "workbookPr"]
    return any(each.get("date1904", "").lower() in ("1", "true", "on") for each in found)


WORKBOOK_PROPERTIES = 153


def _binary_sheets(content: bytes) -> Iterator[Listed]:
    for kind, start, end in records(content):
        if kind == BUNDLE_SHEET:
            relation, rest = wide_text(content[start:end], 8)
            name, _ = wide_text(content[start:end], rest)
            yield name, OLD_STATES.get(content[start], "visible"), relation


def _binary_1904(content: bytes) -> bool:
    return any(kind == WORKBOOK_PROPERTIES and content[start] & 1 for kind, start, _ in records(content))


def _entry(
    names: dict[str, str], relations: dict[str, Relation], name: str, visible: Visibility, relation: str
) -> Entry:
    # An entry that leads nowhere has no cells: macros of old, which no program shows as a sheet.
    kind, part = relations.get(relation, ("", ""))
    if relation and not kind:
        kind = WORKSHEET
    return Entry(name, visible, names.get(part.lower(), ""), kind)
