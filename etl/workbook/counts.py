"""What a sheet holds by its own records, counted without the reader: how far it reaches, how full it is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from etl.workbook.cell_names import cell_name
from etl.workbook.header import SEARCHED_FURTHER
from etl.workbook.limits import EMPTY, Extent


@dataclass
class Counts:
    """The filled cells of one sheet. Rows and columns count from 1.

    cells: filled cells per column. rows: rows with a filled cell.
    top: row and column of each filled cell of the first `SEARCHED_FURTHER` rows, among which a header stands.
    last_row, last_column: of any filled cell, with the name of one that stands there.
    """

    cells: Counter[int] = field(default_factory=Counter)
    rows: int = 0
    top: set[tuple[int, int]] = field(default_factory=set)
    last_row: int = 0
    last_column: int = 0
    lowest: str = ""
    rightmost: str = ""

    @property
    def extent(self) -> Extent:
        """How far the filled cells reach."""
        if not self.cells:
            return EMPTY
        first = min(self.cells)
        filled = self.cells.total()
        return Extent(first, self.last_row, self.last_column, self.lowest, self.rightmost, filled)

    def reach(self, row: int, column: int) -> None:
        """Note a filled cell as far as it stands further out than those before it."""
        if row > self.last_row:
            self.last_row, self.lowest = row, cell_name(row, column)
        if column > self.last_column:
            self.last_column, self.rightmost = column, cell_name(row, column)

    def below(self, row: int) -> tuple[int, Counter[int]]:
        """Rows with a filled cell, and filled cells per column, below a row that is among the first ones."""
        above = [place for place in self.top if place[0] <= row]
        cells = self.cells.copy()
        cells.subtract(column for _, column in above)
        return self.rows - len({place[0] for place in above}), cells

    @classmethod
    def of(cls, filled: Iterable[tuple[int, int]]) -> "Counts":
        """The counts of a sheet of which each filled cell is given, row by row."""
        counts = cls()
        last = 0
        for row, column in filled:
            counts.cells[column] += 1
            counts.rows += row != last
            last = row
            if row <= SEARCHED_FURTHER:
                counts.top.add((row, column))
            if row > counts.last_row or column > counts.last_column:
                counts.reach(row, column)
        return counts
