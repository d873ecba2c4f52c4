"""The batches: a parquet file, or a table in PostgreSQL."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn
from upath import UPath

from gx.errors import GateMisuse, GateUnavailable
from gx.report import Example
from gx.suites import BESIDE, NameRow, Suite

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import EphemeralDataContext

POSTGRES = "postgres:"

# Failing rows that results and Data Docs show, however many there are.
SHOWN_ROWS = 20

RESULT_FORMAT: dict[str, Any] = {
    "exclude_unexpected_values": True,
    "partial_unexpected_count": SHOWN_ROWS,
    "return_unexpected_index_query": False,
}


class Batch(Protocol):
    """What a gate needs to know of its batch."""

    rows: int

    @property
    def result_format(self) -> dict[str, Any]:
        """How Great Expectations reports failing rows of this batch."""

    def define(self, context: "EphemeralDataContext", name: str) -> "BatchDefinition[Any]":
        """The batch, added to the context under a name."""

    @property
    def parameters(self) -> dict[str, Any] | None:
        """What the checkpoint needs besides the definition."""

    def examples(self, result: Mapping[str, Any]) -> tuple[Example, ...]:
        """The failing rows that the `result` of an expectation names, at most `SHOWN_ROWS`."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass
class FrameBatch:
    """Rows in memory. Great Expectations names failing rows by position; the keys are looked up here."""

    frame: pd.DataFrame
    keys: pd.DataFrame
    rows: int
    example: NameRow

    @property
    def result_format(self) -> dict[str, Any]:
        """Positions of the first failing rows: a hundred thousand keys would take seconds and megabytes."""
        return {**RESULT_FORMAT, "result_format": "SUMMARY"}

    @property
    def parameters(self) -> dict[str, Any] | None:
        """The frame itself."""
        return {"dataframe": self.frame}

    def define(self, context: "EphemeralDataContext", name: str) -> "BatchDefinition[Any]":
        """The frame as a batch of the context."""
        asset = context.data_sources.add_pandas("parquet").add_dataframe_asset(name)
        return asset.add_batch_definition_whole_dataframe("all rows")

    def examples(self, result: Mapping[str, Any]) -> tuple[Example, ...]:
        """The failing rows, named by their keys."""
        positions = result.get("partial_unexpected_index_list") or []
        shown = self.keys.iloc[positions[:SHOWN_ROWS]].to_dict("records")
        return tuple(self.example({str(name): cell for name, cell in key.items()}) for key in shown)

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class TableBatch:
    """A table or view in PostgreSQL, found on the search path.

    A dozen queries look at a batch, and a view would be computed for each. So it is copied once, as far as
    the suite reads it, into a temporary table of the same name, on the one connection of the checks. The key
    of the table `beside` is copied with it, under the name `BESIDE`.
    """

    engine: sa.Engine
    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    beside: str | None
    rows: int = 0

    @property
    def result_format(self) -> dict[str, Any]:
        """Keys of the failing rows; COMPLETE, because only that names the rows of a query."""
        return {**RESULT_FORMAT, "result_format": "COMPLETE", "unexpected_index_column_names": list(self.key)}

    @property
    def parameters(self) -> dict[str, Any] | None:
        """Nothing."""
        return None

    def define(self, context: "EphemeralDataContext", name: str) -> "BatchDefinition[Any]":
        """The copy of the table as a batch of the context. Raises GateMisuse when there is no such table."""
        url = self.engine.url.render_as_string(hide_password=False)
        with warnings.catch_warnings():
            # It advises add_postgres, which refuses the URL of a socket.
            warnings.filterwarnings("ignore", "You are using a generic SQLDatasource")
            self.source = context.data_sources.add_sql(
                "postgres",
                connection_string=url,
                create_temp_table=False,
                kwargs={"poolclass": sa.StaticPool},  # type: ignore[call-arg] # its stub lacks the option
            )
        self._copy(self.source.get_execution_engine().engine)
        asset = self.source.add_table_asset(name, table_name=self.table)
        return asset.add_batch_definition_whole_table("all rows")

    def _copy(self, engine: sa.Engine) -> None:
        # One snapshot for both: whoever is committed in between is in neither.
        with engine.execution_options(isolation_level="REPEATABLE READ").begin() as connection:
            self.rows = _copy(connection, self.table, (*self.key, *self.columns), name=self.table)
            if self.beside is not None:
                _copy(connection, self.beside, self.key, name=BESIDE)

    def examples(self, result: Mapping[str, Any]) -> tuple[Example, ...]:
        """The keys of the failing rows, e.g. `user_id …`."""
        rows = result.get("details", {}).get("unexpected_rows") or result.get("unexpected_index_list") or []
        texts = [
            f"{name} {value}"
            for row in rows
            for name, values in row.items()
            if name in self.key
            for value in (values if isinstance(values, list) else [values])
        ]
        return tuple(Example(place="", value=value) for value in texts[:SHOWN_ROWS])

    def close(self) -> None:
        """Close the connections that Great Expectations opened."""
        if hasattr(self, "source"):
            self.source.get_execution_engine().engine.dispose()
            self.source.get_engine().dispose()


