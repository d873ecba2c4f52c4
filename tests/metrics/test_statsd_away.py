"""What Airflow sends is sent by UDP: with nobody there, nobody waits; what arrives is what is let through."""

import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from airflow.sdk.observability.metrics.statsd_logger import get_statsd_logger

from local.monitoring import programs, service
from local.stack.waiting import wait_until
from tests.stack import free_port

TASK = {"dag_id": "etl_users_daily", "task_id": "load_users"}


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """Where Airflow sends to, as the stack has it send."""
    chosen = free_port()
    sending = {"ON": "True", "HOST": "127.0.0.1", "PORT": str(chosen), "INFLUXDB_ENABLED": "True"}
    for name, value in sending.items():
        monkeypatch.setenv(f"AIRFLOW__METRICS__STATSD_{name}", value)
    return chosen


@pytest.fixture
def airflow(port: int) -> Iterator[Any]:
    """What a task sends its figures with."""
    logger = get_statsd_logger()
    yield logger
    logger.statsd.close()


@pytest.fixture
def exporter(port: int) -> Iterator[str]:
    """A statsd_exporter with our mapping at that port; the address of its figures."""
    programs.build()
    at = f"127.0.0.1:{port}"
    listening = (f"--web.listen-address={at}", f"--statsd.listen-udp={at}", "--statsd.listen-tcp=")
    mapping = f"--statsd.mapping-config={service.FILES / 'statsd.yml'}"
    process = subprocess.Popen([programs.STATSD.path, *listening, mapping], stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: figures(f"http://{at}/metrics") != "", seconds=30)
        yield f"http://{at}/metrics"
    finally:
        process.terminate()
        process.wait(10)


def figures(address: str) -> str:
    """What the exporter answers; nothing before it does."""
    try:
        return httpx.get(address, trust_env=False).text
    except httpx.TransportError:
        return ""


def test_with_nobody_there_a_thousand_figures_are_sent_in_no_time(airflow: Any):
    began = time.monotonic()
    for _ in range(1000):
        airflow.timing("task.duration", 1500.0, tags=TASK)
        airflow.incr("ti.finish", tags={**TASK, "state": "success"})
    assert time.monotonic() - began < 2


def test_what_is_listed_arrives_with_its_tags_as_labels_and_all_else_is_dropped(exporter: str, airflow: Any):
    airflow.timing("task.duration", 1500.0, tags=TASK)
    airflow.incr("made_up_by_somebody", tags={"run_id": "manual__1"})
    labels = 'dag_id="etl_users_daily",task_id="load_users"'
    assert wait_until(lambda: f"airflow_task_duration_sum{{{labels}}} 1.5" in figures(exporter), seconds=10)
    assert "made_up" not in figures(exporter)
