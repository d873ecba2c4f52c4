"""`kill -9` of the worker at any request of any step; the retry ends as if nothing had happened."""

import itertools
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from local.sample_courses import load
from reindex import blocks, indices, lock
from reindex.served import resolve
from reindex.settings import ReindexSettings
from reindex.snapshots import own_snapshots
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.flow import STEPS, Flow

DOCUMENTS = 300
RUN = "reindex_weekly/run-1"
TOUCHING = [name for name in STEPS if name != "check_courses_reindexed"]
"""The steps that talk to Elasticsearch."""


class Worker:
    """A process that runs steps, and can be killed before one of its requests."""

    def __init__(self, url: str, key: str, served: str, folder: Path) -> None:
        self.url, self.key = url, key
        self.settings = ReindexSettings(index=served)
        self.folder = folder

    def flow(self, *, die_before: int | None = None) -> Flow:
        """The run; die_before: the number of the request that is never sent."""
        return Flow(lambda: self._connect(die_before), self.settings, self.folder, run=RUN)

    def killed_in(self, step: str, *, before: int) -> bool:
        """Run a step in a process that ends by SIGKILL before a request; False when it ended by itself."""
        process = multiprocessing.get_context("fork").Process(
            target=self.flow(die_before=before).step, args=(step,)
        )
        process.start()
        process.join(timeout=60)
        return process.exitcode == -signal.SIGKILL

    def _connect(self, die_before: int | None) -> Elasticsearch:
        client = Elasticsearch(self.url, api_key=self.key, request_timeout=30)
        send, numbers = client.transport.perform_request, itertools.count(1)

        def counted(*arguments: Any, **options: Any) -> Any:
            if next(numbers) == die_before:
                os.kill(os.getpid(), signal.SIGKILL)
            return send(*arguments, **options)

        client.transport.perform_request = counted  # type: ignore[method-assign]
        return client


def served_documents(admin: Elasticsearch, index: str) -> dict[str, Any]:
    admin.indices.refresh(index=index)
    hits = admin.search(index=index, size=1000, sort=["url"])["hits"]["hits"]
    return {hit["_id"]: hit["_source"] for hit in hits}


def state(admin: Elasticsearch, served: str, repository: str) -> dict[str, Any]:
    """Everything that a run leaves in the cluster, without times and names that differ by run."""
    own = indices.own_indices(admin, served)
    return {
        "served": resolve(admin, served).index.removeprefix(served),
        "documents": served_documents(admin, served),
        "indices": [
            (index.name.removeprefix(served), index.state, index.documents, blocks.blocked(admin, index.name))
            for index in own
        ],
        "snapshots": [snapshot.missing for snapshot in own_snapshots(admin, served, repository)],
        "lock": lock.holder(admin, served),
    }


def changed_meanwhile(admin: Elasticsearch, served: str) -> None:
    """What writers do between copy and catch-up: a change, a new document, a deletion."""
    ids = sorted(served_documents(admin, served))
    bulk(
        admin,
        [
            {"_op_type": "update", "_index": served, "_id": ids[0], "doc": {"url": "changed"}},
            {"_index": served, "_id": "new", "url": "new"},
            {"_op_type": "delete", "_index": served, "_id": ids[1]},
        ],
        refresh=True,
    )


@pytest.fixture(params=["alias", "concrete"])
def worker(
    request: pytest.FixtureRequest, elasticsearch: RunningElasticsearch, served: str, tmp_path: Path
) -> Worker:
    """The served name is an alias, as after every run, or an index that this run migrates."""
    if request.param == "concrete":
        elasticsearch.admin.indices.create(index=served, mappings=indices.mapping())
    load(elasticsearch.admin, served, DOCUMENTS)
    return Worker(elasticsearch.url, elasticsearch.key_for(served), served, tmp_path)


@pytest.mark.parametrize("step", TOUCHING)
def test_a_step_that_was_killed_is_repeated(
    step: str, worker: Worker, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    deaths = 0
    for name in STEPS:
        if name == "catch_up":
            changed_meanwhile(admin, served)
        if name == step:
            before = 1
            while worker.killed_in(name, before=before):
                deaths += 1
                before += max(1, before // 4)
        else:
            worker.flow().step(name)
    assert deaths >= 2
    assert state(admin, served, elasticsearch.repository) == {
        "served": "-000002",
        "documents": expected_documents(admin, served),
        "indices": [("-000001", "validated", DOCUMENTS, True), ("-000002", "validated", DOCUMENTS, False)],
        "snapshots": [""],
        "lock": None,
    }


def expected_documents(admin: Elasticsearch, served: str) -> dict[str, Any]:
    """The documents of the replaced index, which the writers wrote to."""
    return served_documents(admin, indices.name(served, 1))
