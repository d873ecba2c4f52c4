"""How much of a workbook is read at most: what is larger is refused before it takes the machine."""

from dataclasses import dataclass

from etl.errors import WorkbookError

MEGABYTE = 1_000_000

SPARSE_CELLS = 5_000_000
"""Cells of a sheet that may be as empty as they like."""
SPARSE_SHARE = 50
"""Above, at least one cell in so many must be filled."""


@dataclass(frozen=True)
class ReadLimits:
    """The limits of one workbook.

    columns, cells: of one sheet, from its first to its outermost cell, empty ones included.
    characters: of one cell. unpacked_mb: of the parts that are read. memory_mb: of the process that reads,
    beside what its parent has. seconds: of reading.
    """

    columns: int = 1_000
    cells: int = 20_000_000
    characters: int = 2_000_000
    unpacked_mb: int = 2_048
    memory_mb: int = 2_048
    seconds: int = 120


USUAL = ReadLimits()


@dataclass(frozen=True)
class Extent:
    """How far the cells of a sheet reach, from 1: an empty cell that has only a format does not count.

    lowest, rightmost: names of the cells in the last row and in the last column. filled: how many are filled.
    """

    first_column: int
    rows: int
    columns: int
    lowest: str
    rightmost: str
    filled: int

    @property
    def cells(self) -> int:
        """Cells that the reader lays out."""
        return self.rows * max(0, self.columns - self.first_column + 1)


EMPTY = Extent(1, 0, 0, "", "", 0)


def check_extent(extent: Extent, limits: ReadLimits, *, where: str) -> None:
    """Refuse a sheet that reaches too far. where: workbook and sheet, for the message.

    Raises:
        WorkbookError: names the outermost cell, the limit and its setting.
    """
    width = extent.columns - extent.first_column + 1
    if width > limits.columns:
        raise WorkbookError(
            f"{where}: cell {extent.rightmost} makes it {width:,} columns wide (at most {limits.columns:,}: "
            "ETL_MAX_COLUMNS). Delete the columns behind its table, or hide it if it is no table of users."
        )
    if extent.cells > limits.cells:
        raise WorkbookError(
            f"{where}: cell {_outermost(extent)} makes it {extent.rows:,} rows × {width:,} columns (at most "
            f"{limits.cells:,} cells: ETL_MAX_CELLS). Delete what stands outside the table, or split it."
        )
    if extent.cells > SPARSE_CELLS and extent.filled * SPARSE_SHARE < extent.cells:
        raise WorkbookError(
            f"{where}: cell {_outermost(extent)} makes it {extent.rows:,} rows × {width:,} columns, of which "
            f"only {extent.filled:,} cells are filled. Delete the cells far outside the table, and save it."
        )


def _outermost(extent: Extent) -> str:
    if extent.lowest == extent.rightmost:
        return extent.lowest
    return f"{extent.rightmost} or {extent.lowest}"


def check_unpacked(size: int, limits: ReadLimits, *, where: str) -> None:
    """Refuse a workbook whose parts are too large once unpacked. size: bytes.

    Raises:
        WorkbookError: names the size, the limit and its setting.
    """
    if size > limits.unpacked_mb * MEGABYTE:
        raise WorkbookError(
            f"{where}: {size // MEGABYTE:,} MB once unpacked (at most {limits.unpacked_mb:,} MB: "
            "ETL_MAX_UNPACKED_MB). Split it, or raise the limit if it is as large as it should be."
        )


def too_long(limits: ReadLimits, *, where: str, cell: str) -> WorkbookError:
    """What is said of a cell with more characters than any cell should have."""
    return WorkbookError(
        f"{where}, cell {cell}: more than {limits.characters:,} characters (ETL_MAX_CHARACTERS). Shorten it."
    )
