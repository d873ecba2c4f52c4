"""The filled cells of a sheet of an .xlsx, counted in its XML without reading them.

The usual form, which every spreadsheet program writes, is looked at as an array of bytes: 200,000 rows × 11
columns in about half a second. Any other form goes through an XML parser, ten times slower and as exact.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import numpy.typing as npt

from etl.workbook.counts import Counts
from etl.workbook.header import SEARCHED_FURTHER

Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

CHUNK = 1 << 20
PADDING = bytes(16)
"""Around a chunk, so that looking at what stands before and behind a tag never leaves the array."""

LT, GT, SLASH, QUOTE = b'<>/"'

_HEAD = re.compile(rb"<([A-Za-z]\w*:)?sheetData\b")


class OddFormError(ValueError):
    """A sheet that is written in another form than spreadsheet programs write; an XML parser reads it."""


class TooLongError(ValueError):
    """A cell of more characters than is allowed. cell: its name, or `?`."""

    def __init__(self, cell: str) -> None:
        super().__init__(cell)
        self.cell = cell


@dataclass
class SheetXml:
    """What stands in the XML of one sheet.

    without_value: cells that hold a formula and no value; they count as filled.
    parsed: whether it is of another form than the usual one, and a parser has read it.
    """

    counts: Counts = field(default_factory=Counts)
    without_value: list[tuple[int, int]] = field(default_factory=list)
    parsed: bool = False


def scan(stream: IO[bytes], *, longest: int) -> SheetXml:
    """Count the filled cells of a sheet. longest: bytes that one cell may have.

    Raises:
        OddFormError: the form is not the usual one.
        TooLongError: a cell has more.
    """
    sheet = SheetXml()
    state = _State()
    for chunk in _chunks(stream, longest=longest):
        _scan_chunk(chunk, sheet, state)
    return sheet


@dataclass
class _State:
    """Where the chunk before ended: the number of its last row, and of its last row with a filled cell."""

    row: int = 0
    counted: int = 0


def _chunks(stream: IO[bytes], *, longest: int) -> Iterator[bytes]:
    """The XML from the first row on, cut before a cell or a row, so that no cell is torn."""
    rest = _after_head(stream)
    while block := stream.read(CHUNK):
        rest += block
        cut = max(rest.rfind(b"<c "), rest.rfind(b"<row "))
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > longest + CHUNK:
            raise TooLongError(_first_cell(rest))
    yield rest


def _after_head(stream: IO[bytes]) -> bytes:
    """Read until the cells begin; returns what of them was read, which may end within a tag."""
    buffer = b""
    while block := stream.read(CHUNK):
        buffer += block
        found = _HEAD.search(buffer)
        if found and not (found[1] or b"<!ENTITY" in buffer):
            return buffer[found.start() :]
        if found or len(buffer) > 64 * CHUNK:
            break
    raise OddFormError


def _first_cell(rest: bytes) -> str:
    found = re.match(rb'<c r="([A-Z]+[0-9]+)"', rest)
    return found[1].decode() if found else "?"


def _scan_chunk(chunk: bytes, sheet: SheetXml, state: _State) -> None:
    window = _Window(chunk)
    numbers = np.append(state.row, window.row_numbers())
    state.row = int(numbers[-1])
    if not window.cells.size:
        return
    # How many cells stand before each row: between two of them are the cells of the first one.
    before = np.searchsorted(window.cells, window.rows)
    if numbers[0] == 0 and (not before.size or before[0] > 0):
        raise OddFormError
    ends = window.ends(before)
    filled, open_ = window.filled(ends)
    columns = window.columns()
    starts = np.append(0, before)
    for index in np.flatnonzero(open_ & ~filled):
        cell = window.padded[window.cells[index] : ends[index]]
        if b't="str"' in cell[: cell.find(b">")]:
            # The result of a formula that is an empty text, which the reader gives as one.
            filled[index] = b"<v" in cell
        elif b"<f" in cell:
            row = numbers[np.searchsorted(starts, index, side="right") - 1]
            sheet.without_value.append((int(row), int(columns[index])))
            filled[index] = True
    _count(sheet.counts, _Filled(numbers, starts, columns, filled), state)


class _Window:
    """A chunk as an array of bytes. cells, rows: where `<c` and `<row` stand in it."""

    def __init__(self, chunk: bytes) -> None:
        self.padded = b"".join((PADDING, chunk, PADDING))
        self.bytes_ = np.frombuffer(self.padded, dtype=np.uint8)
        tags = self.bytes_[:-1] == LT
        self.cells = np.flatnonzero(tags & (self.bytes_[1:] == ord("c")))
        self.cells = self.cells[self.bytes_[self.cells + 2] <= GT]
        tags &= self.bytes_[1:] == ord("r")
        self.rows = np.flatnonzero(tags)
        beginnings = self.words(self.rows) & 0xFFFFFFFFFF
        self.rows = self.rows[(beginnings == _number(b"<row ")) | (beginnings == _number(b"<row>"))]

    def words(self, at: Places) -> Words:
        """The eight bytes at each place, as a number."""
        every = np.ndarray((len(self.padded) - 7,), "<u8", self.padded, strides=(1,))
        words: Words = every[at]
        return words

    def row_numbers(self) -> Places:
        """The numbers in `<row r="12"`."""
        if not (self.words(self.rows + 4) & 0xFFFFFFFF == _number(b' r="')).all():
            raise OddFormError
        numbers = np.zeros(len(self.rows), dtype=np.intp)
        running = np.ones(len(self.rows), dtype=bool)
        for offset in range(8, 16):
            digits = self.bytes_[self.rows + offset].astype(np.intp) - ord("0")
            running &= (digits >= 0) & (digits <= 9)
            if not running.any():
                break
            numbers = np.where(running, numbers * 10 + digits, numbers)
        if running.any() or (numbers == 0).any():
            raise OddFormError
        return numbers

    def columns(self) -> Places:
        """The column of each cell, from 1, as its reference `<c r="AB12"` names it."""
        words = self.words(self.cells + 2)
        if not (words & 0xFFFFFFFF == _number(b' r="')).all():
            raise OddFormError
        letters = [((words >> np.uint64(shift)) & 0xFF).astype(np.intp) - 64 for shift in (32, 40, 48)]
        first, second, third = letters
        if (first < 1).any() or max(letter.max() for letter in letters) > 26:
            raise OddFormError
        if (second < 1).all():
            return first
        columns = np.where(second < 1, first, first * 26 + second)
        return np.where((second < 1) | (third < 1), columns, columns * 26 + third)

    def ends(self, before: Places) -> Places:
        """Where each cell ends: before the next one, or before the end of its row.

        before: per row how many cells stand before it.
        """
        last = self.padded.find(b"</row>", self.cells[-1])
        ends = np.append(self.cells[1:], last if last > 0 else len(self.padded) - len(PADDING))
        # A row without cells ends no cell of another row.
        first = np.diff(before, prepend=0) > 0
        closing = self.rows[first] - len("</row>")
        if not (self.words(closing) & 0xFFFFFFFFFFFF == _number(b"</row>")).all():
            raise OddFormError
        ends[before[first] - 1] = closing
        return ends

    def filled(self, ends: Places) -> tuple[Mask, Mask]:
        """Per cell whether it holds a value, and whether it holds anything, such as a formula without one."""
        words = self.words(ends - 8)
        open_ = words >> np.uint64(32) == _number(b"</c>")
        value, inline = words == _number(b"</v></c>"), words == _number(b"/is></c>")
        filled = value | inline
        if value.any():
            filled &= ~(value & self._nothing(ends - 9, (b"<v>",)))
        if inline.any():
            if not (self.words(ends - 13) == _number(b"</t></is"))[inline].all():
                raise OddFormError
            filled &= ~(inline & self._nothing(ends - 14, (b"<t>", b'e">')))
        if not filled.all():
            self._check_empty(ends, words, open_, filled | value | inline)
        return filled, open_

    def _nothing(self, last: Places, beginnings: Sequence[bytes]) -> Mask:
        """Whether the tag that ends at each place is one of these: nothing stands between it and its end.

        A text that ends in a bare `>` looks like an empty one: it is left to the parser.
        """
        suspects = np.flatnonzero(self.bytes_[last] == GT)
        nothing = np.zeros(len(last), dtype=bool)
        if suspects.size:
            three = self.words(last[suspects] - 2) & 0xFFFFFF
            nothing[suspects] = np.isin(three, [_number(text) for text in beginnings])
        return nothing

    def _check_empty(self, ends: Places, words: Words, open_: Mask, known: Mask) -> None:
        """Refuse an empty cell that ends otherwise than in its own tag, a formula or an empty value."""
        behind = self.bytes_[ends - 6]
        bare = (self.bytes_[ends - 5] == GT) & ((behind == SLASH) | (behind == QUOTE))
        closed = (self.bytes_[ends - 1] == GT) & (self.bytes_[ends - 2] == SLASH)
        usual = np.where(open_, bare | (words == _number(b"</f></c>")), closed)
        if not (usual | known).all():
            raise OddFormError


def _number(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


@dataclass(frozen=True)
class _Filled:
    """The cells of a chunk. numbers, starts: of each row its number, and how many cells stand before it."""

    numbers: Places
    starts: Places
    columns: Places
    mask: Mask


def _count(counts: Counts, cells: _Filled, state: _State) -> None:
    """Add the filled cells of a chunk, in the order in which they stand."""
    columns = cells.columns if cells.mask.all() else cells.columns[cells.mask]
    if not columns.size:
        return
    totals = np.bincount(columns)
    counts.cells.update({int(column): int(totals[column]) for column in np.flatnonzero(totals)})
    per_row = np.diff(np.append(0, np.cumsum(cells.mask))[np.append(cells.starts, len(cells.mask))])
    numbers = cells.numbers[per_row > 0]
    counts.rows += len(numbers) - int(numbers[0] == state.counted)
    state.counted = int(numbers[-1])
    rows = np.repeat(numbers, per_row[per_row > 0]) if _is_new(counts, numbers, columns) else None
    if rows is not None:
        for index in {int(rows.argmax()), int(columns.argmax())}:
            counts.reach(int(rows[index]), int(columns[index]))
        top = rows <= SEARCHED_FURTHER
        counts.top.update(zip(rows[top].tolist(), columns[top].tolist(), strict=True))


def _is_new(counts: Counts, numbers: Places, columns: Places) -> bool:
    """Whether a chunk holds a cell of the first rows, or one further out than those before."""
    return bool(
        numbers.min() <= SEARCHED_FURTHER
        or columns.max() > counts.last_column
        or numbers.max() > counts.last_row
    )
