"""A DAG for Airflow whose runs take forty-five seconds and are late after six."""

import time
from datetime import timedelta

from airflow.sdk import dag, task

from provider.watch.limits import late_after


@dag(schedule=None, tags=["quality", late_after(timedelta(seconds=6))])
def late() -> None:
    @task
    def sleep() -> None:
        time.sleep(45)

    sleep()


late()
