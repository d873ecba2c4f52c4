"""A DAG for Airflow whose runs take ten seconds and are late after three."""

import time
from datetime import timedelta

from airflow.sdk import dag, task

from provider.watch.limits import late_after


@dag(schedule=None, tags=["quality", late_after(timedelta(seconds=3))])
def late() -> None:
    @task
    def sleep() -> None:
        time.sleep(10)

    sleep()


late()
