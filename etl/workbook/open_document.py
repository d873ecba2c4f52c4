"""The sheets of an .ods (OpenDocument), read from its XML as a person sees them ("OpenDocument 1.3", part 3).

The reader of the other formats loses line breaks, tabs and repeated spaces of an .ods, its errors and times.
"""

import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from xml.parsers import expat

import pyarrow as pa

from etl.errors import WorkbookError
from etl.workbook.cell_names import cell_name
from etl.workbook.counts import Counts
from etl.workbook.grid import Visibility
from etl.workbook.limits import ReadLimits, too_long

CONTENT = "content.xml"

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
_CALC_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"

_SPACES = re.compile(r"[ \t\r\n]+")
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?")


@dataclass
class OpenSheet:
    """One sheet. rows: the text of each filled cell by its column, by row; both from 1.

    shown: what a number looks like in its cell, where that is more than its digits, by row and column.
    """

    name: str
    visible: Visibility = "visible"
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    shown: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def counts(self) -> Counts:
        """Its filled cells."""
        return Counts.of((row, column) for row, cells in self.rows.items() for column in sorted(cells))


def read_open_sheets(archive: zipfile.ZipFile, limits: ReadLimits, *, workbook: str) -> list[OpenSheet]:
    """All sheets, hidden ones, too.

    Raises:
        WorkbookError: damaged; a cell or a sheet beyond the limits.
    """
    document = _Document(limits, workbook)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.text
    try:
        with archive.open(CONTENT) as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise WorkbookError(
            f"damaged or cut off ({CONTENT} is no whole XML: line {error.lineno}). Deliver it again."
        ) from error
    return document.sheets


def as_grid(sheet: OpenSheet) -> pa.RecordBatch:
    """Its cells as columns of text, from its first filled column on, from row 1 to the last filled one."""
    extent = sheet.counts.extent
    columns = range(extent.first_column, extent.columns + 1)
    return pa.record_batch(
        {
            f"column {column}": pa.array(
                [sheet.rows.get(row, {}).get(column) for row in range(1, extent.rows + 1)], pa.string()
            )
            for column in columns
        }
    )


@dataclass
class _Cell:
    """A cell that is being read: how often it is repeated, what it is, and its paragraphs so far."""

    repeated: int
    kind: str
    value: str
    paragraphs: list[str] = field(default_factory=list)

    @property
    def seen(self) -> str:
        """The text that stands in it."""
        return "\n".join(self.paragraphs)

    @property
    def content(self) -> str:
        """Its value as text, as the other formats give it."""
        match self.kind:
            case "float" | "percentage" | "currency":
                return plain_number(self.value)
            case "date":
                return _date(self.value)
            case "time":
                return _time(self.value)
            case "boolean":
                return self.value.lower()
            case "string" if self.value and not self.paragraphs:
                return self.value
            case _:
                return self.seen


def plain_number(value: str) -> str:
    """A number as text: without an exponent and without a point where it is whole."""
    try:
        number = float(value)
    except ValueError:
        return value
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _date(value: str) -> str:
    try:
        return str(datetime.fromisoformat(value).replace(tzinfo=None, microsecond=0))
    except ValueError:
        return value


def _time(value: str) -> str:
    """A time of day or a duration (`PT12H30M00S`) as a person reads it: `12:30:00`."""
    found = _DURATION.fullmatch(value)
    if not found:
        return value
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return f"{found[1]}{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}"


# What stands in a cell, or beside the cells, and is not its text.
_PASSED_OVER = {
    f"{_OFFICE} annotation",
    f"{_TABLE} tracked-changes",
    f"{_TABLE} shapes",
    f"{_TABLE} dde-links",
    f"{_TEXT} ruby-text",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0 frame",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0 custom-shape",
}


