"""A frame that is written and read part by part, so that memory holds one part, however many there are."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.folder import RunFolder

PART_ROWS = 1 << 18
"""Rows of a part, at most: so many are in memory at once."""


class FrameParts:
    """Collects the parts of one frame in temporary files, and writes them into one Parquet file.

    Only when all are there it is known which columns the frame has: a part may lack some. The first part
    stays in memory until another one comes, so that a frame of one part is written once.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._files: list[IO[bytes]] = []
        self._first: pd.DataFrame | None = None
        self._empty: dict[str, pd.Series] = {}

    def __enter__(self) -> "FrameParts":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def add(self, part: pd.DataFrame) -> None:
        """Put a part behind those before it."""
        self._empty = {str(name): part[name].iloc[:0] for name in part.columns} | self._empty
        if self._first is None and not self._files:
            self._first = part
            return
        if self._first is not None:
            self._put_away(self._first)
            self._first = None
        self._put_away(part)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """The parts, as they were added."""
        for file in self._files:
            yield _read(file).to_pandas()
        if self._first is not None:
            yield self._first

    def write(self, folder: RunFolder, name: str, columns: Sequence[str]) -> str:
        """Write all parts into a frame of the folder; returns its path.

        columns: of the frame, in their order; null where a part has none of that name.
        """
        empty = pd.DataFrame({column: self._empty[column] for column in columns})
        schema = pa.Schema.from_pandas(empty, preserve_index=False)
        with folder.writing(name) as file, pq.ParquetWriter(file, schema) as writer:
            for part in self._tables():
                writer.write_table(_with_all(part, schema), row_group_size=PART_ROWS)
        return folder.path(name)

    def _tables(self) -> Iterator[pa.Table]:
        yield from map(_read, self._files)
        if self._first is not None:
            yield pa.Table.from_pandas(self._first, preserve_index=False)

    def _put_away(self, part: pd.DataFrame) -> None:
        file = self._open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), file)
        self._files.append(file)


def _read(file: IO[bytes]) -> pa.Table:
    file.seek(0)
    return pq.ParquetFile(file).read()


def _with_all(part: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        part[field.name].cast(field.type)
        if field.name in part.schema.names
        else pa.nulls(len(part), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def read_parts(
    folder: RunFolder, name: str, columns: Sequence[str] | None = None, *, approved: str = ""
) -> Iterator[pd.DataFrame]:
    """A frame of the folder part by part, each with the index that its rows have in the whole.

    columns, approved: as of `RunFolder.read_frame`.
    """
    with folder.reading(name, approved=approved) as file, pq.ParquetFile(file) as parquet:
        start = 0
        for rows in parquet.iter_batches(PART_ROWS, columns=None if columns is None else list(columns)):
            part = pa.Table.from_batches([rows]).to_pandas()
            part.index += start
            start += len(part)
            yield part


def rows_of(
    folder: RunFolder, name: str, index: pd.Index, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """These rows of a frame of the folder, in the order of the index. columns: as `read_parts` takes them."""
    found = [part[part.index.isin(index)] for part in read_parts(folder, name, columns)]
    return pd.concat(found).loc[index]
