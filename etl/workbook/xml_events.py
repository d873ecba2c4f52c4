"""The filled cells of a sheet of an .xlsx, counted by an XML parser: slow, and for any form of XML."""

import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from etl.workbook.cell_names import cell_name, parse
from etl.workbook.counts import Counts
from etl.workbook.xml_scan import SheetXml, TooLongError


def scan_events(stream: IO[bytes], *, longest: int) -> SheetXml:
    """As `xml_scan.scan`, for any form: names with a prefix, cells without a reference, comments.

    Raises:
        TooLongError: a cell has more bytes than allowed.
        expat.ExpatError: it is no XML.
    """
    events = _Events(longest)
    _parser(events).ParseFile(stream)
    return SheetXml(Counts.of(events.filled), events.without_value, parsed=True)


def numbers(stream: IO[bytes], styles: Collection[int]) -> list[tuple[int, int, int, str]]:
    """The numbers that have these styles: row and column, from 1, the style of the cell, and the value."""
    events = _Events(sys.maxsize, styles)
    _parser(events).ParseFile(stream)
    return events.numbers


def _parser(events: "_Events") -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = events.start
    parser.EndElementHandler = events.end
    parser.CharacterDataHandler = events.text
    return parser


@dataclass
class _Events:
    """The place of the cell that is being read, and what was found so far."""

    longest: int
    styles: Collection[int] = ()
    numbers: list[tuple[int, int, int, str]] = field(default_factory=list)
    filled: list[tuple[int, int]] = field(default_factory=list)
    without_value: list[tuple[int, int]] = field(default_factory=list)
    row: int = 0
    column: int = 0
    kind: str = ""
    formula: bool = False
    value: bool = False
    length: int = 0
    inside: str = ""
    style: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                self.row = int(attributes.get("r", self.row + 1))
                self.column = 0
            case "c":
                self.row, self.column = parse(attributes.get("r", "")) or (self.row, self.column + 1)
                self.kind = attributes.get("t", "n")
                self.style = int(attributes.get("s", 0)) if self.styles else 0
                self.formula, self.value, self.length = False, False, 0
            case "f":
                self.formula = True
            case "v" | "t" as inside:
                self.inside = inside
                self.value = True
            case "rPh":
                self.inside = ""

    def text(self, text: str) -> None:
        if self.inside and self.column:
            self.length += len(text)
            if self.length > self.longest:
                raise TooLongError(cell_name(self.row, self.column))
            if self.style in self.styles and self.kind == "n":
                self.numbers.append((self.row, self.column, self.style, text))

    def end(self, name: str) -> None:
        match name.rpartition(" ")[2]:
            case "v" | "t":
                self.inside = ""
            case "c":
                self._cell()

    def _cell(self) -> None:
        without_value = self.formula and self.kind != "str" and not self.length
        if without_value:
            self.without_value.append((self.row, self.column))
        if self.length or without_value or (self.kind == "str" and self.value):
            self.filled.append((self.row, self.column))
