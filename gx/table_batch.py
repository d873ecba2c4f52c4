"""A table or view of any database that SQLAlchemy and Great Expectations know, as a batch."""

import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.schema import CreateTableAs

from gx.batch import RESULT_FORMAT, Piece
from gx.columns import Columns
from gx.errors import GateMisuse
from gx.suite import BESIDE, Suite
from gx.table_name import TableName
from pipeline.messages import first_line

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation

log = logging.getLogger(__name__)

POSTGRESQL = "postgresql"
ONE_CONNECTION = ("sqlite", "mssql")


@dataclass
class TableBatch:
    """A table or view; one without a schema is found where the database looks first.

    A dozen queries look at a batch, and a view would be computed for each. So it is copied once, as far as
    it is read, into a temporary table, on the one connection of the checks. The key of the table `beside` is
    copied with it, under the name `BESIDE`. Nothing else is written to the database; one that refuses
    temporary tables is asked each time instead, and then has no snapshot of both.
    """

    engine: sa.Engine
    table: TableName
    suite: Suite
    columns: Columns | None
    beside: TableName | None
    rows: int = 0
    present: tuple[str, ...] = ()

    @property
    def result_format(self) -> dict[str, Any]:
        """Keys of the failing rows; COMPLETE, because only that names the rows of a query."""
        keys = {"unexpected_index_column_names": list(self.suite.key)} if self.suite.key else {}
        return {**RESULT_FORMAT, "result_format": "COMPLETE", **keys}

    @property
    def parameters(self) -> dict[str, Any] | None:
        """Nothing."""
        return None

    def define(self, context: "EphemeralDataContext", name: str) -> "BatchDefinition[Any]":
        """The copy of the table as a batch of the context. Raises GateMisuse when it cannot be read so."""
        self.source = _source(context, self.engine)
        engine = self.source.get_execution_engine().engine
        with engine.connect() as connection:
            found = _columns(connection, self.table)
            self.present = tuple(column["name"] for column in found)
            self._check_key()
            query = _query(connection, self.table, [c for c in found if self._is_read(c["name"])])
        if self._copy(engine, query):
            asset = self.source.add_table_asset(name, table_name=_copy_name(engine, self.table))
        else:
            self._count(engine, query)
            asset = self.source.add_query_asset(name, query=str(query.compile(engine)))
        definition: BatchDefinition[Any] = asset.add_batch_definition_whole_table("all rows")
        return definition

    def _check_key(self) -> None:
        unknown = [name for name in self.suite.key if name not in self.present]
        if unknown:
            raise GateMisuse(
                f"{self.suite.name} names rows by {', '.join(unknown)}, which {self.table} has not "
                f"(it has: {', '.join(self.present)}). Correct the key of the suite."
            )

    def _is_read(self, column: str) -> bool:
        # Without any column there would be no row to count.
        return (not self.columns and not self.suite.key) or (
            self.columns is None or column in self.columns or column in self.suite.key
        )

    def _copy(self, engine: sa.Engine, query: sa.Select[Any]) -> bool:
        """Copy the table, and the key of the one beside; False where temporary tables are refused."""
        try:
            with _snapshot(engine).begin() as connection:
                _prefer_indexes(connection)
                self.rows = _copy(connection, query, name=_copy_name(engine, self.table))
                if self.beside is not None:
                    key = [c for c in _columns(connection, self.beside) if c["name"] in self.suite.key]
                    _copy(connection, _query(connection, self.beside, key), name=BESIDE)
        except sa.exc.DataError:
            raise
        except sa.exc.DBAPIError as error:
            if self.beside is not None:
                raise
            log.info("%s is read where it is, without a copy: %s", self.table, first_line(error.orig))
            return False
        return True

    def _count(self, engine: sa.Engine, query: sa.Select[Any]) -> None:
        try:
            with engine.connect() as connection:
                self.rows = _rows(connection, query.subquery("batch"))
        except sa.exc.ProgrammingError as error:
            reason = first_line(error.orig)
            raise GateMisuse(f"{self.table} cannot be read: {reason}. Grant SELECT on it.") from error

    def pieces(self, expectations: "Sequence[Expectation]") -> Iterator[Piece]:
        """All of it at once."""
        yield Piece(self, expectations)

    def failing(self, result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The keys of the failing rows, e.g. `{"order_id": 17}`."""
        rows = result.get("details", {}).get("unexpected_rows") or result.get("unexpected_index_list") or []
        return (key for row in rows for key in _keys(row, self.suite.key))

    def went_away(self, failure: str) -> bool:
        """Whether a failure says that the database was away, and so nothing about the data.

        failure: an exception of Great Expectations as text. Some drivers call wrong SQL operational, too.
        """
        if "OperationalError" not in failure:
            return False
        return self.engine.dialect.name == POSTGRESQL or not self._answers()

    def _answers(self) -> bool:
        try:
            with self.source.get_execution_engine().engine.connect() as connection:
                connection.execute(sa.select(1))
        except sa.exc.SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Close the connections that Great Expectations opened."""
        if hasattr(self, "source"):
            self.source.get_execution_engine().engine.dispose()
            self.source.get_engine().dispose()


def _source(context: "EphemeralDataContext", engine: sa.Engine) -> Any:
    """The database as a source of the context, on one connection, made as the engine makes its own.

    Great Expectations has two engines for a source; a temporary table is there for one connection alone.
    """
    engine.connect().close()  # so that a database that is away is an error of SQLAlchemy
    pooled = engine.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    # For a dialect that it cannot use otherwise, Great Expectations sets this pool itself.
    pool = {} if engine.dialect.name in ONE_CONNECTION else {"poolclass": sa.StaticPool}
    with warnings.catch_warnings():
        # It advises add_postgres, which refuses the URL of a socket.
        warnings.filterwarnings("ignore", "You are using a generic SQLDatasource")
        return context.data_sources.add_sql(
            "database",
            connection_string=engine.url.render_as_string(hide_password=False),
            create_temp_table=False,
            kwargs={**pool, "creator": lambda: connection},  # type: ignore[call-arg] # its stub lacks it
        )


def _snapshot(engine: sa.Engine) -> sa.Engine:
    """The engine, with one snapshot a transaction: whoever is committed in between is in neither table."""
    if engine.dialect.name != POSTGRESQL:
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _prefer_indexes(connection: sa.Connection) -> None:
    """For this transaction: few rows of a large table are looked up, the table is not read for them.

    PostgreSQL's usual cost of a page out of order is that of a disk that turns.
    """
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.text("SET LOCAL random_page_cost = 1.1"))


