"""A Parquet file of many rows as a batch: its columns are looked at a few at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from gx.batch import Piece
from gx.columns import Columns, columns_of
from gx.errors import GateUnavailable
from gx.frame_batch import FrameBatch
from gx.suite import Suite
from pipeline.messages import first_line

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

MANY_ROWS = 500_000
"""Rows above which not all columns are read at once."""

AT_ONCE = 48_000_000
"""Bytes of columns, as Arrow has them, that expectations share; one alone may read more."""

NAMES = "names"
"""Attribute of an expectation of ours that looks at the names of all columns, and at no row."""


@dataclass(frozen=True)
class ParquetBatch:
    """The file, and how it is looked at. rows, present: its rows and columns."""

    url: str
    suite: Suite
    rows: int
    present: tuple[str, ...]

    def pieces(self, expectations: "Sequence[Expectation]") -> Iterator[Piece]:
        """The expectations by the columns that they read, each with a batch of those."""
        for columns, asked in _together(expectations, self.present, self._bytes()):
            yield Piece(FrameBatch.of(self._read(columns), self.suite, None, self.present), asked)
        by_name = [each for each in expectations if _by_names(each)]
        # Without any expectation there is a result all the same: the gate closes on it.
        if by_name or not expectations:
            yield Piece(FrameBatch.of(self._read(None), self.suite, None, self.present), by_name)

    def failing(self, result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The keys of the failing rows, which Great Expectations names by position."""
        positions = result.get("unexpected_index_list") or result.get("partial_unexpected_index_list") or []
        names = [name for name in self.suite.key if name in self.present]
        if not names or not positions:
            return
        wanted, start = pd.Index(positions), 0
        with self._open() as parquet:
            for rows in parquet.iter_batches(1 << 18, columns=names):
                here = wanted[(wanted >= start) & (wanted < start + len(rows))] - start
                start += len(rows)
                yield from pa.Table.from_batches([rows.take(pa.array(here))]).to_pylist()

    def close(self) -> None:
        """Nothing to let go of."""

    def _read(self, columns: Sequence[str] | None) -> pd.DataFrame:
        """These columns; None: all, without a row."""
        with self._open() as parquet:
            if columns is None:
                return pd.DataFrame(parquet.schema_arrow.empty_table().to_pandas())
            if not columns:
                return pd.DataFrame(index=pd.RangeIndex(self.rows))
            return pd.DataFrame(parquet.read(columns=list(columns)).to_pandas())

    def _bytes(self) -> dict[str, int]:
        """Per column the bytes of its values, repeated ones counted once a row."""
        with self._open() as parquet:
            found = dict.fromkeys(self.present, 0)
            for group in range(parquet.metadata.num_row_groups):
                for place in range(parquet.metadata.num_columns):
                    chunk = parquet.metadata.row_group(group).column(place)
                    found[chunk.path_in_schema] += chunk.total_uncompressed_size + 8 * chunk.num_values
        return found

    @contextmanager
    def _open(self) -> Iterator[pq.ParquetFile]:
        try:
            with UPath(self.url).open("rb") as file, pq.ParquetFile(file) as parquet:
                yield parquet
        except (OSError, pa.ArrowException) as error:
            raise GateUnavailable(f"{self.url} cannot be read: {first_line(error)}") from error


def shape_of(url: str) -> tuple[int, tuple[str, ...]]:
    """Rows and columns of a Parquet file. Raises GateUnavailable when it cannot be read."""
    try:
        with UPath(url).open("rb") as file, pq.ParquetFile(file) as parquet:
            return parquet.metadata.num_rows, tuple(parquet.schema_arrow.names)
    except (OSError, pa.ArrowException) as error:
        raise GateUnavailable(f"{url} cannot be read: {first_line(error)}") from error


def _by_names(expectation: "Expectation") -> bool:
    return bool(getattr(expectation, NAMES, False))


def _together(
    expectations: "Sequence[Expectation]", present: Sequence[str], sizes: Mapping[str, int]
) -> "list[tuple[list[str], list[Expectation]]]":
    """Expectations that may be asked together: of the same columns, or of few bytes in all."""
    groups: list[tuple[Columns, list[Expectation]]] = []
    asked = [(each, _columns(each, present)) for each in expectations if not _by_names(each)]
    for each, columns in sorted(asked, key=lambda one: -sum(sizes[name] for name in one[1])):
        fitting = next((group for group in groups if _fits(group[0], columns, sizes)), None)
        if fitting is None:
            groups.append((columns, [each]))
        else:
            groups[groups.index(fitting)] = (fitting[0] | columns, [*fitting[1], each])
    return [([name for name in present if name in columns], asked) for columns, asked in groups]


def _columns(expectation: "Expectation", present: Sequence[str]) -> Columns:
    read = columns_of(expectation)
    return frozenset(present) if read is None else read & set(present)


def _fits(group: Columns, columns: Columns, sizes: Mapping[str, int]) -> bool:
    both = group | columns
    return both == group or sum(sizes[name] for name in both) <= AT_ONCE
