"""The gate as a task: connections, facts and thresholds in; the batch, or why not, out."""

import json
from collections.abc import Callable
from typing import Any

import great_expectations.expectations.core as gxe
import pandas as pd
import pytest
from airflow.sdk.exceptions import AirflowFailException
from sqlalchemy import Engine, create_engine, inspect, text

from gx.errors import GateMisuse
from gx.severity import critical
from gx.suite import Suite
from pipeline.errors import FatalError, RetriableError
from pipeline.handover import GateInput
from provider.connections import database_engine
from provider.gate import REPORT_KEY, QualityGateOperator, checked, gate_input
from provider.steps import ERROR_KEY, TryAgain
from tests.provider.task_context import running_task


def customers(max_null_ratio: float = 0.0) -> list[Any]:
    return [
        critical(
            gxe.ExpectColumnValuesToNotBeNull,
            "Every order has a customer",
            threshold="each",
            column="customer",
            mostly=1 - max_null_ratio,
        )
    ]


ORDERS = Suite(
    name="orders",
    build=lambda facts, limits: customers(**limits),
    thresholds={"max_null_ratio": 0.0},
    key=("id",),
)

Run = Callable[..., Any]


def connection_to(engine: Engine) -> str:
    """An Airflow connection to the database of an engine."""
    host = engine.url.query["host"]
    return json.dumps(
        {
            "conn_type": "postgres",
            "login": engine.url.username,
            "schema": engine.url.database,
            "extra": {"host": host, "sqlalchemy_query": {"host": host}},
        }
    )


@pytest.fixture
def told() -> dict[str, Any]:
    """The XComs of the running task."""
    return {}


@pytest.fixture
def run(tmp_path, monkeypatch: pytest.MonkeyPatch, engine: Engine, told: dict[str, Any]) -> Run:
    """Execute a gate with a history of its own."""
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path / "quality"))
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))

    def execute(suite: Any, batch: Any, **options: Any) -> Any:
        operator = QualityGateOperator(task_id="check_orders", suite=suite, batch=batch, **options)
        with running_task() as (context, pushed):
            try:
                return operator.execute(context)
            finally:
                told.update(pushed)

    return execute


@pytest.fixture
def warehouse(other_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Somebody else's database, with one order in three without a customer, as the connection `warehouse`."""
    with other_engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA sales"))
        connection.execute(text("CREATE TABLE sales.orders (id int, customer text)"))
        connection.execute(text("INSERT INTO sales.orders VALUES (1, 'a'), (2, NULL), (3, 'c')"))
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_to(other_engine))
    return other_engine


def test_the_batch_is_in_one_database_and_the_history_in_another(run, engine, warehouse, told):
    batch = "postgres:sales.orders"
    assert run(ORDERS, batch, conn_id="warehouse", parameters={"max_null_ratio": "0.5"}) == batch
    assert told[REPORT_KEY]["gate"] == "orders"
    with pytest.raises(AirflowFailException, match=r"orders closed: .* 1 of 3 rows fail"):
        run(ORDERS, batch, conn_id="warehouse")
    assert told[ERROR_KEY].startswith("orders closed: ")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT gate, success FROM quality_runs ORDER BY id")).all()
    assert rows == [("orders", True), ("orders", False)]
    assert inspect(warehouse).get_table_names() == []
    assert inspect(warehouse).get_table_names(schema="sales") == ["orders"]


def test_the_history_may_be_elsewhere(run, engine, warehouse):
    run(customers, "table:sales.orders", conn_id="warehouse", history_conn_id="warehouse", parameters=ALL)
    assert inspect(engine).get_table_names() == []
    assert inspect(warehouse).get_table_names() == ["quality_runs"]


ALL = {"max_null_ratio": 1}


def test_a_file_needs_no_database_but_the_history(run, tmp_path):
    file = tmp_path / "orders.parquet"
    pd.DataFrame({"id": [1], "customer": ["a"]}).to_parquet(file)
    assert run(ORDERS, str(file), conn_id="nobody_made_this_one") == str(file)


