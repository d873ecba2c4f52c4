"""The whole DAG on the real stack: what passes, what is refused, and what is told when something is away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local.sample.users import SampleCounts
from local.show.demo import checksum
from local.show.mail import read_mails
from local.show.runs import USERS, Flow, begin_run, follow, wait_for_dag
from local.stack.environment import USERS_DATABASE
from local.stack.stack import Stack
from local.stack.waiting import wait_until
from tests import workbooks
from tests.runs import SECONDS, Ended, afresh, clear, end, logged_in, mail_count, report, wait_for_task
from tests.users_runs import ask, refused_connections, run_users

pytestmark = pytest.mark.stack

LATE, WATCH = Flow("late"), Flow("quality_watch")
WEEKLY = Flow("quality_kpis_weekly", gates=("check_runs_weekly",))
BEHIND = ("stage_users", "check_users_next", "load_users", "done")


def test_a_good_workbook_passes_and_nobody_is_bothered(passed: Ended):
    assert set(passed.states.values()) == {"success"}
    assert set(passed.tries.values()) <= {0, 1}
    assert passed.run.state == "success"
    assert passed.mails == ()


def test_every_valid_row_is_a_user_and_every_other_row_is_quarantined(
    stack: Stack, sample: SampleCounts, passed: Ended
):
    assert ask(stack, "SELECT count(*), count(DISTINCT lower(email)) FROM users") == [(sample.valid,) * 2]
    ((quarantined,),) = ask(stack, "SELECT count(*) FROM quarantine WHERE run_id = %s", passed.run.run_id)
    assert quarantined == sample.rejected + sample.duplicate_email
    assert sample.rejected > 0


def test_every_gate_leaves_its_result_and_its_page_on_disk_and_in_the_history(stack: Stack, passed: Ended):
    for task in USERS.gates:
        verdict = report(stack, passed.run, task.removeprefix("check_"))
        assert verdict.passed
        assert (stack.settings.quality_path / verdict.result_file).is_file()
        assert (stack.settings.quality_path / verdict.page).is_file()
    history = "SELECT count(*) FROM quality_runs WHERE run = %s AND success"
    assert ask(stack, history, passed.run.run_id) == [(len(USERS.gates),)]


@pytest.mark.parametrize("outcome", ["passed", "closed"])
def test_the_button_leads_to_the_page_of_exactly_this_run(
    outcome: str, stack: Stack, request: pytest.FixtureRequest
):
    run = request.getfixturevalue(outcome).run
    verdict = report(stack, run, "users_ready")
    url = stack.api.xcom(USERS.dag, run.run_id, "check_users_ready", "report_url")
    assert url == f"{stack.settings.ui_url}/quality/{verdict.page}"
    assert verdict.run_name in url
    with logged_in(stack) as client:
        path = f"/api/v2/dags/{USERS.dag}/dagRuns/{run.run_id}/taskInstances/check_users_ready/links"
        assert client.get(path).raise_for_status().json()["extra_links"] == {"Data Docs": url}


def test_a_page_is_served_to_whoever_is_logged_in_and_to_nobody_else(stack: Stack, passed: Ended):
    verdict = report(stack, passed.run, "users_ready")
    path = f"/quality/{verdict.page}"
    assert httpx.get(f"{stack.api.url}{path}", trust_env=False).status_code == 401
    with logged_in(stack) as client:
        page = client.get(path)
        assert page.status_code == 200
        assert verdict.run_name in page.text
        assert client.get("/quality/missing.html").status_code == 404


def test_an_unchanged_workbook_is_skipped_green_and_silent(stack: Stack, loaded: str):
    unchanged = run_users(stack)
    others = dict.fromkeys(set(unchanged.states) - {"notify_completion"}, "skipped")
    assert unchanged.states == {**others, "notify_completion": "success"}
    assert unchanged.run.state == "success"
    assert unchanged.mails == ()
    assert checksum(stack.settings) == loaded


def test_a_closed_gate_fails_at_once_and_nothing_behind_it_runs(closed: Ended):
    before = dict.fromkeys(("extract_users", "check_users_source", "transform_users"), "success")
    behind = dict.fromkeys(BEHIND, "upstream_failed")
    assert closed.states == {
        **before,
        "check_users_ready": "failed",
        **behind,
        "notify_completion": "success",
    }
    assert closed.tries["check_users_ready"] == 1
    assert closed.run.state == "failed"


def test_a_closed_gate_leaves_the_users_as_they_were(stack: Stack, loaded: str, closed: Ended):
    assert checksum(stack.settings) == loaded


def test_one_mail_says_which_gate_of_which_run_and_where_to_look(stack: Stack, closed: Ended):
    (mail,) = closed.mails
    assert mail.subject == f"[closed] users_ready · {USERS.dag} · {closed.run.run_id}"
    assert mail.to == "data-team@example.org"
    link = f"{stack.settings.ui_url}/quality/{report(stack, closed.run, 'users_ready').page}"
    assert link in mail.text.split()
    assert f'href="{link}"' in str(mail.html)


def test_notifying_again_sends_no_second_mail(stack: Stack, loaded: str, tmp_path: Path):
    closed = run_users(stack, workbook=str(workbooks.header_without_rows(tmp_path)))
    assert len(closed.mails) == 1
    before = mail_count(stack)
    clear(stack, closed.run.run_id, "notify_completion")
    wait_for_task(stack, closed.run.run_id, "notify_completion", lambda state: state != "success")
    again = end(stack, closed.run.run_id, mails_before=before)
    assert (again.states["notify_completion"], again.tries["notify_completion"]) == ("success", 2)
    assert again.run.state == "failed"
    assert again.mails == ()


def test_the_second_night_of_a_cause_is_silent_and_the_first_good_one_says_that_it_is_over(
    stack: Stack, loaded: str, tmp_path: Path
):
    bad = workbooks.header_without_rows(tmp_path)
    first = run_users(stack, workbook=str(bad))
    assert len(first.mails) == 1
    before = mail_count(stack)
    again = end(stack, stack.api.trigger(USERS.dag, {"workbook": str(bad)}), mails_before=before)
    assert (again.run.state, again.mails) == ("failed", ())
    over = end(stack, stack.api.trigger(USERS.dag, {"force": True}), mails_before=before)
    (mail,) = over.mails
    assert mail.subject == f"[resolved] users_source · {USERS.dag} · {over.run.run_id}"
    assert "it was there in 2 runs" in mail.text
    deliveries = (
        "SELECT recipient, attempts FROM quality_deliveries WHERE run = %s AND delivered_at IS NOT NULL"
    )
    assert ask(stack, deliveries, over.run.run_id) == [("data-team@example.org", 1)]
    assert checksum(stack.settings) == loaded


def test_a_workbook_that_cannot_be_read_fails_at_once_with_one_clear_line(
    stack: Stack, loaded: str, tmp_path: Path
):
    refused = run_users(stack, workbook=str(workbooks.password_protected(tmp_path)))
    assert (refused.states["extract_users"], refused.tries["extract_users"]) == ("failed", 1)
    (mail,) = refused.mails
    assert mail.subject == f"[failed] extract_users · {USERS.dag} · {refused.run.run_id}"
    assert "password.xlsx" in mail.text
    assert "password" in mail.text.replace("password.xlsx", "")
    assert "Traceback" not in mail.text + str(mail.html)
    assert checksum(stack.settings) == loaded


def test_without_a_mail_server_the_verdict_stands_and_the_mail_comes_when_it_is_back(
    stack: Stack, loaded: str, tmp_path: Path
):
    before = afresh(stack)
    stack.supervisor.stop("smtp")
    try:
        run_id = stack.api.trigger(USERS.dag, {"workbook": str(workbooks.header_without_rows(tmp_path))})
        waiting = wait_for_task(stack, run_id, "notify_completion", lambda state: state == "up_for_retry")
        assert {task.name: task.state for task in waiting.tasks}["check_users_source"] == "failed"
        assert mail_count(stack) == before
    finally:
        stack.start()
    ended = end(stack, run_id, mails_before=before)
    assert ended.run.state == "failed"
    assert ended.tries["notify_completion"] > 1
    assert [mail.subject for mail in ended.mails] == [f"[closed] users_source · {USERS.dag} · {run_id}"]


def test_without_the_database_the_run_tries_again_and_then_says_so(stack: Stack, loaded: str):
    before = afresh(stack)
    with refused_connections(stack, USERS_DATABASE):
        ended = end(stack, stack.api.trigger(USERS.dag, {}), mails_before=before)
    assert (ended.states["extract_users"], ended.tries["extract_users"]) == ("failed", 4)
    (mail,) = ended.mails
    assert "PostgreSQL (connection postgres_default)" in mail.text
    assert "not currently accepting connections" in mail.text
    assert checksum(stack.settings) == loaded


def test_a_run_that_is_late_is_told_while_it_goes_on_and_again_when_it_has_ended(
    stack: Stack, sample: SampleCounts
):
    for flow in (LATE, WATCH):
        wait_for_dag(stack.api, seconds=60, flow=flow)
    before = afresh(stack)
    stack.api.unpause(LATE.dag)
    run_id = stack.api.trigger(LATE.dag, {})
    time.sleep(7)
    with watching(stack):
        assert wait_until(lambda: mail_count(stack) > before, seconds=SECONDS)
        assert stack.api.run(LATE.dag, run_id)["state"] == "running"
        assert follow(stack.api, run_id, seconds=SECONDS, show=lambda _: None, flow=LATE).state == "success"
        for _ in range(2):
            look(stack)
    over, told = read_mails(stack.settings.mail_folder)[: mail_count(stack) - before]
    assert told.subject == f"[missed] late late · late · {run_id}"
    assert f"Run {run_id} takes longer than 0.1 minutes: it is in sleep." in told.text
    assert f"/dags/late/runs/{run_id.split('T')[0]}" in told.text
    assert over.subject.startswith("[resolved] late late · quality_watch · ")


@contextmanager
def watching(stack: Stack) -> Iterator[None]:
    """As long as this lasts the watch is switched on; that alone makes its first run."""
    stack.api.unpause(WATCH.dag)
    try:
        yield
    finally:
        with logged_in(stack) as client:
            path, paused = f"/api/v2/dags/{WATCH.dag}", {"is_paused": True}
            client.patch(path, json=paused).raise_for_status()


def look(stack: Stack) -> None:
    """One run of the watch, as a person starts it."""
    ended = end(stack, stack.api.trigger(WATCH.dag, {}), mails_before=mail_count(stack), flow=WATCH)
    assert ended.run.state == "success"
    assert ended.states == {"look_for_silence": "success", "notify_completion": "skipped", "done": "success"}


def test_the_runs_themselves_are_gated_and_stand_on_the_overview(stack: Stack, passed: Ended):
    wait_for_dag(stack.api, seconds=60, flow=WEEKLY)
    before = mail_count(stack)
    weekly = end(stack, begin_run(stack.api, {}, flow=WEEKLY), mails_before=before, flow=WEEKLY)
    verdict = report(stack, weekly.run, "runs_weekly", flow=WEEKLY)
    ended = [run for run in stack.api.runs(USERS.dag) if run["state"] in ("success", "failed")]
    assert verdict.rows == min(len(ended), 30)
    assert {"success", "run_minutes", "valid_rows"} <= set(verdict.by_name)
    assert verdict.by_name["run_minutes"].success
    assert weekly.run.state == ("success" if verdict.passed else "failed")
    with logged_in(stack) as client:
        assert 'id="kpis"' in client.get("/quality/index.html").text
