"""A DAG for Airflow whose runs take ten seconds and are late after three."""

import time
from datetime import timedelta

from airflow.sdk import dag, task

from provider.alerts.deadline import mail_when_late


@dag(schedule=None, deadline=mail_when_late(timedelta(seconds=3)))
def late() -> None:
    @task
    def sleep() -> None:
        time.sleep(10)

    sleep()


late()
