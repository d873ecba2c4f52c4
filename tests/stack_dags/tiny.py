"""A DAG for Airflow that takes no time; its task fails when the run is told to."""

import pendulum
from airflow.sdk import dag, get_current_context, task


@dag(schedule="0 2 * * *", start_date=pendulum.datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def tiny() -> None:
    @task
    def only() -> None:
        if get_current_context()["params"].get("fail"):
            raise ValueError("told to fail")

    only()


tiny()
