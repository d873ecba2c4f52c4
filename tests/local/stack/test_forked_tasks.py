"""On the real stack: tasks find what they need in memory, and only the process that forks them holds it."""

import psutil
import pytest

from local.show.runs import Flow, begin_run, follow, wait_for_dag
from local.stack.stack import Stack

pytestmark = pytest.mark.stack

FORKED = Flow("forked")
HEAVY = "/pyarrow/"
"""In the path of a library that pandas loads, and nothing of Airflow's own does."""


def test_a_forked_task_has_every_module_without_importing_one(running: Stack):
    wait_for_dag(running.api, seconds=60, flow=FORKED)
    run = begin_run(running.api, {}, flow=FORKED)
    assert follow(running.api, run, seconds=60, show=lambda _: None, flow=FORKED).state == "success"
    assert running.api.xcom(FORKED.dag, run, "missing") == []


def test_only_the_scheduler_holds_them_and_it_has_one_thread(running: Stack):
    processes = {
        service.name: psutil.Process(service.pid)
        for service in running.status()
        if service.pid and service.name.startswith("airflow")
    }
    holding = {
        name for name, process in processes.items() if any(HEAVY in m.path for m in process.memory_maps())
    }
    assert holding == {"airflow-scheduler"}
    assert processes["airflow-scheduler"].num_threads() == 1
