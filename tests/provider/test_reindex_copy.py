"""The copy as a deferrable operator and its trigger, on the real server: what is told, retried, cancelled."""

import asyncio
import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred
from airflow.sdk.execution_time.context import set_current_context
from airflow.triggers.base import TriggerEvent
from elasticsearch import Elasticsearch
from structlog.testing import capture_logs

from local.sample.courses import load
from pipeline.handover import as_json, from_json
from provider.reindex_copy import CopyDocumentsOperator, CopyTrigger
from provider.steps import TryAgain
from reindex.checks.cluster import make_plan
from reindex.copying import copy, wait
from reindex.handover import CopiedDocuments, CreatedIndex
from reindex.index.checkpoints import checkpoints
from reindex.index.indices import create_index
from reindex.keeping import lock
from reindex.plan import Plan
from reindex.settings import ReindexSettings
from tests.elasticsearch import RunningElasticsearch

if TYPE_CHECKING:
    from airflow.sdk import Context

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
    return key


@pytest.fixture
def client(elasticsearch: RunningElasticsearch, key: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch.url, api_key=key) as client:
        yield client


@pytest.fixture
def plan(client: Elasticsearch, served: str) -> Plan:
    """A plan whose candidate is there and empty."""
    load(client, served, DOCUMENTS)
    plan = make_plan(client, ReindexSettings(index=served), run="reindex_weekly/manual__1")
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


def test_it_fires_when_the_key_is_refused_for_longer_than_a_server_takes_to_start(
    elasticsearch: RunningElasticsearch, plan: Plan, client: Elasticsearch, monkeypatch: pytest.MonkeyPatch
):
    task = slow_copy(client, plan)
    wrong = {"conn_type": "elasticsearch", "host": "127.0.0.1", "port": urlsplit(elasticsearch.url).port}
    monkeypatch.setenv(
        "AIRFLOW_CONN_ELASTICSEARCH_DEFAULT", json.dumps({**wrong, "extra": {"api_key": "bm8="}})
    )
    monkeypatch.setattr(wait, "AWAY_SECONDS", 1)
    wait_for(trigger_of(task))
    assert copy.progress(client, task).running
    copy.cancel(client, plan.opaque_id)


def test_it_waits_for_a_cluster_that_is_away_but_not_for_ever(key: str, monkeypatch: pytest.MonkeyPatch):
    nobody = {"conn_type": "elasticsearch", "host": "127.0.0.1", "port": 1}
    monkeypatch.setenv("AIRFLOW_CONN_ELASTICSEARCH_DEFAULT", json.dumps(nobody))
    monkeypatch.setattr(wait, "AWAY_SECONDS", 1)
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


class RunningTask:
    """The part of a running task instance that a failing step sees: where it leaves its message."""

    def __init__(self) -> None:
        self.left: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.left[key] = value


@pytest.fixture
def task_instance(client: Elasticsearch, served: str, plan: Plan) -> Iterator[RunningTask]:
    """A task of the run that has made the plan and holds the lock."""
    lock.acquire(client, served, owner=plan.run)
    dag_id, run_id = plan.run.split("/")
    task_instance = RunningTask()
    context = {
        "dag": SimpleNamespace(dag_id=dag_id),
        "run_id": run_id,
        "params": {"index": served},
        "ti": task_instance,
    }
    with set_current_context(cast("Context", context)):
        yield task_instance


def operator_of(plan: Plan) -> CopyDocumentsOperator:
    created = as_json(CreatedIndex(plan, {"0": 7}, resumed=False))
    return CopyDocumentsOperator(
        task_id="copy_documents", created=created, requests_per_second="1000", slices="1"
    )


def deferred(plan: Plan) -> CopyTrigger:
    """The trigger that a try of the task leaves."""
    with pytest.raises(TaskDeferred) as raised:
        operator_of(plan).execute({})
    return cast("CopyTrigger", raised.value.trigger)


def test_every_try_waits_for_the_one_copy_of_its_run(
    client: Elasticsearch, plan: Plan, task_instance: RunningTask
):
    first, second = deferred(plan), deferred(plan)
    assert first.task_on_server == second.task_on_server
    assert copy.running(client, plan.opaque_id) == [first.task_on_server]
    hours = datetime.fromisoformat(first.until) - datetime.now(UTC)
    assert timedelta(hours=11.9) < hours <= timedelta(hours=12)
    left = from_json(CopiedDocuments, operator_of(plan).resume({}, wait_for(second)))
    assert (left.copied.total, left.copied.created, left.copied.conflicts) == (DOCUMENTS, DOCUMENTS, 0)
    assert (left.plan, left.checkpoints, left.told.counts) == (plan, {"0": 7}, {"created": DOCUMENTS})


def test_what_only_seemed_to_have_ended_is_waited_for_again(plan: Plan, task_instance: RunningTask):
    trigger = deferred(plan)
    with pytest.raises(TaskDeferred):
        operator_of(plan).resume({}, trigger.serialize()[1])


def test_a_copy_that_takes_too_long_is_cancelled_and_not_tried_again(
    client: Elasticsearch, plan: Plan, task_instance: RunningTask
):
    task = slow_copy(client, plan)
    event = wait_for(trigger_of(task, seconds=0.5))
    with pytest.raises(AirflowFailException, match="took longer than REINDEX_COPY_HOURS and was cancelled"):
        operator_of(plan).resume({}, event)
    assert copy.running(client, plan.opaque_id) == []
    assert plan.target in task_instance.left["error"]


def test_a_copy_that_the_server_forgot_is_tried_again(
    client: Elasticsearch, plan: Plan, task_instance: RunningTask
):
    (node,) = client.tasks.list().body["nodes"]
    with pytest.raises(TryAgain, match="does not know the copy"):
        operator_of(plan).resume({}, wait_for(trigger_of(f"{node}:999999999")))


def test_without_the_lock_nothing_is_copied(
    client: Elasticsearch, served: str, plan: Plan, task_instance: RunningTask
):
    lock.release(client, served, owner=plan.run)
    with pytest.raises(AirflowFailException, match="does not hold the lock any more"):
        operator_of(plan).execute({})
    assert copy.running(client, plan.opaque_id) == []
