"""Rows in memory as a batch: a frame that somebody has, or that a Parquet file holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from gx.batch import RESULT_FORMAT, Piece
from gx.columns import Columns
from gx.errors import GateUnavailable
from gx.suite import Suite
from pipeline.messages import first_line

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation


@dataclass
class FrameBatch:
    """Rows in memory. Great Expectations names failing rows by position; the keys are looked up here."""

    frame: pd.DataFrame
    keys: pd.DataFrame
    suite: Suite
    rows: int
    present: tuple[str, ...]

    @classmethod
    def of(
        cls, frame: pd.DataFrame, suite: Suite, columns: Columns | None, present: tuple[str, ...] = ()
    ) -> "FrameBatch":
        """A frame as a batch. columns: those that are read, None: all; present: more than the frame has."""
        frame = frame.reset_index(drop=True)
        checked = frame if columns is None else frame[[name for name in frame if name in columns]]
        return cls(
            frame=checked.apply(_quick),
            keys=frame[[name for name in suite.key if name in frame]],
            suite=suite,
            rows=len(frame),
            present=present or tuple(map(str, frame.columns)),
        )

    @property
    def result_format(self) -> dict[str, Any]:
        """Positions of all failing rows; the keys of a hundred thousand would take seconds."""
        return {**RESULT_FORMAT, "result_format": "COMPLETE"}

    @property
    def parameters(self) -> dict[str, Any] | None:
        """The frame itself."""
        return {"dataframe": self.frame}

    def define(self, context: "EphemeralDataContext", name: str) -> "BatchDefinition[Any]":
        """The frame as a batch of the context, without a fingerprint.

        Great Expectations would hash every cell for it, in several times the memory of the frame.
        """
        from great_expectations.execution_engine import pandas_execution_engine

        pandas_execution_engine.HASH_THRESHOLD = 0
        asset = context.data_sources.add_pandas("parquet").add_dataframe_asset(name)
        return asset.add_batch_definition_whole_dataframe("all rows")

    def pieces(self, expectations: "Sequence[Expectation]") -> Iterator[Piece]:
        """All of it at once."""
        yield Piece(self, expectations)

    def failing(self, result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The keys of the failing rows, which Great Expectations names by position."""
        positions = result.get("unexpected_index_list") or result.get("partial_unexpected_index_list") or []
        if self.keys.columns.empty:
            return iter(())
        names = [str(name) for name in self.keys]
        rows = self.keys.iloc[positions].itertuples(index=False, name=None)
        return (dict(zip(names, cells, strict=True)) for cells in rows)

    def close(self) -> None:
        """Nothing to let go of."""


def read_parquet(url: str, suite: Suite, columns: Columns | None) -> FrameBatch:
    """A Parquet file (path or fsspec URL) as a batch, as far as it is read.

    Raises GateUnavailable when the file cannot be read: it may be there, or whole, in a minute.
    """
    try:
        with UPath(url).open("rb") as file, pq.ParquetFile(file) as parquet:
            present = tuple(parquet.schema_arrow.names)
            wanted = None if columns is None else [n for n in present if n in columns or n in suite.key]
            # No column at all would leave no row to count.
            frame = parquet.read(columns=wanted or None).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise GateUnavailable(f"{url} cannot be read: {first_line(error)}") from error
    return FrameBatch.of(frame, suite, columns, present)


def _quick(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The same values in the type that Great Expectations filters and compares fastest."""
    if pd.api.types.is_integer_dtype(column) and pd.api.types.is_extension_array_dtype(column):
        return column.astype("float64")
    # Few distinct values: a row condition copies the frame for every metric, and codes copy faster than text.
    if pd.api.types.is_string_dtype(column) and column.head(1000).nunique() <= 10:
        return column.astype("category")
    return column
