"""A DAG for Airflow whose task says what its process had imported before it began."""

import sys

from airflow.sdk import dag, task

from provider.warm import LIBRARIES, own_modules


@dag(schedule=None)
def forked() -> None:
    @task
    def missing() -> list[str]:
        there = frozenset(sys.modules)
        return [name for name in (*LIBRARIES, *own_modules()) if name not in there]

    missing()


forked()
