"""Orders, every morning: reported on once they are there and their gate is open."""

from airflow.sdk import dag, task
from pendulum import datetime

from pipeline.errors import RetriableError
from provider.gate import checked
from provider.steps import step


class OrdersNotThere(RetriableError):
    """The shop has not delivered the orders yet: another try may find them."""


@step
def find_orders() -> str:
    """Where the orders are, as soon as there are any."""
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    if not PostgresHook("warehouse").get_first("SELECT 1 FROM sales.orders LIMIT 1"):
        raise OrdersNotThere("sales.orders is empty. Look whether the shop's export has run.")
    return "table:sales.orders"


@task
def report_revenue(orders: str) -> None:
    """Whatever needs good orders: it gets them only through the gate."""
    print(f"Reporting on {orders}")


@dag(schedule="0 6 * * *", start_date=datetime(2026, 11, 1), catchup=False)
def orders_daily() -> None:
    """Wire the steps and their gate."""
    orders = checked(
        "orders",
        find_orders(),
        conn_id="warehouse",
        history_conn_id="postgres_default",
        max_null_ratio=0.02,
    )
    report_revenue(orders)


orders_daily()
