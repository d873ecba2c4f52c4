"""A DAG for Airflow whose gate is closed within the bound up to which a person may open it."""

from typing import Any

from airflow.sdk import dag

from provider.gate import checked
from provider.run import current_run
from provider.steps import step
from provider.tasks import notify_completion


def orders() -> list[Any]:
    """Every order needs a customer; half of them do, if a person says so."""
    import great_expectations.expectations.core as gxe

    from gx.severity import critical

    return [
        critical(
            gxe.ExpectColumnValuesToNotBeNull,
            "Every order has a customer",
            key="customers",
            threshold="each",
            words={"label": "with a customer"},
            column="customer",
            approvable_down_to=0.5,
        )
    ]


@step
def make() -> dict[str, Any]:
    """Three orders, two of them with a customer."""
    import pandas as pd

    from etl.settings import UsersSettings
    from pipeline.folder import RunFolder

    folder = RunFolder.of(UsersSettings().staging_url, current_run().name)
    batch = folder.write_frame("orders", pd.DataFrame({"id": [1, 2, 3], "customer": ["a", None, "c"]}))
    return {"batch": batch, "folder": folder.url}


@step
def use(made: dict[str, Any]) -> int:
    """As many as there are in what was approved."""
    from pipeline.folder import RunFolder

    return len(RunFolder(made["folder"]).read_frame("orders", approved=made["approved"]))


@dag(schedule=None, is_paused_upon_creation=False)
def approvable() -> None:
    """Wire them."""
    use(checked(orders, make(), approval="on")) >> notify_completion()


approvable()
