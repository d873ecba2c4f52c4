"""A run that waits for a person on the real stack: approved, refused, unanswered, and changed afterwards."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pandas as pd
import pytest

from local.sample.users import Defects, write_workbook
from local.show.demo import checksum
from local.show.mail import read_mails
from local.show.runs import USERS, Flow, wait_for_dag
from local.stack import postgres
from local.stack.environment import METADATA_DATABASE
from local.stack.stack import Stack
from local.stack.waiting import wait_until
from tests.runs import (
    Ended,
    afresh,
    clear,
    end,
    logged_in,
    mail_count,
    report,
    wait_for_task,
    wait_until_asked,
)
from tests.users_runs import ask

pytestmark = pytest.mark.stack

ORDERS = Flow("approvable", gates=("check_orders",))
DECISION = """
SELECT success, approval->>'state', approval->>'by', approval->>'reason' FROM quality_runs WHERE run = %s
"""
TWELVE_HOURS_LATER = (
    "UPDATE task_instance SET trigger_timeout = trigger_timeout - interval '12 h' "
    "WHERE run_id = %s AND task_id = 'check_orders' RETURNING id"
)
WAITING = "SELECT task_id, trigger_id FROM task_instance WHERE run_id = %s AND state = 'awaiting_input'"
UNANSWERED = (
    "SELECT 1 FROM hitl_detail JOIN task_instance ON id = ti_id WHERE run_id = %s AND responded_at IS NULL"
)
MOST_SECONDS = 30
"""From the answer to the end of the next step, on a slow machine."""


@pytest.fixture
def waiting(running: Stack) -> str:
    """The id of a run that waits for an answer."""
    wait_for_dag(running.api, seconds=60, flow=ORDERS)
    run_id = running.api.trigger(ORDERS.dag, {})
    wait_until_asked(running, run_id, "check_orders", flow=ORDERS)
    return run_id


def answer(
    stack: Stack, run_id: str, option: str, *, flow: Flow = ORDERS, task: str = "check_orders", **form: Any
) -> int:
    """Answer as the UI does; returns the status code."""
    path = f"/api/v2/dags/{flow.dag}/dagRuns/{run_id}/taskInstances/{task}/-1/hitlDetails"
    with logged_in(stack) as client:
        return client.patch(path, json={"chosen_options": [option], "params_input": form}).status_code


def ended(stack: Stack, run_id: str, mails_before: int) -> Ended:
    return end(stack, run_id, mails_before=mails_before, flow=ORDERS)


def refuse(stack: Stack, run_id: str) -> None:
    """End a run that waits."""
    assert answer(stack, run_id, "Reject", reason="only looking") == 200
    ended(stack, run_id, mail_count(stack))


def slots(client: httpx.Client) -> int:
    """How many places of the workers are taken."""
    pool = client.get("/api/v2/pools/default_pool").raise_for_status().json()
    return int(pool["occupied_slots"])


def metadata(stack: Stack, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows that a statement on Airflow's own database gives."""
    with postgres.connected(stack.settings, METADATA_DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def test_a_run_that_waits_holds_nobody_and_says_so(running: Stack, waiting: str):
    path = f"/api/v2/dags/{ORDERS.dag}/dagRuns/{waiting}/taskInstances/check_orders/-1/hitlDetails"
    with logged_in(running) as client:
        assert wait_until(lambda: slots(client) == 0, seconds=MOST_SECONDS, every=1)
        asked = client.get(path).raise_for_status().json()
    assert metadata(running, WAITING, waiting) == [("check_orders", None)]
    assert (asked["subject"], asked["options"]) == (
        "orders is closed. Let the run go on?",
        ["Approve", "Reject"],
    )
    assert asked["params"]["reason"]["schema"]["minLength"] == 1
    refuse(running, waiting)


def test_approved_with_a_reason_it_goes_on_within_seconds(running: Stack, waiting: str, record_property: Any):
    before = afresh(running)
    begun = time.monotonic()
    assert answer(running, waiting, "Approve", reason="Paper orders, by post") == 200
    wait_for_task(running, waiting, "use", lambda state: state == "success", flow=ORDERS)
    seconds = time.monotonic() - begun
    record_property("round_trip_seconds", round(seconds, 1))
    assert seconds < MOST_SECONDS
    run = ended(running, waiting, before)
    assert run.run.state == "success"
    assert ask(running, DECISION, waiting) == [(True, "approved", "admin", "Paper orders, by post")]
    [mail] = run.mails
    assert mail.subject == f"[approved] orders · approvable · {waiting}"
    assert "admin approved it" in mail.text
    with logged_in(running) as client:
        events = client.get("/api/v2/eventLogs", params={"dag_id": ORDERS.dag, "run_id": waiting}).json()
    [kept] = [each for each in events["event_logs"] if each["event"] == "update_hitl_detail"]
    assert kept["owner"] == "admin"
    assert "Paper orders, by post" in kept["extra"]
    page = running.settings.quality_path / report(running, run.run, "orders", flow=ORDERS).page
    assert "orders was approved by admin" in page.read_text()
    assert answer(running, waiting, "Reject", reason="too late") == 409


def test_one_row_that_changes_after_the_approval_stops_the_next_step(running: Stack, waiting: str):
    before = afresh(running)
    answer(running, waiting, "Approve", reason="Paper orders, by post")
    ended(running, waiting, before)
    batch = Path(running.api.xcom(ORDERS.dag, waiting, "make")["batch"])
    pd.DataFrame({"id": [1, 2, 4], "customer": ["a", None, "c"]}).to_parquet(batch)
    clear(running, waiting, "use", flow=ORDERS)
    run = ended(running, waiting, before)
    assert run.states["use"] == "failed"
    told = running.api.xcom(ORDERS.dag, waiting, "use", "error")
    assert told.startswith(f"{batch}: changed since it was approved")
    assert told.endswith("Nothing was written. Start a new run.")


def test_an_approval_without_a_reason_leaves_it_waiting(running: Stack, waiting: str):
    assert answer(running, waiting, "Approve") == 200
    assert wait_until(lambda: metadata(running, UNANSWERED, waiting) != [], seconds=MOST_SECONDS, every=0.5)
    wait_until_asked(running, waiting, "check_orders", flow=ORDERS)
    refuse(running, waiting)


def test_unanswered_it_ends_closed_and_says_so(running: Stack, waiting: str):
    before = afresh(running)
    assert len(metadata(running, TWELVE_HOURS_LATER, waiting)) == 1
    run = ended(running, waiting, before)
    assert (run.states["check_orders"], run.states["use"]) == ("failed", "upstream_failed")
    [mail] = run.mails
    assert mail.subject.startswith("[closed] orders")
    assert "Nobody answered in time" in mail.text
    assert ask(running, DECISION, waiting)[0][:2] == (False, "unanswered")


def test_the_nightly_run_waits_and_refused_it_leaves_the_users_alone(
    running: Stack, loaded: str, tmp_path: Path
):
    before = afresh(running)
    path = tmp_path / "holiday.xlsx"
    write_workbook(path, rows=200, seed=9, defects=Defects.rejecting(0.30))
    run_id = running.api.trigger(USERS.dag, {"workbook": str(path), "approval": "on"})
    wait_until_asked(running, run_id, "check_users_ready")
    [announced] = read_mails(running.settings.mail_folder)[: mail_count(running) - before]
    assert announced.subject.startswith("[waiting] users_ready · etl_users_daily")
    assert f"/runs/{quote(run_id)}/tasks/check_users_ready/required_actions" in announced.text
    assert answer(running, run_id, "Reject", flow=USERS, task="check_users_ready", reason="Not ours") == 200
    run = end(running, run_id, mails_before=before)
    assert run.states["check_users_ready"] == "failed"
    assert run.states["stage_users"] == "upstream_failed"
    assert [mail.subject.split(" ")[0] for mail in run.mails] == ["[closed]", "[waiting]"]
    assert "admin refused it" in run.mails[0].text
    assert checksum(running.settings) == loaded
