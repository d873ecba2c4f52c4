"""kill -9 of Elasticsearch in the middle of the copy: the retry ends as if nothing had happened."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
from elasticsearch import Elasticsearch

from reindex.client import connect
from reindex.comparing.compare import both_sides, compare
from reindex.copying import catch_up, copy
from reindex.errors import CopyInterruptedError
from reindex.index import indices
from reindex.settings import ClusterSettings
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.before_copy import SLOWLY, Begun, begun, contents, copied, numbered, wait_until
from tests.reindex.flow import waited_for

DOCUMENTS = 5000


def slow_copy(cluster: ClusterSettings, client: Elasticsearch, ready: Begun) -> copy.Copied | None:
    """A copy of five seconds."""
    task = copy.start(client, ready.plan, requests_per_second=SLOWLY, slices=1)
    copying = copy.Copying(task, until="2100-01-01T00:00:00+00:00")
    waited_for(cluster, copying)
    return copy.outcome(client, ready.plan, copying)


def finished(client: Elasticsearch, ready: Begun) -> dict[str, Any]:
    """Catch up, compare, and return what the candidate holds."""
    caught_up = catch_up.catch_up(client, ready.plan, checkpoints=ready.checkpoints)
    indices.ready(client, ready.plan)
    with both_sides(client, ready.plan, checkpoints=caught_up.checkpoints) as sides:
        compared = compare(sides)
    assert (compared.missing, compared.extra, compared.changed, compared.in_flight) == (0, 0, 0, 0)
    return contents(client, ready.plan.target)


def test_the_retry_resumes_the_copy_and_ends_like_an_undisturbed_one(
    elasticsearch: RunningElasticsearch, served: str
):
    cluster = elasticsearch.cluster_for(served)
    with connect(cluster) as client:
        ready = begun(client, served, numbered(DOCUMENTS))
        with ThreadPoolExecutor(1) as threads:
            copying = threads.submit(slow_copy, cluster, client, ready)
            wait_until(lambda: copied_so_far(client, ready) >= 1000)
            client.index(index=ready.plan.source, id="d0", document={"n": "written in the last moment"})
            before = elasticsearch.process.pids()
            elasticsearch.kill()
            assert elasticsearch.process.pids() == ()
            assert [pid for pid in before if psutil.pid_exists(pid)] == []
            elasticsearch.start()
            assert set(before).isdisjoint(elasticsearch.process.pids())
            with pytest.raises(CopyInterruptedError, match="The retry resumes the copy"):
                copying.result()
        assert 0 < client.count(index=ready.plan.target)["count"] < DOCUMENTS
        resumed = indices.create_index(client, ready.plan, checkpoints={"0": 99, "1": 99})
        assert (resumed.resumed, resumed.checkpoints) == (True, ready.checkpoints)
        done = copied(client, ready)
        assert done.total == DOCUMENTS
        # The one that was written meanwhile is newer than what the first try has copied.
        assert 1000 - 1 <= done.conflicts < DOCUMENTS
        assert done.created == DOCUMENTS - done.conflicts
        disturbed = finished(client, ready)
        assert disturbed == undisturbed(client, ready)
        assert disturbed["d0"] == (None, {"n": "written in the last moment"})


def copied_so_far(client: Elasticsearch, ready: Begun) -> int:
    """Documents that the running copy has made; 0 before it runs."""
    found = copy.running(client, ready.plan.opaque_id)
    return copy.progress(client, found[0]).done if found else 0


def undisturbed(client: Elasticsearch, ready: Begun) -> dict[str, Any]:
    """What a run that nobody kills makes of the same source."""
    target = indices.name(ready.plan.served, 3)
    again = Begun(dataclasses.replace(ready.plan, run="run-2", target=target), ready.checkpoints)
    indices.create_index(client, again.plan, checkpoints=again.checkpoints)
    copied(client, again)
    return finished(client, again)
