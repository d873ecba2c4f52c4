"""`kill -9` of the worker at any request of any step; the retry ends as if nothing had happened."""

import importlib
import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk
from sqlalchemy import Engine, create_engine, event, select

from local.sample.courses import load
from reindex import contract
from reindex.client import connect
from reindex.index import blocks, indices
from reindex.index.served import resolve
from reindex.keeping import lock
from reindex.keeping.snapshots import own_snapshots
from reindex.settings import ClusterSettings, ReindexSettings
from reindex.swapping.rollback import RolledBack, previous, rollback
from report.history import QUALITY_RUNS
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.flow import STEPS, Flow

DOCUMENTS = 300
SECONDS = 60
"""The longest that a step may take."""
RUN = "reindex_weekly/run-1"
GATE = "check_courses_reindexed"
TOUCHING = [name for name in STEPS if not name.startswith("check_courses_")]
"""The steps that talk to Elasticsearch."""
MIGRATING = ["check_cluster", "create_index", "swap_alias", "prune_indices", "release"]
"""Those of them that do something else where the served name is a concrete index."""


class Worker:
    """A process that runs steps, and can be killed before one of its requests."""

    def __init__(self, cluster: ClusterSettings, served: str, folder: Path) -> None:
        self.cluster = cluster
        self.settings = ReindexSettings(index=served)
        self.folder = folder

    def flow(self, *, die_before: int | None = None, engine: Engine | None = None) -> Flow:
        """The run; die_before: the number of the request that is never sent."""
        return Flow(
            self.cluster,
            self.settings,
            self.folder,
            run=RUN,
            engine=engine,
            connect=lambda _: self.connect(die_before),
        )

    def connect(self, die_before: int | None = None) -> Elasticsearch:
        """A client; die_before: the number of the request that is never sent."""
        client = connect(self.cluster)
        send, counted = client.transport.perform_request, dying(before=die_before)

        def perform_request(*arguments: Any, **options: Any) -> Any:
            counted()
            return send(*arguments, **options)

        client.transport.perform_request = perform_request  # type: ignore[method-assign]
        return client


def dying(*, before: int | None) -> Callable[..., None]:
    """Ends the process by SIGKILL when it is called for the given time, from 1 on."""
    numbers = itertools.count(1)

    def counted(*_: object) -> None:
        if next(numbers) == before:
            os.kill(os.getpid(), signal.SIGKILL)

    return counted


def killed(work: Callable[..., object], *arguments: object) -> bool:
    """Whether a process that does the work ended by SIGKILL; otherwise it ended well."""
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join(timeout=SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
        pytest.fail(f"{work} hangs")
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


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
            (
                index.name.removeprefix(served),
                index.state,
                admin.count(index=index.name)["count"],
                blocks.blocked(admin, index.name),
            )
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


@pytest.fixture
def worker(
    request: pytest.FixtureRequest, elasticsearch: RunningElasticsearch, served: str, tmp_path: Path
) -> Worker:
    """The served name is an alias, as after every run; as parameter: an index that this run migrates."""
    if getattr(request, "param", None) == "concrete":
        elasticsearch.admin.indices.create(index=served, mappings=contract.mapping())
    load(elasticsearch.admin, served, DOCUMENTS)
    return Worker(elasticsearch.cluster_for(served), served, tmp_path)


@pytest.mark.parametrize(
    ("step", "worker"),
    [*((step, "alias") for step in TOUCHING), *((step, "concrete") for step in MIGRATING)],
    indirect=["worker"],
)
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
            while killed(worker.flow(die_before=before).step, name):
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


def test_a_gate_that_was_killed_gives_its_verdict_once(worker: Worker, engine: Engine):
    importlib.import_module("gx.check")  # here, so that not every process imports Great Expectations
    worker.flow().run_all(until="compare_documents")
    deaths = 0
    while killed(worker.flow(engine=dying_engine(engine, before=deaths + 1)).step, GATE):
        deaths += 1
    assert deaths >= 2
    with engine.connect() as connection:
        verdicts = connection.execute(select(QUALITY_RUNS.c.run, QUALITY_RUNS.c.success)).all()
    assert verdicts == [(RUN, True)]
    worker.flow().step("swap_alias")


def dying_engine(engine: Engine, *, before: int) -> Engine:
    """An engine of its own on the same database, that is killed before a statement or a commit."""
    own, counted = create_engine(engine.url), dying(before=before)
    event.listen(own, "before_cursor_execute", counted)
    event.listen(own, "commit", counted)
    return own


def test_a_rollback_that_was_killed_is_repeated(
    worker: Worker, elasticsearch: RunningElasticsearch, served: str
):
    admin = elasticsearch.admin
    worker.flow().run_all()
    newer, to = resolve(admin, served).index, previous(admin, served)
    admin.index(index=served, id="new", document={"url": "new"}, refresh=True)

    def roll_back(die_before: int | None = None) -> RolledBack:
        with worker.connect(die_before) as client:
            return rollback(client, served, to=to)

    deaths = 0
    while killed(roll_back, deaths + 1):
        deaths += 1
    assert deaths >= 2
    assert roll_back() == RolledBack(served, newer, to, written_since=1, repeated=True)
    assert resolve(admin, served).index == to
    assert (blocks.blocked(admin, to), blocks.blocked(admin, newer)) == (False, True)
