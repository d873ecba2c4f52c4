"""A weekly reindex that somebody stops, or that is killed on its way: what it held is given back."""

import psutil
import pytest
from elasticsearch import ApiError, Elasticsearch

from local.sample import served as courses
from local.show.runs import COURSES
from local.stack.stack import Stack
from local.stack.waiting import wait_until
from reindex.index.blocks import allow_writes, block_writes, blocked
from reindex.index.served import resolve
from reindex.keeping import lock
from tests.runs import SLOWLY, Ended, afresh, clear, end, logged_in, roll_back, wait_for_task

pytestmark = pytest.mark.stack


def test_marking_the_copy_as_failed_cancels_it_and_lifts_the_block(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    before, mails_before = courses.served_state(stack.settings), afresh(stack)
    run_id = stack.api.trigger(COURSES.dag, {"requests_per_second": 50, "writes": "block"})
    wait_for_task(stack, run_id, "copy_documents", lambda state: state == "deferred", flow=COURSES)
    with pytest.raises(ApiError, match="blocked by"):
        client.index(index=served, id="refused", document={"url": "https://cours.example.org/refused"})
    path = f"/api/v2/dags/{COURSES.dag}/dagRuns/{run_id}/taskInstances/copy_documents"
    with logged_in(stack) as ui:
        ui.patch(path, json={"new_state": "failed"}).raise_for_status()
    ended = end(stack, run_id, mails_before=mails_before, flow=COURSES)
    assert ended.states["release"] == "success"
    assert [mail.subject for mail in ended.mails] == [f"[failed] copy_documents · {COURSES.dag} · {run_id}"]
    assert wait_until(lambda: running_copies(client) == [], seconds=10, every=0.2)
    assert courses.served_state(stack.settings) == before


def test_marking_the_whole_run_as_failed_cancels_the_copy_and_gives_everything_back_too(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    before, mails_before = courses.served_state(stack.settings), afresh(stack)
    run_id = stack.api.trigger(COURSES.dag, {"requests_per_second": 50, "writes": "block"})
    wait_for_task(stack, run_id, "copy_documents", lambda state: state == "deferred", flow=COURSES)
    assert blocked(client, resolve(client, served).index)
    with logged_in(stack) as ui:
        path = f"/api/v2/dags/{COURSES.dag}/dagRuns/{run_id}"
        ui.patch(path, json={"state": "failed"}).raise_for_status()
    ended = end(stack, run_id, mails_before=mails_before, flow=COURSES)
    assert ended.run.state == "failed"
    assert (ended.states["catch_up"], ended.states["release"]) == ("skipped", "success")
    assert [mail.subject for mail in ended.mails] == [f"[failed] copy_documents · {COURSES.dag} · {run_id}"]
    assert wait_until(lambda: running_copies(client) == [], seconds=10, every=0.2)
    assert courses.served_state(stack.settings) == before
    assert lock.holder(client, served) is None


def running_copies(client: Elasticsearch) -> list[str]:
    tasks = client.tasks.list(actions="*reindex", group_by="none")["tasks"]
    return [f"{task['node']}:{task['id']}" for task in tasks]


def test_clearing_the_copy_cancels_the_first_one_and_copies_again(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    before = afresh(stack)
    run_id = stack.api.trigger(COURSES.dag, {"requests_per_second": SLOWLY})
    wait_for_task(stack, run_id, "copy_documents", lambda state: state == "deferred", flow=COURSES)
    first = running_copies(client)
    clear(stack, run_id, "copy_documents", flow=COURSES)
    ended = end(stack, run_id, mails_before=before, flow=COURSES)
    assert ended.run.state == "success"
    assert ended.tries["copy_documents"] > 1
    copied = stack.api.xcom(COURSES.dag, run_id, "copy_documents")["copied"]
    assert copied["created"] + copied["conflicts"] == copied["total"]
    assert not set(first) & set(running_copies(client))


def test_when_the_server_dies_during_the_copy_the_retry_resumes_it(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    before = afresh(stack)
    run_id = stack.api.trigger(COURSES.dag, {"requests_per_second": SLOWLY})
    wait_for_task(stack, run_id, "copy_documents", lambda state: state == "deferred", flow=COURSES)
    assert wait_until(lambda: documents_of(client, served, run_id) > 0, seconds=30, every=0.2)
    (pid,) = [service.pid for service in stack.status() if service.name == "elasticsearch"]
    launcher = psutil.Process(pid or 0)
    for process in (*launcher.children(recursive=True), launcher):
        process.kill()
    stack.start()
    ended = end(stack, run_id, mails_before=before, flow=COURSES)
    assert (ended.run.state, ended.mails) == ("success", ())
    assert ended.tries["copy_documents"] == 2
    copied = stack.api.xcom(COURSES.dag, run_id, "copy_documents")["copied"]
    assert copied["conflicts"] > 0
    assert copied["created"] + copied["conflicts"] == copied["total"]


def test_a_task_that_is_killed_while_writes_are_blocked_is_tried_again(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    mails_before, source = afresh(stack), resolve(client, served).index
    run_id = stack.api.trigger(COURSES.dag, {"writes": "block"})
    with logged_in(stack) as ui:
        path = f"/api/v2/dags/{COURSES.dag}/dagRuns/{run_id}/taskInstances/catch_up"
        instance = ui.get(path).raise_for_status().json()["id"]
    assert wait_until(lambda: kill_process_of(instance), seconds=60, every=0.05)
    assert blocked(client, source)
    ended = end(stack, run_id, mails_before=mails_before, flow=COURSES)
    assert (ended.run.state, ended.mails, ended.tries["catch_up"]) == ("success", (), 2)
    assert not blocked(client, resolve(client, served).index)
    assert lock.holder(client, served) is None


def kill_process_of(instance: str) -> bool:
    """`kill -9` of the process in which a task instance runs; whether there was one."""
    title = f"airflow worker -- {instance}"
    for process in psutil.process_iter(["cmdline"]):
        if " ".join(process.info["cmdline"] or ()).startswith(title):
            process.kill()
            return True
    return False


def test_a_release_that_fails_fails_the_run_and_is_in_the_mail(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    mails_before = afresh(stack)
    run_id = stack.api.trigger(COURSES.dag, {"requests_per_second": SLOWLY})
    wait_for_task(stack, run_id, "copy_documents", lambda state: state == "deferred", flow=COURSES)
    block_writes(client, lock.lock_index(served))
    try:
        ended = end(stack, run_id, mails_before=mails_before, flow=COURSES)
    finally:
        allow_writes(client, lock.lock_index(served))
    assert ended.run.state == "failed"
    assert {name for name, state in ended.states.items() if state != "success"} == {"release", "done"}
    assert [mail.subject for mail in ended.mails] == [f"[failed] release · {COURSES.dag} · {run_id}"]
    assert roll_back(stack, to=resolve(client, served).index).run.state == "success"
    assert lock.holder(client, served) is None


def documents_of(client: Elasticsearch, served: str, run_id: str) -> int:
    """How many documents a run has copied."""
    candidate = courses.candidate_of(client, served, run=f"{COURSES.dag}/{run_id}")
    if candidate is None:
        return 0
    client.indices.refresh(index=candidate)
    return int(client.count(index=candidate)["count"])
