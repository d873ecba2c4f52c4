"""What stands in a sheet and is not read: other headers, rows above the header, sheets without users."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.errors import WorkbookError
from etl.rows import spelling
from etl.workbook.header import HEADER_OF_FIELD, LONGEST, Header, field_of

_EMAIL = r"^\s*\S+@\S+\.\S+\s*$"

Rows = npt.NDArray[np.int64]


def filled_rows(cells: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    """Whether each row has a cell in which something can be seen."""
    filled = np.zeros(cells.num_rows, dtype=bool)
    for column in cells.columns:
        rest = np.flatnonzero(~filled)
        if len(rest):
            seen = spelling.visible(column.take(pa.array(rest))).fill_null(False)
            filled[rest] = seen.to_numpy(zero_copy_only=False)
    return filled


def emails(cells: pa.RecordBatch) -> int:
    """Cells that hold an email address and nothing else."""
    found = 0
    for column in cells.columns:
        candidates = column.filter(pc.match_substring(column, "@").fill_null(False))
        found += pc.sum(pc.match_substring_regex(candidates, _EMAIL)).as_py() or 0
    return found


def repeated_headers(header: Header, cells: pa.RecordBatch, *, workbook: str, sheet: str) -> Rows:
    """Rows of a sheet, from 0, that only repeat its header, as printed pages do.

    header: of the sheet. cells: all of it.

    Raises:
        WorkbookError: another row names columns in another order: a second table; the message has both rows.
    """
    again = []
    for row, fields in _headers_among(header, cells):
        if row > header.row and fields == header.fields:
            again.append(row)
        elif row > header.row or emails(cells.slice(0, header.row)):
            names = ", ".join(HEADER_OF_FIELD[field] for field in fields if field)
            raise WorkbookError(
                f"{workbook}, sheet '{sheet}', row {row + 1}: a second header ({names}), whose columns are "
                f"not those of the header in row {header.row + 1}. Give the second table a sheet of its own."
            )
    return np.array(again, dtype=np.int64)


def _headers_among(header: Header, cells: pa.RecordBatch) -> list[tuple[int, tuple[str | None, ...]]]:
    """Rows besides the header that name two fields or more, with the field that each cell names."""
    # A user's row has an address there, so nearly no row has to be looked at.
    addresses = pc.match_substring(cells.column(header.fields.index("email")), "@").fill_null(False)
    candidates = np.flatnonzero(~addresses.to_numpy(zero_copy_only=False))
    candidates = candidates[candidates != header.row]
    rows = cells.take(pa.array(candidates))
    fields = [_fields(column) for column in rows.columns]
    named = np.sum([[field is not None for field in column] for column in fields], axis=0)
    found = [(place, tuple(column[place] for column in fields)) for place in np.flatnonzero(named >= 2)]
    return [(int(candidates[place]), names) for place, names in found if len(set(filter(None, names))) > 1]


def _fields(column: pa.Array) -> list[str | None]:
    typed = column.dictionary_encode()
    encoded = typed.combine_chunks() if isinstance(typed, pa.ChunkedArray) else typed
    fields = [field_of(text) if len(text) <= LONGEST else None for text in encoded.dictionary.to_pylist()]
    return [None if place is None else fields[place] for place in encoded.indices.to_pylist()]