def _columns(connection: sa.Connection, table: TableName) -> list[ReflectedColumn]:
    """The columns of a table or view. Raises GateMisuse when there is none."""
    try:
        return sa.inspect(connection).get_columns(table.name, schema=table.schema)
    except sa.exc.NoSuchTableError as error:
        raise GateMisuse(f"there is no table or view {table}") from error


def _query(connection: sa.Connection, table: TableName, columns: list[ReflectedColumn]) -> sa.Select[Any]:
    wanted = [_bytewise(connection, column) for column in columns]
    return sa.select(*wanted).select_from(sa.table(table.name, schema=table.schema))


def _bytewise(connection: sa.Connection, column: ReflectedColumn) -> sa.ColumnElement[Any]:
    """The column; text sorts by bytes, which finds the same duplicates faster than a language does."""
    plain: sa.ColumnClause[Any] = sa.column(column["name"], column["type"])
    if connection.dialect.name == POSTGRESQL and isinstance(column["type"], sa.String):
        return sa.cast(plain, sa.Text).collate("C").label(column["name"])
    return plain


def _copy_name(engine: sa.Engine, table: TableName) -> str:
    """The name of the copy, which needs no quotes: Great Expectations sets none.

    PostgreSQL finds a temporary table before one of the same name; SQLAlchemy on SQLite looks at the other.
    """
    name = re.sub(r"\W", "_", table.name.lower())
    plain = engine.dialect.identifier_preparer.quote(name) == name
    return name if plain and engine.dialect.name == POSTGRESQL else f"batch_{name}"


def _copy(connection: sa.Connection, query: sa.Select[Any], *, name: str) -> int:
    """Copy what a query finds into a temporary table; returns the rows."""
    made = connection.execute(CreateTableAs(query, name, temporary=True))
    return made.rowcount if made.rowcount >= 0 else _rows(connection, sa.table(name))


def _rows(connection: sa.Connection, source: sa.FromClause) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(source)).scalar_one()


def _keys(row: Mapping[str, Any], key: tuple[str, ...]) -> list[dict[str, Any]]:
    """The keys that one entry of a result names: of one row, or of several as a list per column."""
    cells = {name: row[name] for name in key if name in row}
    if not any(isinstance(cell, list) for cell in cells.values()):
        return [cells] if cells else []
    return [dict(zip(cells, values, strict=True)) for values in zip(*cells.values(), strict=True)]
