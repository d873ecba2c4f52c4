"""The server's own copy: how it is found, resumed, watched, throttled, cancelled, and what it came to."""

import dataclasses
import time
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.errors import RetriableError
from reindex.copying import copy
from reindex.copying.copy import Copying, Progress, progress_of
from reindex.errors import CopyError, CopyInterruptedError
from tests.reindex.before_copy import (
    OF_FILE,
    SLOWLY,
    Begun,
    begun,
    contents,
    copied,
    numbered,
    wait_for_end,
    wait_until,
)
from tests.reindex.own_data import plan_of

DOCUMENTS = 3000
HALF = DOCUMENTS // 2


@pytest.fixture
def ready(client: Elasticsearch, served: str) -> Begun:
    """A candidate for 3,000 documents."""
    return begun(client, served, numbered(DOCUMENTS))


def slowly(client: Elasticsearch, ready: Begun, **options: float) -> str:
    """Start a copy that takes some seconds, one thousand documents each."""
    return copy.start(client, ready.plan, **{"requests_per_second": SLOWLY, "slices": 1, **options})


def fields(client: Elasticsearch, index: str) -> dict[str, Any]:
    """The mapped fields of an index; none when it is not there."""
    found = client.indices.get_mapping(index=index, ignore_unavailable=True).body
    return dict(found.get(index, {"mappings": {}})["mappings"].get("properties", {}))


def test_every_document_is_copied_as_it_is(client: Elasticsearch, ready: Begun):
    done = copied(client, ready)
    assert (done.total, done.created, done.conflicts) == (DOCUMENTS, DOCUMENTS, 0)
    assert contents(client, ready.plan.target) == contents(client, ready.plan.source)


def test_what_no_search_has_seen_yet_is_copied_too(client: Elasticsearch, served: str):
    ready = begun(client, served, numbered(10), settings={"refresh_interval": "-1"})
    assert client.count(index=ready.plan.source)["count"] == 0
    assert copied(client, ready).created == 10


@pytest.mark.both_versions
def test_a_retry_finds_its_own_copy_by_the_opaque_id_and_nobody_elses(client: Elasticsearch, ready: Begun):
    task = slowly(client, ready)
    assert copy.start(client, ready.plan) == task
    assert copy.running(client, ready.plan.opaque_id) == [task]
    other = dataclasses.replace(ready.plan, run=ready.plan.run + "0")
    assert copy.running(client, other.opaque_id) == []
    assert copy.cancel(client, other.opaque_id) == 0
    assert copy.cancel(client, ready.plan.opaque_id) == 1


def test_a_copy_that_was_broken_off_is_completed_and_overwrites_nothing(client: Elasticsearch, ready: Begun):
    half = [
        {"index": {"_id": f"d{n}"}} if kind == "action" else {"n": "stays"}
        for n in range(HALF)
        for kind in ("action", "source")
    ]
    client.bulk(index=ready.plan.target, operations=half)
    done = copied(client, ready)
    assert (done.total, done.created, done.conflicts) == (DOCUMENTS, DOCUMENTS - HALF, HALF)
    there = contents(client, ready.plan.target)
    assert len(there) == DOCUMENTS
    assert there["d0"] == (None, {"n": "stays"})


def test_an_orphan_makes_a_deleted_candidate_again_so_it_is_cancelled_first(
    client: Elasticsearch, ready: Begun
):
    target = ready.plan.target
    slowly(client, ready)
    wait_until(lambda: copy.progress(client, copy.running(client, ready.plan.opaque_id)[0]).done > 0)
    client.indices.delete(index=target)
    wait_until(lambda: fields(client, target).get("url", {}).get("type") == "text")
    assert copy.cancel(client, ready.plan.opaque_id) == 1
    client.indices.delete(index=target)
    assert copy.running(client, ready.plan.opaque_id) == []
    assert not client.indices.exists(index=target)


