"""The example of another team, used as that team would: installed beside us, in a database of its own."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException
from markdown_it import MarkdownIt
from sqlalchemy import URL, Engine, inspect, text

from provider.gate import REPORT_KEY
from provider.steps import ERROR_KEY
from tests.airflow_database import AIRFLOW, migrated_database
from tests.provider.task_context import running_task

ROOT = Path(__file__).resolve().parent.parent.parent
ORDERS = ROOT / "examples" / "orders"
GUIDE = ROOT / "docs" / "your-own-gate.md"

TABLE = """
CREATE SCHEMA sales;
CREATE TABLE sales.orders (order_id int, customer_id int, amount numeric, state text);
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what an installation of the example leaves: its modules, and its entry points."""
    project = tomllib.loads((ORDERS / "pyproject.toml").read_text())["project"]
    site = tmp_path_factory.mktemp("site")
    info = site / f"orders_quality-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [
        line
        for group, points in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    (site / "orders_quality").symlink_to(ORDERS / "orders_quality")
    return site


def connection_to(engine: Engine) -> str:
    host = engine.url.query["host"]
    extra = {"host": host, "sqlalchemy_query": {"host": host}}
    login = {"conn_type": "postgres", "login": engine.url.username, "schema": engine.url.database}
    return json.dumps({**login, "extra": extra})


@pytest.fixture
def variables(engine: Engine, other_engine: Engine, tmp_path: Path) -> dict[str, str]:
    """The environment: our database with the history, and the other team's with the orders."""
    return {
        "AIRFLOW_CONN_POSTGRES_DEFAULT": connection_to(engine),
        "AIRFLOW_CONN_WAREHOUSE": connection_to(other_engine),
        "QUALITY_PATH": str(tmp_path / "quality"),
    }


@pytest.fixture
def warehouse(other_engine: Engine) -> Callable[..., Engine]:
    """Make `sales.orders` hold a hundred paid orders, so many without a customer."""

    def fill(*, without_customer: int = 0, orders: int = 100) -> Engine:
        with other_engine.begin() as connection:
            connection.execute(text("DROP SCHEMA IF EXISTS sales CASCADE"))
            connection.execute(text(TABLE))
            for number in range(orders):
                values = {"id": number, "customer": None if number < without_customer else 7}
                insert = "INSERT INTO sales.orders VALUES (:id, :customer, 10, 'paid')"
                connection.execute(text(insert), values)
        return other_engine

    return fill


