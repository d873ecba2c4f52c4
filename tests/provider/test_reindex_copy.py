"""The trigger that waits for a copy, on the real server: what it tells, when it fires, what it cancels."""

import asyncio
import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from airflow.triggers.base import TriggerEvent
from elasticsearch import Elasticsearch
from structlog.testing import capture_logs

from local.sample_courses import load
from provider import reindex_copy
from provider.reindex_copy import CopyTrigger
from reindex import copy
from reindex.checkpoints import checkpoints
from reindex.cluster import make_plan
from reindex.indices import create_index
from reindex.plan import Plan
from tests.elasticsearch import RunningElasticsearch

DOCUMENTS = 3_000
SECONDS = 20
"""More than any of these copies takes."""
SLOWLY = 1_000.0
"""Documents a second, in batches of a thousand: one a second."""


@pytest.fixture
def key(elasticsearch: RunningElasticsearch, served: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The product's key, in the Airflow connection that the trigger asks for."""
    key = elasticsearch.key_for(served)
    address = urlsplit(elasticsearch.url)
    connection = {
        "conn_type": "elasticsearch",
        "host": address.hostname,
        "port": address.port,
        "schema": address.scheme,
        "extra": {"api_key": key},
    }
    monkeypatch.setenv("AIRFLOW_CONN_ELASTICSEARCH_DEFAULT", json.dumps(connection))
    monkeypatch.setattr(reindex_copy, "POLL_SECONDS", 0.1)
    return key


@pytest.fixture
def client(elasticsearch: RunningElasticsearch, key: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch.url, api_key=key) as client:
        yield client


@pytest.fixture
def plan(client: Elasticsearch, served: str) -> Plan:
    """A plan whose candidate is there and empty."""
    load(client, served, DOCUMENTS)
    plan = make_plan(client, served, run="reindex_weekly/manual__1")
    create_index(client, plan, checkpoints=checkpoints(client, plan.source))
    return plan


def slow_copy(client: Elasticsearch, plan: Plan) -> str:
    return copy.start(client, plan, requests_per_second=SLOWLY, slices=1)


def trigger_of(task: str, *, seconds: float = SECONDS) -> CopyTrigger:
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return CopyTrigger(conn_id="elasticsearch_default", task=task, until=until.isoformat())


async def fired(trigger: CopyTrigger) -> list[TriggerEvent]:
    async with asyncio.timeout(SECONDS):
        return [event async for event in trigger.run()]


def made_again(path: str, arguments: dict[str, Any]) -> CopyTrigger:
    """The trigger as another triggerer makes it from what was stored."""
    module, name = path.rsplit(".", 1)
    return cast("CopyTrigger", getattr(importlib.import_module(module), name)(**arguments))


def wait_for(trigger: CopyTrigger) -> dict[str, Any]:
    """What the trigger says the one time it fires."""
    (event,) = asyncio.run(fired(trigger))
    assert event.payload == trigger.serialize()[1]
    return dict(event.payload)


def test_it_is_made_again_from_json_in_which_no_key_stands(key: str):
    path, arguments = trigger_of("node:1").serialize()
    stored = json.dumps(arguments)
    assert key not in stored
    assert set(arguments) == {"conn_id", "task", "until"}
    again = made_again(path, json.loads(stored))
    assert again.serialize() == (path, arguments)


def test_it_fires_when_the_copy_has_ended_and_tells_its_progress_before(client: Elasticsearch, plan: Plan):
    task = slow_copy(client, plan)
    with capture_logs() as told:
        wait_for(trigger_of(task))
    assert not copy.progress(client, task).running
    assert copy.finish(client, plan, task).created == DOCUMENTS
    lines = [entry["event"] for entry in told]
    assert any(line.startswith(f"1,000 of {DOCUMENTS:,} documents (33 %)") for line in lines)


def test_another_triggerer_goes_on_where_the_first_one_died(client: Elasticsearch, plan: Plan):
    task = slow_copy(client, plan)
    first = trigger_of(task)

    async def die_soon() -> None:
        async with asyncio.timeout(0.5):
            await fired(first)

    with pytest.raises(TimeoutError):
        asyncio.run(die_soon())
    assert copy.progress(client, task).running
    wait_for(made_again(*first.serialize()))
    assert copy.finish(client, plan, task).created == DOCUMENTS


def test_it_fires_at_the_limit_and_leaves_the_copy_to_the_operator(client: Elasticsearch, plan: Plan):
    task = slow_copy(client, plan)
    wait_for(trigger_of(task, seconds=0.5))
    assert copy.progress(client, task).running
    copy.cancel(client, plan.opaque_id)


def test_it_fires_when_the_server_knows_no_such_copy(client: Elasticsearch, plan: Plan):
    (node,) = client.tasks.list().body["nodes"]
    wait_for(trigger_of(f"{node}:999999999"))


def test_it_fires_when_the_key_is_refused(
    elasticsearch: RunningElasticsearch, plan: Plan, client: Elasticsearch, monkeypatch: pytest.MonkeyPatch
):
    task = slow_copy(client, plan)
    wrong = {"conn_type": "elasticsearch", "host": "127.0.0.1", "port": urlsplit(elasticsearch.url).port}
    monkeypatch.setenv(
        "AIRFLOW_CONN_ELASTICSEARCH_DEFAULT", json.dumps({**wrong, "extra": {"api_key": "bm8="}})
    )
    wait_for(trigger_of(task))
    assert copy.progress(client, task).running
    copy.cancel(client, plan.opaque_id)


def test_it_waits_for_a_cluster_that_is_away_but_not_for_ever(key: str, monkeypatch: pytest.MonkeyPatch):
    nobody = {"conn_type": "elasticsearch", "host": "127.0.0.1", "port": 1}
    monkeypatch.setenv("AIRFLOW_CONN_ELASTICSEARCH_DEFAULT", json.dumps(nobody))
    monkeypatch.setattr(copy, "AWAY_SECONDS", 1)
    begun = datetime.now(UTC)
    with capture_logs() as told:
        wait_for(trigger_of("node:1"))
    assert timedelta(seconds=1) < datetime.now(UTC) - begun < timedelta(seconds=10)
    assert any("Elasticsearch does not answer" in entry["event"] for entry in told)


def test_whoever_ends_the_task_cancels_the_copy(client: Elasticsearch, plan: Plan):
    task = slow_copy(client, plan)
    asyncio.run(trigger_of(task).on_kill())
    assert not copy.progress(client, task).running
    client.indices.refresh(index=plan.target)
    assert client.count(index=plan.target)["count"] < DOCUMENTS


def test_ending_the_task_of_a_copy_that_is_over_is_no_error(client: Elasticsearch, plan: Plan):
    task = copy.start(client, plan, slices=1)
    wait_for(trigger_of(task))
    asyncio.run(trigger_of(task).on_kill())
    assert copy.finish(client, plan, task).created == DOCUMENTS
