"""Tables of any database as batches: another database and schema, SQLite, and what is left in them."""

import sqlite3

import great_expectations.expectations.core as gxe
import pytest
from great_expectations.expectations.row_conditions import Column
from sqlalchemy import Engine, create_engine, inspect, text

from gx.errors import GateMisuse, GateUnavailable
from gx.gate import run_gate
from gx.severity import critical, warning
from gx.suite import Suite

PAID = Column("state") == "paid"


def expectations(facts, thresholds):
    return [
        critical(gxe.ExpectColumnValuesToBeUnique, "No id twice", threshold="once", column="order_id"),
        warning(
            gxe.ExpectColumnValuesToNotBeNull, "Customers", threshold="each", column="customer_id", mostly=0.9
        ),
        critical(
            gxe.ExpectColumnValuesToBeBetween,
            "Paid orders cost something",
            threshold="above 0",
            column="amount",
            min_value=0.01,
            row_condition=PAID,
        ),
        critical(
            gxe.UnexpectedRowsExpectation,
            "No free order",
            threshold="none",
            reads=("amount",),
            unexpected_rows_query="SELECT order_id FROM {batch} WHERE amount = 0",
        ),
    ]


ORDERS = Suite(name="orders", build=expectations, key=("order_id",))

ROWS = [(1, 7, 10.0, "paid"), (2, None, 5.5, "paid"), (3, 9, 1.0, "open")]
BAD = [*ROWS, (3, 9, 0.0, "paid")]


def fill(engine: Engine, table: str, rows):
    with engine.begin() as connection:
        columns = "order_id int, customer_id int, amount double precision, state varchar(9), secret text"
        connection.execute(text(f"CREATE TABLE {table} ({columns})"))
        insert = text(f"INSERT INTO {table} VALUES (:a, :b, :c, :d, 'x')")
        connection.execute(insert, [dict(zip("abcd", row, strict=True)) for row in rows])


@pytest.fixture
def look(settings):
    def run(engine: Engine, batch: str, history: Engine | None = None):
        return run_gate(ORDERS, batch, run="r", settings=settings, engine=engine, history=history)

    return run


def observed(report):
    return [outcome.observed for outcome in report.outcomes]


def test_a_table_of_another_schema_is_looked_at(engine, look):
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA sales"))
    fill(engine, "sales.orders", ROWS)
    fill(engine, "orders", BAD)
    report = look(engine, "postgres:sales.orders")
    assert (report.passed, report.severity, report.rows) == (True, "warning", 3)
    [customers] = report.failed
    assert [example.text for example in customers.examples] == ["order_id 2"]
    assert look(engine, "table:sales.orders").outcomes == report.outcomes
    assert not look(engine, "postgres:orders").passed


def test_the_failing_rows_of_a_table_are_named(engine, look):
    fill(engine, "orders", BAD)
    twice, _, free, query = look(engine, "table:orders").outcomes
    assert [example.text for example in twice.examples] == ["order_id 3", "order_id 3"]
    assert [example.text for example in free.examples] == ["order_id 3"]
    assert [example.text for example in query.examples] == ["order_id 3"]


@pytest.mark.parametrize("name", ['"sales.orders"', '"Orders"', '"my orders; --"', '"50%"', "order"])
def test_a_table_may_have_any_name(engine, look, name):
    fill(engine, '"order"' if name == "order" else name, ROWS)
    assert look(engine, f"postgres:{name}").rows == 3


def tables(engine: Engine):
    with engine.connect() as connection:
        found = text("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^(pg_|info)'")
        return set(connection.execute(found).scalars())


def test_nothing_is_left_in_the_database_of_the_batch(engine, other_engine, look):
    fill(other_engine, "orders", ROWS)
    look(other_engine, "table:orders", history=engine)
    assert tables(other_engine) == {"public.orders"}
    assert tables(engine) == {"public.quality_runs"}


@pytest.mark.parametrize("refusal", ["REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", "read only"])
def test_a_database_that_takes_no_temporary_table_is_read_where_it_is(engine, look, reader, refusal):
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA sales"))
    fill(engine, "sales.orders", BAD)
    copied = look(engine, "table:sales.orders")
    report = look(reader(refusal), "table:sales.orders")
    assert report.rows == 4
    assert observed(report) == observed(copied)
    assert [o.examples for o in report.outcomes] == [o.examples for o in copied.outcomes]


def test_a_table_that_may_not_be_read_is_told(engine, look, reader):
    fill(engine, "hidden", ROWS)
    with engine.begin() as connection:
        connection.execute(text("REVOKE ALL ON hidden FROM PUBLIC"))
    with pytest.raises(GateMisuse, match="hidden cannot be read: permission denied for table hidden"):
        look(reader("GRANT TEMPORARY ON DATABASE {} TO PUBLIC"), "table:hidden")


def test_sqlite_is_looked_at_as_well(tmp_path, look):
    engine = create_engine(f"sqlite:///{tmp_path / 'sales.db'}")
    fill(engine, "orders", ROWS)
    report = look(engine, "table:orders")
    assert (report.passed, report.severity, report.rows) == (True, "warning", 3)
    assert inspect(engine).get_table_names() == ["orders"]
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO orders VALUES (3, 9, 0, 'paid', 'x')"))
    report = look(engine, "table:orders")
    assert [outcome.description for outcome in report.critical] == [
        "No id twice",
        "Paid orders cost something",
        "No free order",
    ]
    assert [example.text for example in report.critical[0].examples] == ["order_id 3", "order_id 3"]
    engine.dispose()


def test_an_attached_schema_of_sqlite_is_found(tmp_path, look):
    sqlite3.connect(tmp_path / "sales.db").close()
    engine = create_engine(
        "sqlite://", creator=lambda: attached(tmp_path / "sales.db")
    )  # how it is reached is the engine's affair
    fill(engine, "sales.orders", ROWS)
    assert look(engine, "table:sales.orders").rows == 3
    engine.dispose()


def attached(path):
    connection = sqlite3.connect(":memory:")
    connection.execute(f"ATTACH '{path}' AS sales")
    return connection


def test_postgres_means_postgresql(tmp_path, look):
    engine = create_engine(f"sqlite:///{tmp_path / 'sales.db'}")
    with pytest.raises(GateMisuse, match="postgres:orders is in sqlite, not in PostgreSQL: write table:"):
        look(engine, "postgres:orders")


def test_a_key_that_the_table_has_not_is_a_misuse(engine, look):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (number int)"))
    with pytest.raises(GateMisuse, match=r"names rows by order_id, which orders has not \(it has: number\)"):
        look(engine, "table:orders")


def test_a_database_that_is_away_can_be_tried_again(look):
    with pytest.raises(GateUnavailable, match="database does not answer"):
        look(create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nothing"), "table:orders")