@pytest.mark.both_versions
def test_a_cancelled_copy_has_no_failure_and_no_error_and_is_none_all_the_same(
    client: Elasticsearch, ready: Begun
):
    task = slowly(client, ready)
    wait_until(lambda: copy.progress(client, task).done > 0)
    copy.cancel(client, ready.plan.opaque_id)
    said = client.tasks.get(task_id=task)
    assert (said["completed"], said["response"]["failures"]) == (True, [])
    assert "error" not in said
    assert said["response"]["canceled"] == "by user request"
    with pytest.raises(
        CopyInterruptedError, match=r"was cancelled \(by user request\). The retry resumes it"
    ):
        copy.finish(client, ready.plan, task)


def test_a_copy_that_is_cancelled_at_any_moment_is_resumed(client: Elasticsearch, ready: Begun):
    for moment in range(12):
        task = slowly(client, ready, slices=1 + moment % 2)
        time.sleep(0.003 * (moment // 2))
        copy.cancel(client, ready.plan.opaque_id)
        with pytest.raises(CopyInterruptedError, match="was cancelled"):
            copy.finish(client, ready.plan, task)
    assert copied(client, ready).total == DOCUMENTS


@pytest.mark.both_versions
def test_documents_that_do_not_fit_the_mapping_are_named_in_one_error(client: Elasticsearch, served: str):
    wrong = [{"_id": f"wrong-{n}", "_source": {"cours": {"titre": {"fr": "Python"}}}} for n in range(2)]
    ready = begun(client, served, [*numbered(20), *wrong], mappings={"dynamic": False}, change=OF_FILE)
    task = copy.start(client, ready.plan, slices=1)
    wait_for_end(client, task)
    said = client.tasks.get(task_id=task)
    assert said["completed"]
    assert "error" not in said
    assert len(said["response"]["failures"]) == 2
    with pytest.raises(CopyError) as refused:
        copy.finish(client, ready.plan, task)
    message = str(refused.value)
    assert message.startswith(
        f"2 or more documents of {ready.plan.source} do not fit into {ready.plan.target}"
    )
    assert "document wrong-" in message
    assert "field cours.titre" in message
    assert "by REINDEX_MAPPING" in message
    assert "\n" not in message


ENDED = {"total": 20, "created": 12, "version_conflicts": 8, "timed_out": False, "took": 1500, "failures": []}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"response": {**ENDED, "timed_out": True}}, "timed out: 12 created and 8 there before, of 20 "),
        ({"response": {**ENDED, "created": 11}}, "does not add up: 11 created and 8 there before, of 20 "),
        (
            {"error": {"type": "illegal", "reason": "no", "caused_by": {"type": "io", "reason": "broken"}}},
            "failed: no: broken. Nothing was swapped",
        ),
    ],
    ids=["timed out", "does not add up", "error"],
)
def test_a_copy_that_ended_badly_is_none(said: dict[str, Any], reason: str, served: str):
    with pytest.raises(CopyError, match=reason):
        copy.copied(plan_of(served), said)
    assert copy.copied(plan_of(served), {"response": ENDED}) == copy.Copied(20, 12, 8, seconds=1.5)


def test_a_copy_that_a_busy_node_broke_off_is_resumed(served: str):
    busy = {"id": "d1", "status": 429, "cause": {"type": "cluster_block_exception", "reason": "disk full"}}
    wrong = {"id": "d0", "status": 400, "cause": {"type": "mapper_parsing_exception", "reason": "no number"}}
    said = {"response": {**ENDED, "failures": [wrong, busy]}}
    with pytest.raises(RetriableError, match=r"away \(429: disk full\)\. The retry resumes it"):
        copy.copied(plan_of(served), said)


def test_a_copy_that_the_server_does_not_know_is_to_be_resumed(client: Elasticsearch, ready: Begun):
    node = slowly(client, ready).partition(":")[0]
    for call in (
        lambda: copy.progress(client, f"{node}:999999999"),
        lambda: copy.finish(client, ready.plan, f"{node}:999999999"),
    ):
        with pytest.raises(CopyInterruptedError, match="The retry resumes the copy"):
            call()
    copy.cancel(client, ready.plan.opaque_id)


