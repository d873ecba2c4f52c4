"""kill -9 of Elasticsearch in the comparison and under the write block: the retry ends well.

One death serves three runs, each at its place: a server takes long to start again.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.sample.courses import load
from pipeline.errors import RetriableError
from reindex.comparing.fingerprint import Fingerprint
from reindex.index import aliases, blocks
from reindex.index.served import resolve
from reindex.keeping import lock
from reindex.settings import ReindexSettings
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.flow import STEPS, Flow

DOCUMENTS = 3_000
SECONDS = 60
"""The longest that the runs wait for each other."""
DIES_IN = {"comparison": "compare_documents", "swap": "swap_alias", "abandoned swap": "swap_alias"}
"""The step in which the server dies, by run."""


class Death:
    """kill -9 of the server in a comparison, when the other runs are under their write block."""

    def __init__(self, elasticsearch: RunningElasticsearch, *, blocked: int) -> None:
        self.elasticsearch = elasticsearch
        self.missing = blocked
        self.blocked = threading.Semaphore(0)
        self.alone = threading.Lock()
        self.came = threading.Event()

    def in_comparison(self, add: Callable[..., None]) -> Callable[..., None]:
        """Counting documents, before which the server dies."""

        def dying(*arguments: Any) -> None:
            with self.alone:
                while self.missing:
                    assert self.blocked.acquire(timeout=SECONDS)
                    self.missing -= 1
                if not self.came.is_set():
                    self.elasticsearch.kill()
                    self.came.set()
            add(*arguments)

        return dying

    def under_block(self, update: Callable[..., None]) -> Callable[..., None]:
        """The move of the alias, before which the server dies."""

        def dying(*arguments: Any, **options: Any) -> None:
            self.blocked.release()
            assert self.came.wait(SECONDS)
            update(*arguments, **options)

        return dying


@pytest.fixture(scope="module")
def runs(
    elasticsearch: RunningElasticsearch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Flow]]:
    """Runs on sample courses, without their gates, whose server has died and is up again."""
    made = {name: new_run(elasticsearch, tmp_path_factory) for name in DIES_IN}
    for name, run in made.items():
        for step in STEPS:
            if step == DIES_IN[name]:
                break
            run.step(step)
    death = Death(elasticsearch, blocked=2)
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(made)) as threads:
        patch.setattr(Fingerprint, "add", death.in_comparison(Fingerprint.add))
        patch.setattr(aliases, "update", death.under_block(aliases.update))
        ends = {name: threads.submit(run.step, DIES_IN[name]) for name, run in made.items()}
        for end in ends.values():
            with pytest.raises(RetriableError):
                end.result()
    elasticsearch.start()
    yield made
    for run in made.values():
        elasticsearch.delete_all_of(run.settings.index)


def new_run(elasticsearch: RunningElasticsearch, folders: pytest.TempPathFactory) -> Flow:
    served = f"courses-{uuid.uuid4().hex[:12]}"
    load(elasticsearch.admin, served, DOCUMENTS)
    settings = ReindexSettings(index=served, block_seconds=SECONDS)
    return Flow(elasticsearch.cluster_for(served), settings, folders.mktemp("run"), run="run-1")


def finish(step: str, run: Flow) -> None:
    """The retry of a step, and every step behind it."""
    names = list(STEPS)
    for name in names[names.index(step) :]:
        run.step(name)


def assert_swapped(run: Flow, elasticsearch: RunningElasticsearch) -> None:
    admin, served = elasticsearch.admin, run.settings.index
    assert resolve(admin, served).index == run.plan().target
    assert admin.count(index=served)["count"] == DOCUMENTS
    assert blocks.blocked(admin, run.plan().source)
    assert admin.index(index=served, document={"url": "after"})["result"] == "created"
    assert lock.holder(admin, served) is None


def assert_blocked(run: Flow, elasticsearch: RunningElasticsearch) -> None:
    assert resolve(elasticsearch.admin, run.settings.index).index == run.plan().source
    assert blocks.blocked(elasticsearch.admin, run.plan().source)


def test_in_the_comparison(runs: dict[str, Flow], elasticsearch: RunningElasticsearch):
    finish("compare_documents", runs["comparison"])
    assert_swapped(runs["comparison"], elasticsearch)


def test_under_the_write_block(runs: dict[str, Flow], elasticsearch: RunningElasticsearch):
    assert_blocked(runs["swap"], elasticsearch)
    finish("swap_alias", runs["swap"])
    assert_swapped(runs["swap"], elasticsearch)


def test_under_the_write_block_and_the_run_ends_there(
    runs: dict[str, Flow], elasticsearch: RunningElasticsearch
):
    run = runs["abandoned swap"]
    assert_blocked(run, elasticsearch)
    run.step("release")
    source = run.plan().source
    assert resolve(elasticsearch.admin, run.settings.index).index == source
    assert not blocks.blocked(elasticsearch.admin, source)
    assert lock.holder(elasticsearch.admin, run.settings.index) is None
