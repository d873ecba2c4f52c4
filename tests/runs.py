"""Runs of a DAG on a real stack, and what they leave."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from local.show.mail import Mail, read_mails
from local.show.runs import USERS, Flow, Run, follow, gate_result, read_run
from local.stack import postgres
from local.stack.environment import UI_PASSWORD, UI_USER, USERS_DATABASE
from local.stack.stack import Stack
from local.stack.waiting import wait_until
from report.gate_report import GateReport

SECONDS = 120
ROLLBACK = Flow("reindex_rollback")
READING_SECONDS = 4
"""Before somebody answers."""
DOCUMENTS = 3_000
"""Courses that are served where a run rebuilds them."""
SLOWLY = 500
"""Documents a second, in batches of a thousand: their copy takes some six seconds."""


@dataclass(frozen=True)
class Ended:
    """A run that ended, and the mails that came meanwhile."""

    run: Run
    mails: tuple[Mail, ...]

    @property
    def states(self) -> dict[str, str | None]:
        return {task.name: task.state for task in self.run.tasks}

    @property
    def tries(self) -> dict[str, int]:
        return {task.name: task.try_number for task in self.run.tasks}


def end(stack: Stack, run_id: str, *, mails_before: int, flow: Flow = USERS) -> Ended:
    """Wait for the end of a run."""
    run = follow(stack.api, run_id, seconds=SECONDS, show=lambda _: None, flow=flow)
    mails = read_mails(stack.settings.mail_folder)
    return Ended(run, tuple(mails[: len(mails) - mails_before]))


def mail_count(stack: Stack) -> int:
    return len(read_mails(stack.settings.mail_folder))


def afresh(stack: Stack) -> int:
    """Forget every incident, so that what the next run finds is new; returns how many mails there are."""
    with postgres.connected(stack.settings, USERS_DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('quality_incidents') IS NOT NULL")
        if cursor.fetchone() == (True,):
            cursor.execute("DELETE FROM quality_incidents")
    return mail_count(stack)


def wait_for_task(
    stack: Stack, run_id: str, task: str, reached: Callable[[str | None], bool], *, flow: Flow = USERS
) -> Run:
    """Wait until a task's state is what it is to be; returns the run as it is then."""

    def arrived() -> bool:
        return any(t.name == task and reached(t.state) for t in read_run(stack.api, run_id, flow=flow).tasks)

    assert wait_until(arrived, seconds=SECONDS, every=0.3), f"{task} of {run_id} did not get there"
    return read_run(stack.api, run_id, flow=flow)


def wait_until_asked(stack: Stack, run_id: str, task: str, *, flow: Flow = USERS) -> None:
    """Wait until a task waits for a person, and as long again as nobody answers faster.

    Airflow 3.3 takes a task for killed that is answered before its scheduler has seen the worker end: it
    is tried again, and asks again.
    """
    wait_for_task(stack, run_id, task, lambda state: state == "awaiting_input", flow=flow)
    time.sleep(READING_SECONDS)


def report(stack: Stack, run: Run, gate: str, *, flow: Flow = USERS) -> GateReport:
    """The report of a gate that decided."""
    found = gate_result(stack.api, run.run_id, f"check_{gate}", flow=flow).report
    assert found is not None
    return found


@contextmanager
def logged_in(stack: Stack) -> Iterator[httpx.Client]:
    """A client of the UI's server with the token of its administrator."""
    login = {"username": UI_USER, "password": UI_PASSWORD}
    with httpx.Client(base_url=stack.api.url, timeout=30, trust_env=False) as client:
        token = client.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def clear(stack: Stack, run_id: str, task: str, *, flow: Flow = USERS) -> None:
    """Have a task run again, as the button "Clear" does."""
    body = {"dry_run": False, "task_ids": [task], "dag_run_id": run_id, "only_failed": False}
    with logged_in(stack) as client:
        client.post(f"/api/v2/dags/{flow.dag}/clearTaskInstances", json=body).raise_for_status()


def roll_back(stack: Stack, **conf: str) -> Ended:
    """Run the DAG `reindex_rollback` to its end."""
    before = afresh(stack)
    return end(stack, stack.api.trigger(ROLLBACK.dag, conf), mails_before=before, flow=ROLLBACK)
