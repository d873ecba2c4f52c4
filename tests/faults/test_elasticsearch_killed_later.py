"""kill -9 of Elasticsearch in the comparison and under the write block: the retry ends well."""

from pathlib import Path
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


@pytest.fixture
def run(elasticsearch: RunningElasticsearch, served: str, tmp_path: Path) -> Flow:
    """A run on sample courses, without its gate."""
    load(elasticsearch.admin, served, DOCUMENTS)
    return Flow(elasticsearch.cluster_for(served), ReindexSettings(index=served), tmp_path, run="run-1")


def die_in(
    step: str, of: Any, name: str, run: Flow, elasticsearch: RunningElasticsearch, patch: pytest.MonkeyPatch
) -> None:
    """Run the steps before one, and that one until the server is killed in a function; start it again."""
    names = list(STEPS)
    for earlier in names[: names.index(step)]:
        run.step(earlier)
    function = getattr(of, name)

    def kill_first(*arguments: Any, **options: Any) -> Any:
        elasticsearch.kill()
        return function(*arguments, **options)

    with patch.context() as killing:
        killing.setattr(of, name, kill_first)
        with pytest.raises(RetriableError):
            run.step(step)
    elasticsearch.start()


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


def test_in_the_comparison(run: Flow, elasticsearch: RunningElasticsearch, monkeypatch: pytest.MonkeyPatch):
    die_in("compare_documents", Fingerprint, "add", run, elasticsearch, monkeypatch)
    finish("compare_documents", run)
    assert_swapped(run, elasticsearch)


def test_under_the_write_block(
    run: Flow, elasticsearch: RunningElasticsearch, monkeypatch: pytest.MonkeyPatch
):
    die_in("swap_alias", aliases, "update", run, elasticsearch, monkeypatch)
    assert resolve(elasticsearch.admin, run.settings.index).index == run.plan().source
    assert blocks.blocked(elasticsearch.admin, run.plan().source)
    finish("swap_alias", run)
    assert_swapped(run, elasticsearch)


def test_under_the_write_block_and_the_run_ends_there(
    run: Flow, elasticsearch: RunningElasticsearch, monkeypatch: pytest.MonkeyPatch
):
    die_in("swap_alias", aliases, "update", run, elasticsearch, monkeypatch)
    run.step("release")
    source = run.plan().source
    assert resolve(elasticsearch.admin, run.settings.index).index == source
    assert not blocks.blocked(elasticsearch.admin, source)
    assert lock.holder(elasticsearch.admin, run.settings.index) is None