def _copy(connection: sa.Connection, table: str, columns: Sequence[str], *, name: str) -> int:
    """Copy those of the columns that a table or view has into a temporary table; returns the rows.

    Raises GateMisuse when there is no such table.
    """
    try:
        found = sa.inspect(connection).get_columns(table)
    except sa.exc.NoSuchTableError as error:
        raise GateMisuse(f"there is no table or view {table}") from error
    wanted = [_bytewise(column) for column in found if column["name"] in columns]
    query = sa.select(*wanted).select_from(sa.table(table)).compile(dialect=connection.dialect)
    copy = connection.dialect.identifier_preparer.quote(name)
    return connection.execute(sa.text(f"CREATE TEMPORARY TABLE {copy} AS {query}")).rowcount


def open_batch(batch: str, suite: Suite, facts: Mapping[str, object], engine: sa.Engine | None) -> Batch:
    """The batch that a URL names: a parquet file, or `postgres:<table>`. facts: those of the suite.

    Raises GateUnavailable when the file cannot be read, GateMisuse when there is no engine for the table.
    """
    if batch.startswith(POSTGRES):
        if engine is None:
            raise GateMisuse(f"the batch {batch} needs an engine")
        return TableBatch(
            engine,
            batch.removeprefix(POSTGRES),
            columns=suite.columns or (),
            key=suite.key,
            beside=None if suite.beside is None else str(facts[suite.beside]),
        )
    try:
        return _open_frame(batch, suite)
    except (OSError, pa.ArrowException) as error:
        raise GateUnavailable(f"{batch} cannot be read: {str(error).splitlines()[0]}") from error


def _open_frame(batch: str, suite: Suite) -> FrameBatch:
    with UPath(batch).open("rb") as file, pq.ParquetFile(file) as parquet:
        present = parquet.schema_arrow.names
        wanted = present if suite.columns is None else [*suite.columns, *suite.key]
        frame = parquet.read(columns=[name for name in dict.fromkeys(wanted) if name in present]).to_pandas()
    frame = frame.reset_index(drop=True)
    keys = frame[[name for name in suite.key if name in frame]]
    checked = frame if suite.columns is None else frame[[name for name in suite.columns if name in frame]]
    return FrameBatch(frame=checked.apply(_quick), keys=keys, rows=len(frame), example=suite.example)


def _quick(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The same values in the type that Great Expectations filters and compares fastest."""
    if pd.api.types.is_integer_dtype(column) and pd.api.types.is_extension_array_dtype(column):
        return column.astype("float64")
    # Few distinct values: a row condition copies the frame for every metric, and codes copy faster than text.
    if pd.api.types.is_string_dtype(column) and column.head(1000).nunique() <= 10:
        return column.astype("category")
    return column


def _bytewise(column: ReflectedColumn) -> sa.ColumnElement[Any]:
    """The column; text sorts by bytes, which finds the same duplicates faster than a language does."""
    plain: sa.ColumnClause[Any] = sa.column(column["name"], column["type"])
    if isinstance(column["type"], sa.String):
        return sa.cast(plain, sa.Text).collate("C").label(column["name"])
    return plain