@pytest.mark.parametrize(
    ("handover", "seen"),
    [
        ("table:orders", GateInput("table:orders")),
        ({"batch": "o.parquet", "rows": 3}, GateInput("o.parquet", {"batch": "o.parquet", "rows": 3})),
        (
            {"gate": {"batch": "o.parquet", "facts": {"rows": 3}}, "rows": 4},
            GateInput("o.parquet", {"rows": 3}),
        ),
        ({"gate": {"batch": "o.parquet"}, "rows": 4}, GateInput("o.parquet")),
    ],
)
def test_a_batch_is_a_text_or_stands_in_what_the_step_before_returned(handover, seen):
    assert gate_input(handover) == seen


@pytest.mark.parametrize(
    "handover", [None, {}, {"batch": 3}, {"gate": {"facts": {}}}, pd.DataFrame({"a": [1]})]
)
def test_what_names_no_batch_is_refused_with_what_to_return(handover):
    with pytest.raises(GateMisuse, match=r"without the text of a batch\. Return a path, table:…, or a map"):
        gate_input(handover)


def test_what_the_gate_got_it_returns(run, tmp_path):
    file = tmp_path / "orders.parquet"
    pd.DataFrame({"id": [1], "customer": ["a"]}).to_parquet(file)
    handover = {"gate": {"batch": str(file), "facts": {}}, "told": {"counts": {"orders": 1}}}
    assert run(ORDERS, handover) == handover


@pytest.mark.parametrize(
    ("raised", "becomes"),
    [(FatalError("change it"), AirflowFailException), (RetriableError("later"), TryAgain)],
)
def test_an_error_of_a_suite_says_whether_to_try_again(run, told, raised, becomes):
    def broken(max_null_ratio: float = 0) -> list[Any]:
        raise raised

    with pytest.raises(becomes, match=str(raised)):
        run(broken, "o.parquet")
    assert told[ERROR_KEY] == str(raised)


def test_a_threshold_that_is_no_number_is_not_tried_again(run):
    with pytest.raises(AirflowFailException, match="threshold max_null_ratio = 'few' is no number"):
        run(ORDERS, "o.parquet", parameters={"max_null_ratio": "few"})


def test_a_connection_to_no_database_is_not_tried_again(run, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_MAILS", json.dumps({"conn_type": "smtp", "host": "mail.example.org"}))
    with pytest.raises(AirflowFailException, match="mails of type smtp leads to no database that a gate can"):
        run(ORDERS, "table:orders", conn_id="mails")


def test_a_connection_whose_provider_is_not_there_is_not_tried_again(run, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_LAKE", json.dumps({"conn_type": "lake", "host": "lake.example.org"}))
    with pytest.raises(AirflowFailException, match=r"lake of type lake has no hook here .* Install the"):
        run(ORDERS, "table:orders", conn_id="lake")


def test_any_database_with_a_hook_of_airflow_is_reached(run, tmp_path, monkeypatch):
    file = tmp_path / "sales.db"
    created = create_engine(f"sqlite:///{file}")
    with created.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id int, customer text)"))
        connection.execute(text("INSERT INTO orders VALUES (1, 'a')"))
    created.dispose()
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(file)}))
    engine = database_engine("shop")
    assert engine.dialect.name == "sqlite"
    engine.dispose()
    assert run(ORDERS, "table:orders", conn_id="shop") == "table:orders"


def test_connections_are_no_thresholds():
    batch = checked(
        "orders", "table:orders", conn_id="warehouse", history_conn_id="quality", max_null_ratio=0.02
    )
    gate = batch.operator
    assert (gate.task_id, gate.conn_id, gate.history_conn_id) == ("check_orders", "warehouse", "quality")
    assert gate.parameters == {"max_null_ratio": 0.02}


@pytest.mark.parametrize(
    ("suite", "task"),
    [
        ("orders", "check_orders"),
        ("their.suites:ORDERS", "check_orders"),
        (ORDERS, "check_orders"),
        (customers, "check_customers"),
    ],
)
def test_the_task_is_called_after_the_suite(suite, task):
    assert checked(suite, "o.parquet").operator.task_id == task


def test_the_task_may_be_called_otherwise():
    assert checked("orders", "o.parquet", task_id="check_late_orders").operator.task_id == "check_late_orders"