@pytest.fixture
def dag(installed: Path, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[DAG]:
    """The example's DAG, parsed beside its package."""
    monkeypatch.syspath_prepend(installed)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    bag = DagBag(dag_folder=str(ORDERS / "dags"))
    assert bag.import_errors == {}
    yield bag.dags["orders_daily"]
    for name in [name for name in sys.modules if name.startswith("orders_quality")]:
        del sys.modules[name]


def test_the_dag_puts_the_gate_between_its_steps(dag: DAG):
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == {
        "find_orders": {"check_orders"},
        "check_orders": {"report_revenue"},
        "report_revenue": set(),
    }


def gated(dag: DAG) -> tuple[Any, dict[str, Any]]:
    """What the gate of the DAG returns for `sales.orders`, and its XComs."""
    gate: Any = dag.get_task("check_orders")
    gate.batch = "table:sales.orders"
    with running_task() as (context, told):
        try:
            return gate.execute(context), told
        except AirflowFailException as closed:
            return closed, told


def test_good_orders_pass_and_nothing_is_left_in_their_database(dag: DAG, warehouse, engine: Engine):
    orders = warehouse(without_customer=2)
    passed, told = gated(dag)
    assert passed == "table:sales.orders"
    assert (told[REPORT_KEY]["unit"], told[REPORT_KEY]["parameters"]) == ("orders", {"max_null_ratio": 0.02})
    assert inspect(engine).get_table_names() == ["quality_runs"]
    assert inspect(orders).get_table_names() == []
    assert inspect(orders).get_table_names(schema="sales") == ["orders"]


def test_orders_without_customers_close_the_gate_and_are_named(dag: DAG, warehouse):
    warehouse(without_customer=3)
    closed, told = gated(dag)
    assert isinstance(closed, AirflowFailException)
    assert told[ERROR_KEY] == (
        "orders closed: 1 of 3 expectations failed (critical): "
        "Customers: at most 2 % of the orders have none: 3 % without a customer (3 of 100 rows)"
    )
    [failed] = [outcome for outcome in told[REPORT_KEY]["outcomes"] if not outcome["success"]]
    named = [example["value"] for example in failed["examples"]]
    assert named == ["order_id 0", "order_id 1", "order_id 2"]


def test_a_free_order_is_a_warning(dag: DAG, warehouse):
    with warehouse().begin() as connection:
        connection.execute(text("UPDATE sales.orders SET amount = 0 WHERE order_id = 4"))
    passed, told = gated(dag)
    assert passed == "table:sales.orders"
    assert told[REPORT_KEY]["severity"] == "warning"


def run_python(*words: str, cwd: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **variables}
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.process
def test_the_gate_runs_without_airflow_on_a_frame(installed: Path, tmp_path: Path):
    path = os.pathsep.join([str(installed), str(ROOT)])
    done = run_python(sys.executable, str(ORDERS / "try_it.py"), cwd=tmp_path, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    summary, *lines, page = done.stdout.splitlines()
    assert summary.startswith("orders closed: 2 of 3 expectations failed (critical): No order is there twice")
    assert lines == [
        "critical: No order is there twice: 2 of 3 rows fail",
        "   order_id 2, order_id 2",
        "warning: Every paid order costs something: 1 of 2 rows fail",
        "   order_id 2",
    ]
    assert (tmp_path / page.removeprefix("The page: ")).is_file()


@pytest.mark.stack
def test_a_run_of_the_dag_ends_well_or_at_the_closed_gate(
    installed: Path, variables: dict[str, str], warehouse, engine: Engine, postgres: URL, tmp_path: Path
):
    with migrated_database(postgres, tmp_path / "airflow") as metadata:
        run_well_and_badly(metadata, installed, variables, warehouse, tmp_path)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT gate, success FROM quality_runs ORDER BY id")).all()
    assert rows == [("orders", True), ("orders", False)]


def run_well_and_badly(
    metadata: Engine, installed: Path, variables: dict[str, str], warehouse, tmp_path: Path
) -> None:
    given = {
        **variables,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ORDERS / "dags"),
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.url.render_as_string(hide_password=False),
        "PYTHONPATH": os.pathsep.join([str(installed), str(ROOT)]),
    }
    warehouse()
    good = run_python(AIRFLOW, "dags", "test", "orders_daily", cwd=tmp_path, **given)
    assert "state=success" in good.stdout + good.stderr
    assert "Reporting on table:sales.orders" in good.stdout + good.stderr
    warehouse(without_customer=3)
    bad = run_python(AIRFLOW, "dags", "test", "orders_daily", cwd=tmp_path, **given)
    assert "state=failed" in bad.stdout + bad.stderr
    assert "Reporting on" not in bad.stdout + bad.stderr


def test_the_code_of_the_guide_is_that_of_the_example():
    files = {file.relative_to(ORDERS): file.read_text() for file in ORDERS.rglob("*") if file.suffix in KINDS}
    blocks = [
        token.content
        for token in MarkdownIt().parse(GUIDE.read_text())
        if token.type == "fence" and f".{token.info}" in (".python", ".toml")
    ]
    shown = [name for name, source in files.items() if any(block in source for block in blocks)]
    assert [block for block in blocks if not any(block in source for source in files.values())] == []
    assert sorted(map(str, shown)) == [
        "dags/orders_daily.py",
        "orders_quality/suite.py",
        "pyproject.toml",
        "try_it.py",
    ]


KINDS = (".py", ".toml")


OURS = re.compile(r"^from (?:gx|provider|pipeline|etl|reindex|local)\S* import", re.MULTILINE)


def test_the_example_needs_nothing_of_ours_but_what_the_guide_names():
    """What another team imports is what we must keep."""
    imported = {line.split()[1] for file in ORDERS.rglob("*.py") for line in OURS.findall(file.read_text())}
    guide = GUIDE.read_text()
    assert imported
    assert [module for module in sorted(imported) if f"`{module}" not in guide] == []
