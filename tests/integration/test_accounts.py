"""Accounts with roles, under the FAB auth manager: who may only look, and who may answer for a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from local.settings import ElasticsearchSettings
from local.show.runs import Flow, wait_for_dag
from local.stack.stack import Stack
from tests.runs import report, wait_for_task, wait_until_asked
from tests.stack import new_stack

pytestmark = pytest.mark.stack

ORDERS = Flow("approvable", gates=("check_orders",))
ROLES = {"vera": "Viewer", "otto": "Op", "uma": "User"}
PASSWORD = "tried-on-the-loopback"


@pytest.fixture(scope="module")
def accounts() -> Iterator[Stack]:
    """A stack with the accounts of three people; it needs no cluster."""
    nowhere = ElasticsearchSettings(host="http://127.0.0.1:1")
    with new_stack(auth_manager="fab", elasticsearch=nowhere) as stack:
        stack.start()
        for name, role in ROLES.items():
            stack.make_account(name, PASSWORD, role=role)
        yield stack


@contextmanager
def logged_in(stack: Stack, name: str) -> Iterator[httpx.Client]:
    """A client with the token of an account."""
    login = {"username": name, "password": PASSWORD}
    with httpx.Client(base_url=stack.api.url, timeout=30, trust_env=False) as client:
        token = client.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def answer(stack: Stack, name: str, run_id: str, option: str) -> int:
    path = f"/api/v2/dags/{ORDERS.dag}/dagRuns/{run_id}/taskInstances/check_orders/-1/hitlDetails"
    body = {"chosen_options": [option], "params_input": {"reason": f"{name} says so"}}
    with logged_in(stack, name) as client:
        assert client.get(path).status_code == 200
        return client.patch(path, json=body).status_code


@pytest.fixture
def waiting(accounts: Stack) -> str:
    """The id of a run that waits for an answer."""
    wait_for_dag(accounts.api, seconds=60, flow=ORDERS)
    run_id = accounts.api.trigger(ORDERS.dag, {})
    wait_until_asked(accounts, run_id, "check_orders", flow=ORDERS)
    return run_id


@pytest.mark.parametrize("name", ["otto", "uma"])
def test_who_may_only_look_cannot_answer_and_who_may_edit_the_run_can(
    accounts: Stack, waiting: str, name: str
):
    assert answer(accounts, "vera", waiting, "Approve") == 403
    assert [t.state for t in accounts.api.tasks(ORDERS.dag, waiting) if t.name == "check_orders"] == [
        "awaiting_input"
    ]
    assert answer(accounts, name, waiting, "Approve") == 200
    run = wait_for_task(accounts, waiting, "use", lambda state: state == "success", flow=ORDERS)
    verdict = report(accounts, run, "orders", flow=ORDERS)
    assert verdict.approval is not None
    assert (verdict.approval.state, verdict.approval.reason) == ("approved", f"{name} says so")
    assert verdict.approval.by == name
    with logged_in(accounts, "vera") as client:
        page = client.get(f"/quality/{verdict.page}").raise_for_status().text
    assert f"orders was approved by {name}" in page


def test_who_may_only_look_changes_no_incident_and_who_may_edit_the_dag_does(accounts: Stack, waiting: str):
    assert answer(accounts, "otto", waiting, "Approve") == 200
    run = wait_for_task(accounts, waiting, "notify_completion", lambda state: state == "success", flow=ORDERS)
    folder = report(accounts, run, "orders", flow=ORDERS).folder
    with logged_in(accounts, "vera") as vera, logged_in(accounts, "uma") as uma:
        found = vera.get("/quality/incidents/index.html", params={"verdict": folder})
        assert found.status_code == 302
        page = f"/quality/incidents/{found.headers['location']}"
        assert "<form" not in vera.get(page).raise_for_status().text
        until = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"
        for form in ({"act": "acknowledge"}, {"act": "mute", "until": until, "reason": "hers"}):
            assert vera.post(page, data=form).status_code == 403
        assert "Nobody has acknowledged it yet." in uma.get(page).text
        assert uma.post(page, data={"act": "acknowledge"}).status_code == 303
        assert "Acknowledged by uma" in vera.get(page).text
        # As a browser that is logged in sends the form of another site, and of ours.
        cookie = {"Cookie": f"_token={uma.headers.pop('Authorization').removeprefix('Bearer ')}"}
        mute = {"act": "mute", "until": until, "reason": "known"}
        foreign = uma.post(page, data=mute, headers={**cookie, "Origin": "https://evil.example"})
        own = uma.post(page, data=mute, headers={**cookie, "Origin": accounts.api.url})
        assert (foreign.status_code, own.status_code) == (403, 303)
        assert "Muted by uma" in vera.get(page).text