def test_a_number_that_another_run_has_now_is_not_taken_for_ones_own(client: Elasticsearch, ready: Begun):
    task = slowly(client, ready)
    other = dataclasses.replace(ready.plan, run="run-2")
    with pytest.raises(CopyInterruptedError):
        copy.finish(client, other, task)
    copy.cancel(client, ready.plan.opaque_id)


def test_the_progress_of_slices_is_summed_since_the_server_says_0(client: Elasticsearch, ready: Begun):
    task = slowly(client, ready, slices=2)
    wait_until(lambda: copy.progress(client, task).done > 0)
    assert client.tasks.get(task_id=task)["task"]["status"]["total"] == 0
    seen = copy.progress(client, task)
    assert (seen.total, seen.running) == (DOCUMENTS, True)
    assert 0 < seen.done < DOCUMENTS
    wait_for_end(client, task)
    seen = copy.progress(client, task)
    assert (seen.total, seen.done, seen.running) == (DOCUMENTS, DOCUMENTS, False)


def test_a_running_copy_is_made_faster(client: Elasticsearch, ready: Begun):
    task = slowly(client, ready, requests_per_second=10)
    assert copy.throttle(client, ready.plan.opaque_id, copy.UNLIMITED) == 1
    wait_for_end(client, task)
    assert copy.finish(client, ready.plan, task).created == DOCUMENTS
    assert copy.throttle(client, ready.plan.opaque_id, copy.UNLIMITED) == 0


def test_a_copy_that_takes_too_long_is_cancelled(client: Elasticsearch, ready: Begun):
    task = slowly(client, ready, requests_per_second=10)
    in_time, late = (Copying(task, f"{year}-01-01T00:00:00+00:00") for year in (2100, 2000))
    assert copy.outcome(client, ready.plan, in_time) is None
    with pytest.raises(
        CopyError, match=r"longer than REINDEX_COPY_HOURS and was cancelled: .*Raise the limit"
    ):
        copy.outcome(client, ready.plan, late)
    assert copy.running(client, ready.plan.opaque_id) == []


PART = {"created": 10, "updated": 0, "deleted": 0, "version_conflicts": 5, "noops": 0, "total": 40}
NOTHING = dict.fromkeys(PART, 0)


def said(*, completed: bool = False, **status: object) -> dict[str, object]:
    """What the server says about a copy after 3 seconds."""
    return {"completed": completed, "task": {"status": {**NOTHING, **status}, "running_time_in_nanos": 3e9}}


def test_a_slice_that_has_ended_and_one_that_runs_are_added():
    ended = {"slice_id": 0, **PART, "created": 35}
    live = {"status": {"slice_id": 1, **PART}}
    seen = progress_of(said(slices=[ended, None], **PART), [live])
    assert seen == Progress(80, 55, 3.0, pytest.approx(55 / 3), pytest.approx(25 / 55 * 3), running=True)
    assert seen.describe() == "55 of 80 documents (69 %), 18 a second, 1 s left"


def test_a_slice_that_ended_between_two_questions_counts_once():
    live = [{"status": {"slice_id": number, **PART}} for number in (0, 1)]
    ended = {"slice_id": 0, **PART, "created": 35}
    assert progress_of(said(slices=[ended, None]), live).done == 55


def test_nobody_can_tell_the_total_before_every_slice_has_counted():
    seen = progress_of(said(slices=[None, None]), [{"status": {"slice_id": 1, **PART}}])
    assert seen.total == 0
    assert seen.describe() == "the server copies (3 s)"


def test_a_slice_that_has_no_number_yet_does_not_count():
    live = [{"status": {"slice_id": 0, **PART}}, {"status": NOTHING}, {}]
    assert progress_of(said(slices=[None, None]), live).done == 15


def test_large_numbers_are_readable():
    seen = Progress(300_000, 120_000, 15.0, 8000.0, 22.5, running=True)
    assert seen.describe() == "120,000 of 300,000 documents (40 %), 8,000 a second, 22 s left"