@dataclass
class _Document:
    """Where the parser stands, and the sheets so far."""

    limits: ReadLimits
    workbook: str
    sheets: list[OpenSheet] = field(default_factory=list)
    hidden_styles: set[str] = field(default_factory=set)
    style: str = ""
    passing: int = 0
    tables: int = 0
    row: int = 0
    row_repeated: int = 1
    column: int = 0
    row_cells: dict[int, tuple[str, str]] = field(default_factory=dict)
    cell: _Cell | None = None
    paragraph: list[str] | None = None
    filled: int = 0
    length: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.passing or name in _PASSED_OVER or (name == f"{_TABLE} table" and self.cell):
            self.passing += 1
            return
        space, _, tag = name.partition(" ")
        if space == _TABLE:
            self._table(tag, attributes)
        elif space == _TEXT:
            self._text(tag, attributes)
        elif space == _STYLE and tag == "style":
            self.style = attributes.get(f"{_STYLE} name", "")
        elif space == _STYLE and tag == "table-properties" and attributes.get(f"{_TABLE} display") == "false":
            self.hidden_styles.add(self.style)

    def _table(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            hidden = attributes.get(f"{_TABLE} style-name") in self.hidden_styles
            name = attributes.get(f"{_TABLE} name", "")
            self.sheets.append(OpenSheet(name, "hidden" if hidden else "visible"))
            self.row = 0
        elif tag == "table-row":
            self.row_repeated = int(attributes.get(f"{_TABLE} number-rows-repeated", 1))
            self.column, self.row_cells = 0, {}
        elif tag in ("table-cell", "covered-table-cell"):
            kind = attributes.get(f"{_OFFICE} value-type", "")
            if attributes.get(_CALC_TYPE) == "error":
                kind = "error"
            names = (f"{_OFFICE} {each}" for each in ("value", "date-value", "time-value", "boolean-value"))
            value = next((attributes[each] for each in names if each in attributes), "")
            value = value or attributes.get(f"{_OFFICE} string-value", "")
            self.length = 0
            self.cell = _Cell(int(attributes.get(f"{_TABLE} number-columns-repeated", 1)), kind, value)

    def _text(self, tag: str, attributes: dict[str, str]) -> None:
        if self.cell is None:
            return
        if tag in ("p", "h"):
            self.paragraph = []
        elif self.paragraph is not None:
            match tag:
                case "line-break":
                    self.paragraph.append("\n")
                case "tab":
                    self.paragraph.append("\t")
                case "s":
                    count = int(attributes.get(f"{_TEXT} c", 1))
                    self._check_length(count)
                    self.paragraph.append(" " * count)

    def text(self, text: str) -> None:
        if self.paragraph is not None and not self.passing:
            # White space of the XML is one space, and none at the beginning; that of the elements counts.
            text = _SPACES.sub(" ", text)
            self.paragraph.append(text if self.paragraph else text.lstrip(" "))
            self._check_length(len(text))

    def _check_length(self, more: int) -> None:
        self.length += more
        if self.length > self.limits.characters:
            raise too_long(self.limits, where=self._where, cell=cell_name(self.row + 1, self.column + 1))

    @property
    def _where(self) -> str:
        return f"{self.workbook}, sheet '{self.sheets[-1].name}'"

    def end(self, name: str) -> None:
        if self.passing:
            self.passing -= 1
            return
        match name.partition(" ")[2]:
            case "p" | "h" if self.cell and self.paragraph is not None:
                self.cell.paragraphs.append("".join(self.paragraph))
                self.paragraph = None
            case "table-cell" | "covered-table-cell" if self.cell:
                self._end_cell(self.cell)
            case "table-row":
                self._end_row()

    def _end_cell(self, cell: _Cell) -> None:
        content = cell.content
        beyond = cell.repeated > self.limits.columns and not content.strip()
        if content and not beyond:
            shown = cell.seen if cell.kind == "float" and cell.seen != content else ""
            for offset in range(1, min(cell.repeated, self.limits.columns + 1) + 1):
                self.row_cells[self.column + offset] = (content, shown)
        self.column += cell.repeated
        self.cell = None

    def _end_row(self) -> None:
        sheet = self.sheets[-1]
        seen = any(content.strip() for content, _ in self.row_cells.values())
        if seen:
            self.filled += len(self.row_cells) * self.row_repeated
            self._check_size()
            for row in range(self.row + 1, self.row + self.row_repeated + 1):
                sheet.rows[row] = {column: content for column, (content, _) in self.row_cells.items()}
                sheet.shown |= {(row, c): shown for c, (_, shown) in self.row_cells.items() if shown}
        self.row += self.row_repeated

    def _check_size(self) -> None:
        if max(self.row_cells) > self.limits.columns:
            raise WorkbookError(
                f"{self._where}: cell {cell_name(self.row + 1, max(self.row_cells))} makes it more "
                f"than {self.limits.columns:,} columns wide (ETL_MAX_COLUMNS). Delete what is behind it."
            )
        if self.filled > self.limits.cells or self.row + self.row_repeated > 1_048_576:
            raise WorkbookError(
                f"{self._where}: row {self.row + 1} is repeated {self.row_repeated:,} times, which makes "
                f"more than {self.limits.cells:,} cells (ETL_MAX_CELLS). Delete the rows below its table."
            )
