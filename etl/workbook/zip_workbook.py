"""The sheets of a workbook that is a zip: .xlsx, .xlsm and .xlsb, and by way of `open_document` .ods."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

import fastexcel
import pyarrow as pa

from etl.contract import COLUMNS
from etl.errors import WorkbookError
from etl.kinds import Text
from etl.workbook import header, open_document
from etl.workbook.child import Tell
from etl.workbook.counts import Counts
from etl.workbook.grid import Grid, Visibility
from etl.workbook.limits import ReadLimits, check_extent, check_unpacked, too_long
from etl.workbook.mended import write_mended
from etl.workbook.package import Entry, Package, open_package
from etl.workbook.reader import Shown, load, source_of, unread, with_texts
from etl.workbook.records import numbers, scan_records
from etl.workbook.recount import differing_column
from etl.workbook.shown_numbers import Number, shown_numbers, xml_numbers
from etl.workbook.styles import UNKNOWN, Styles, binary_styles, xml_styles
from etl.workbook.xml_events import numbers as parsed_numbers
from etl.workbook.xml_events import scan_events
from etl.workbook.xml_scan import OddFormError, SheetXml, TooLongError, scan
from pipeline.messages import first_line

TEXT_FIELDS = frozenset(column.field for column in COLUMNS if isinstance(column.kind, Text))

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_REPEATING = 50
"""A part that shrank to less than one in so many may be one text without an end."""


@dataclass(frozen=True)
class Job:
    """What is to be read. name: of the file, for messages. hidden_cells: so large a hidden sheet is read."""

    path: str
    name: str
    hidden_cells: int
    limits: ReadLimits
    tell: Tell

    def reads(self, visible: Visibility, counts: Counts) -> bool:
        """Whether a sheet is read; the limits of a visible one are looked at elsewhere."""
        return visible == "visible" or (
            counts.extent.cells <= self.hidden_cells and counts.extent.columns <= self.limits.columns
        )


def read_zip(job: Job) -> list[Grid]:
    """The worksheets of a workbook that is a zip.

    Raises:
        WorkbookError: it is none, protected, damaged, or beyond a limit.
    """
    try:
        with zipfile.ZipFile(job.path) as archive:
            return list(_read(archive, job))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise WorkbookError(
            f"{job.name}: damaged or cut off ({first_line(error)}). Deliver it again."
        ) from error


def _read(archive: zipfile.ZipFile, job: Job) -> Iterator[Grid]:
    names = archive.namelist()
    if open_document.CONTENT in names and "mimetype" in names and archive.read("mimetype").startswith(_ODS):
        return _read_open_document(archive, job)
    package = open_package(archive, workbook=job.name)
    if package is None:
        raise WorkbookError(
            f"{job.name}: no workbook, but a zip of other files ({', '.join(names[:3])}). Save it as .xlsx."
        )
    return _read_package(archive, package, job)


def _read_open_document(archive: zipfile.ZipFile, job: Job) -> Iterator[Grid]:
    manifest = "META-INF/manifest.xml"
    if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
        raise WorkbookError(f"{job.name}: protected by a password. Save it without one.")
    _check_parts(archive, [open_document.CONTENT], job)
    for sheet in open_document.read_open_sheets(archive, job.limits, workbook=job.name):
        counts = sheet.counts
        check_extent(counts.extent, job.limits, where=f"{job.name}, sheet '{sheet.name}'")
        cells = open_document.as_grid(sheet) if job.reads(sheet.visible, counts) else None
        yield with_shown(Grid(sheet.name, sheet.visible, cells, counts), sheet.shown.items())


def with_shown(grid: Grid, texts: Iterable[Shown]) -> Grid:
    """The same, where columns of text show their numbers as they look in their cells. Places count from 1."""
    if grid.cells is None or not texts:
        return grid
    wanted = text_columns(grid)
    first = grid.counts.extent.first_column
    placed = (((row - 1, column - first), text) for (row, column), text in texts if column in wanted)
    return Grid(grid.name, grid.visible, with_texts(grid.cells, placed), grid.counts)


def text_columns(grid: Grid) -> set[int]:
    """The columns of a sheet that hold text by the contract, such as phones; from 1."""
    found = header.locate_in(grid.cells) if grid.cells is not None else None
    fields = found.fields if found else ()
    return {
        place + grid.counts.extent.first_column for place, field in enumerate(fields) if field in TEXT_FIELDS
    }


def _check_parts(archive: zipfile.ZipFile, parts: Sequence[str], job: Job) -> None:
    check_unpacked(sum(archive.getinfo(part).file_size for part in parts), job.limits, where=job.name)


def _read_package(archive: zipfile.ZipFile, package: Package, job: Job) -> Iterator[Grid]:
    sheets = [entry for entry in package.entries if entry.is_worksheet]
    for entry in sheets:
        if not entry.part and entry.visible == "visible":
            raise WorkbookError(
                f"{job.name}, sheet '{entry.name}': listed, but its part is not in the file. Open the "
                "workbook in a spreadsheet program, look whether all sheets are there, and save it as .xlsx."
            )
    there = [entry for entry in sheets if entry.part]
    shared = package.part_of("sharedStrings")
    texts = [shared] if shared in archive.namelist() else []
    _check_parts(archive, [*texts, *(each.part for each in there)], job)
    _check_shared_texts(archive, texts, job)
    styles = _styles(archive, package)
    looks = [_look(archive, package, entry, styles, job) for entry in there]
    wanted = [look for look in looks if look.wanted]
    grids = _load(archive, package, wanted, job)
    for look in looks:
        grid = Grid(look.entry.name, look.entry.visible, grids.get(look.entry.name), look.counts)
        columns = text_columns(grid) if styles.telling else set()
        if columns:
            with archive.open(look.entry.part) as stream:
                telling = _numbers(stream, package, look, styles, columns)
                grid = with_shown(grid, shown_numbers(telling, styles, columns))
        yield grid


def _styles(archive: zipfile.ZipFile, package: Package) -> Styles:
    part = package.part_of("styles")
    if part not in archive.namelist():
        return UNKNOWN
    return binary_styles(archive.read(part)) if package.binary else xml_styles(archive.read(part))


@dataclass(frozen=True)
class _Look:
    """What a first look at a sheet's part found. odd: whether the reader would not read it right as it is.

    parsed: whether its XML has a form that only a parser reads.
    """

    entry: Entry
    counts: Counts
    wanted: bool
    odd: bool
    parsed: bool = False


def _numbers(
    stream: IO[bytes], package: Package, look: _Look, styles: Styles, columns: set[int]
) -> Iterable[Number]:
    if package.binary:
        return numbers(stream.read())
    if look.parsed:
        return parsed_numbers(stream, styles.telling)
    return xml_numbers(stream, styles.telling, columns)


def _look(archive: zipfile.ZipFile, package: Package, entry: Entry, styles: Styles, job: Job) -> _Look:
    where = f"{job.name}, sheet '{entry.name}'"
    parsed = False
    if package.binary:
        cells = scan_records(archive.read(entry.part), styles.times)
        if cells.short and entry.visible == "visible":
            raise WorkbookError(
                f"{where}: {cells.short:,} cells in a short form that is not read. Save it as .xlsx."
            )
        counts, odd = cells.counts, cells.passed_over > 0
    else:
        xml = _scan(archive, entry, where, job)
        counts, odd, parsed = xml.counts, bool(xml.without_value), xml.parsed
    if entry.visible == "visible":
        check_extent(counts.extent, job.limits, where=where)
    wanted = job.reads(entry.visible, counts)
    return _Look(entry, counts, wanted=wanted, odd=odd or bool(styles.misleading), parsed=parsed)


def _scan(archive: zipfile.ZipFile, entry: Entry, where: str, job: Job) -> SheetXml:
    longest = 4 * job.limits.characters
    try:
        try:
            with archive.open(entry.part) as stream:
                return scan(stream, longest=longest)
        except OddFormError:
            with archive.open(entry.part) as stream:
                return scan_events(stream, longest=longest)
    except TooLongError as error:
        raise too_long(job.limits, where=where, cell=error.cell) from error
    except expat.ExpatError as error:
        raise WorkbookError(
            f"{where}: damaged ({entry.part} is no whole XML: line {error.lineno}). Deliver it again."
        ) from error


def _check_shared_texts(archive: zipfile.ZipFile, parts: Sequence[str], job: Job) -> None:
    """Refuse one text without an end among those that the cells share; it packs to nearly nothing."""
    for part in parts:
        info = archive.getinfo(part)
        if info.file_size < _REPEATING * info.compress_size:
            continue
        with archive.open(part) as stream:
            number = _endless(stream, 4 * job.limits.characters)
        if number is not None:
            raise WorkbookError(
                f"{job.name}: text {number:,} of those that its cells share has more than "
                f"{job.limits.characters:,} characters (ETL_MAX_CHARACTERS). Shorten the cell that holds it."
            )


def _endless(stream: IO[bytes], longest: int) -> int | None:
    """The number of the first shared text of more than so many bytes."""
    length = number = 0
    while block := stream.read(1 << 20):
        first, last = block.find(b"<"), block.rfind(b"<")
        length = length + len(block) if first < 0 else len(block) - last
        if length > longest:
            return number
        number += block.count(b"<si>")
    return None


def _load(
    archive: zipfile.ZipFile, package: Package, looks: Sequence[_Look], job: Job
) -> dict[str, pa.RecordBatch]:
    """The cells of the wanted sheets: from the file as it is where the reader knows its form."""
    entries = [look.entry for look in looks]
    if not entries:
        return {}
    names = [entry.name for entry in entries]
    if not any(look.odd for look in looks) and _is_plain(archive, package):
        try:
            grids = load(_source(job, package), names, job.tell)
            if all(differing_column(look.counts, grids[look.entry.name]) is None for look in looks):
                return grids
        except fastexcel.FastExcelError:
            pass
        except BaseException as panic:
            if type(panic).__name__ != "PanicException":
                raise
    try:
        with tempfile.TemporaryFile() as copy:
            write_mended(archive, package, entries, copy)
            return load(source_of(copy), names, job.tell)
    except fastexcel.FastExcelError as error:
        raise unread(job.name, error) from error


def _source(job: Job, package: Package) -> str | bytes:
    """The path; or the content where the name says another format, by which the reader would go."""
    suffixes = (".xlsb",) if package.binary else (".xlsx", ".xlsm")
    if job.path.lower().endswith(suffixes):
        return job.path
    return Path(job.path).read_bytes()


def _is_plain(archive: zipfile.ZipFile, package: Package) -> bool:
    """Whether the workbook is built as the reader expects: parts in their usual places, worksheets alone."""
    if package.dates_from_1904 and not package.binary:
        return False
    names = archive.namelist()
    main = "xl/workbook.bin" if package.binary else "xl/workbook.xml"
    usual = all(
        (package.part_of(kind) or f"xl/{kind}.").startswith(f"xl/{kind}.")
        for kind in ("sharedStrings", "styles")
    )
    return (
        package.main == main
        and usual
        and len({entry.name for entry in package.entries}) == len(package.entries)
        and all(entry.is_worksheet and entry.part in names for entry in package.entries)
    )
