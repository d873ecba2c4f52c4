"""The weekly reindex on the real stack: what passes, what is refused, and the way back."""

import pytest
from elasticsearch import Elasticsearch

from local.sample import served as courses
from local.show.demo import LOST_SHARE, lose_documents
from local.show.runs import COURSES
from local.stack.environment import cluster_variables
from local.stack.stack import Stack
from reindex.index.blocks import block_writes, blocked
from reindex.index.indices import own_indices
from reindex.index.served import resolve
from reindex.keeping import lock
from reindex.keeping.snapshots import own_snapshots
from tests.runs import DOCUMENTS, ROLLBACK, SLOWLY, Ended, afresh, end, logged_in, report, roll_back

pytestmark = pytest.mark.stack

BEHIND = ("swap_alias", "prune_indices", "prune_snapshots")
REPOSITORY = "inlearning-snapshots"


@pytest.fixture(scope="module")
def lost(stack: Stack, passed: Ended) -> tuple[Ended, str | None, str | None]:
    """A run that lost 2 % of the documents on the way, and what was served before and after it."""
    before, mails_before = courses.served_state(stack.settings), afresh(stack)
    run_id = stack.api.trigger(COURSES.dag, {"requests_per_second": SLOWLY})
    assert lose_documents(stack.settings, COURSES, run_id) == DOCUMENTS * LOST_SHARE
    ended = end(stack, run_id, mails_before=mails_before, flow=COURSES)
    return ended, before, courses.served_state(stack.settings)


def owner(ended: Ended) -> str:
    return f"{COURSES.dag}/{ended.run.run_id}"


def test_a_good_run_passes_and_nobody_is_bothered(passed: Ended):
    assert set(passed.states.values()) == {"success"}
    assert set(passed.tries.values()) <= {0, 1}
    assert passed.run.state == "success"
    assert passed.mails == ()


def test_the_new_index_is_served_and_the_old_one_is_kept_closed_to_writes(
    client: Elasticsearch, served: str, passed: Ended
):
    old, new = own_indices(client, served)
    assert (new.run, new.state, new.previous) == (owner(passed), "validated", old.name)
    assert resolve(client, served).index == new.name
    assert (blocked(client, old.name), blocked(client, new.name)) == (True, False)
    assert [client.count(index=index.name)["count"] for index in (old, new)] == [DOCUMENTS, DOCUMENTS]
    assert lock.holder(client, served) is None


def test_it_leaves_one_complete_snapshot_of_what_was_served_before(
    client: Elasticsearch, served: str, passed: Ended
):
    (snapshot,) = own_snapshots(client, served, REPOSITORY)
    assert (snapshot.run, snapshot.source, snapshot.missing) == (owner(passed), f"{served}-000001", "")


def test_every_gate_leaves_its_page_and_the_button_leads_to_it(stack: Stack, passed: Ended):
    for task in COURSES.gates:
        verdict = report(stack, passed.run, task.removeprefix("check_"), flow=COURSES)
        assert verdict.passed
        assert (stack.settings.quality_path / verdict.page).is_file()
        url = f"{stack.settings.ui_url}/quality/{verdict.page}"
        path = f"/api/v2/dags/{COURSES.dag}/dagRuns/{passed.run.run_id}/taskInstances/{task}/links"
        with logged_in(stack) as ui:
            assert ui.get(path).raise_for_status().json()["extra_links"] == {"Data Docs": url}


def test_while_the_server_copied_no_worker_was_held(stack: Stack, passed: Ended):
    copy = next(task for task in passed.run.tasks if task.name == "copy_documents")
    events = [line.get("event", "") for line in stack.api.task_log(COURSES.dag, passed.run.run_id, copy)]
    assert any("The server copies" in event for event in events)
    assert any("Pausing task as DEFERRED" in event for event in events)
    key = cluster_variables(stack.settings)["ELASTICSEARCH_API_KEY"]
    assert not any(key in str(event) for event in events)


def test_a_loss_of_two_percent_closes_the_gate_and_nothing_behind_it_runs(
    lost: tuple[Ended, str | None, str | None],
):
    ended, _, _ = lost
    assert ended.run.state == "failed"
    behind = dict.fromkeys(BEHIND, "upstream_failed")
    closed = {"check_courses_reindexed": "failed", **behind, "done": "failed"}
    assert ended.states == {**dict.fromkeys(ended.states, "success"), **closed}
    assert ended.tries["check_courses_reindexed"] == 1


def test_after_a_loss_the_served_index_is_as_it_was_and_takes_writes(
    lost: tuple[Ended, str | None, str | None], client: Elasticsearch, served: str
):
    _, before, after = lost
    assert after == before
    assert "open to writes" in str(after)
    assert not blocked(client, resolve(client, served).index)


def test_after_a_loss_the_candidate_is_kept_and_marked_and_the_lock_is_free(
    lost: tuple[Ended, str | None, str | None], client: Elasticsearch, served: str
):
    ended, _, _ = lost
    (candidate,) = [index for index in own_indices(client, served) if index.run == owner(ended)]
    assert candidate.state == "failed"
    assert client.count(index=candidate.name)["count"] == DOCUMENTS * (1 - LOST_SHARE)
    assert lock.holder(client, served) is None


def test_one_mail_tells_the_loss(stack: Stack, lost: tuple[Ended, str | None, str | None]):
    ended, _, _ = lost
    (mail,) = ended.mails
    assert mail.subject == f"[closed] courses_reindexed · {COURSES.dag} · {ended.run.run_id}"
    page = report(stack, ended.run, "courses_reindexed", flow=COURSES).page
    assert f"{stack.settings.ui_url}/quality/{page}" in mail.text.split()
    assert "source 3,000, target 2,940" in mail.text


def test_the_way_back_tells_what_was_written_since(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    newer = resolve(client, served).index
    client.index(index=served, id="new", document={"url": "https://cours.example.org/new"}, refresh=True)
    ended = roll_back(stack)
    assert set(ended.states.values()) == {"success"}
    assert ended.mails == ()
    told = stack.api.xcom(ROLLBACK.dag, ended.run.run_id, "rollback_alias")
    assert (told["from_index"], told["to_index"], told["written_since"]) == (newer, f"{served}-000001", 1)
    assert resolve(client, served).index == f"{served}-000001"
    assert (blocked(client, f"{served}-000001"), blocked(client, newer)) == (False, True)


def test_the_lock_of_a_run_that_ended_is_taken_over_and_its_write_block_lifted(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    current = resolve(client, served).index
    lock.acquire(client, served, owner=owner(passed))
    block_writes(client, current)
    ended = roll_back(stack, to=current)
    assert ended.run.state == "success"
    assert stack.api.xcom(ROLLBACK.dag, ended.run.run_id, "release_stale")["unblocked"] is True
    assert not blocked(client, current)
    assert lock.holder(client, served) is None


def test_the_lock_of_a_run_that_is_not_known_here_is_respected(
    stack: Stack, client: Elasticsearch, served: str, passed: Ended
):
    lock.acquire(client, served, owner="reindex_weekly/elsewhere")
    try:
        ended = roll_back(stack)
        assert (ended.states["release_stale"], ended.tries["release_stale"]) == ("failed", 1)
        (mail,) = ended.mails
        assert f"{served} is locked by reindex_weekly/elsewhere" in mail.text
        assert lock.holder(client, served) is not None
    finally:
        lock.release(client, served, owner="reindex_weekly/elsewhere")
