"""What is told of what did not happen: once, by whom it concerns, and when it is over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk.execution_time.context import set_current_context
from sqlalchemy import Engine, text

from alerts.outcome import FailedTask, RunOutcome
from etl.settings import UsersSettings
from provider.alerts.telling import tell
from provider.run import Run
from provider.watch.api import AirflowApi
from provider.watch.look import Looked, look
from provider.watch.tell import LOOK, messages, watch
from tests.provider.smtp import Mailbox, connection, mail_server
from tests.provider.test_gate import connection_to
from tests.stack import free_port

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
DUE = "2026-11-27T01:00:00+00:00"
LATE = "scheduled__2026-11-26T01:00:00+00:00"


def dag(name: str, *, due: str = "2026-11-28T01:00:00+00:00", paused: bool = False) -> dict[str, Any]:
    """A watched DAG as `/dags` tells it, whose runs may take ten minutes."""
    tags = [{"name": tag} for tag in ("quality", "late after 10 min")]
    known = {"is_paused": paused, "is_stale": False, "has_import_errors": False}
    return {"dag_id": name, "next_dagrun_run_after": due, "tags": tags, **known}


class Answers:
    """An Airflow with these DAGs, and runs that go on: of each DAG since when."""

    def __init__(self, dags: list[dict[str, Any]], **running: datetime) -> None:
        self._dags, self.running, self.asked = dags, running, 0

    def dags(self) -> list[dict[str, Any]]:
        return self._dags

    def unfinished(self) -> list[dict[str, Any]]:
        return [
            {"dag_id": dag, "dag_run_id": LATE, "queued_at": since.isoformat()}
            for dag, since in self.running.items()
        ]

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        assert (dag in self.running, run) == (True, LATE)
        return [{"task_id": "load_users", "state": "running"}]

    def last_scheduled(self, dag: str) -> datetime:
        self.asked += 1
        return NOW - timedelta(days=1)


def looked(api: Answers, tmp_path: Path, *, now: datetime = NOW, **settings: Any) -> Looked:
    paths = {"users_path": str(tmp_path / "in"), "replay_path": str(tmp_path / "replay")}
    return look(cast("AirflowApi", api), UsersSettings(**paths, **settings), now=now)


def test_how_a_dag_ran_before_is_asked_only_when_it_seems_to_have_missed_its_schedule(tmp_path: Path):
    calm = Answers([dag("users"), dag("courses")])
    assert looked(calm, tmp_path).missed == []
    assert calm.asked == 0
    missed = Answers([dag("users", due=DUE, paused=True), dag("courses")])
    assert [(each.dag, each.kind) for each in looked(missed, tmp_path).missed] == [("users", "schedule")]
    assert missed.asked == 1


def test_the_workbook_is_looked_for_only_when_somebody_waits_for_it(tmp_path: Path):
    none = Answers([])
    assert looked(none, tmp_path) == Looked([], frozenset())
    waited = looked(none, tmp_path, users_due="06:00")
    assert waited.scopes == {("etl_users_daily", "workbook")}
    assert [each.kind for each in waited.missed] == ["workbook"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "users.xlsx").touch()
    assert looked(none, tmp_path, users_due="06:00", now=datetime.now(UTC)).missed == []


@pytest.fixture
def mailbox(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server and a database, as a worker has them."""
    port = free_port()
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(port))
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path / "quality"))
    with mail_server(port) as mailbox:
        yield mailbox


def tell_all(looked: Looked, number: int, *, now: datetime = NOW) -> None:
    """Tell it as the run of a number does."""
    run = Run("quality_watch", f"watch_{number}", f"watch_{number}", {})
    for outcome, found in messages(looked, run, now=now):
        tell(outcome, found)


def subjects(mailbox: Mailbox) -> list[str]:
    return [str(mail["Subject"]) for mail in mailbox.received]


def test_a_late_run_is_told_once_while_it_hangs_and_when_it_has_ended(mailbox: Mailbox, tmp_path: Path):
    hangs = Answers([dag("users")], users=NOW - timedelta(minutes=11))
    for number in range(3):
        tell_all(looked(hangs, tmp_path), number)
    assert subjects(mailbox) == [f"[missed] users late · users · {LATE}"]
    told = mailbox.received[0].get_body(("plain",)).get_content()
    assert f"Run {LATE} takes longer than 10 minutes: it is in load_users." in told
    assert f"/dags/users/runs/{LATE.split('T')[0]}" in told
    ended = looked(Answers([dag("users")]), tmp_path)
    for number in range(3, 6):
        tell_all(ended, number)
    assert [subject.split(" · ")[0] for subject in subjects(mailbox)[1:]] == ["[resolved] users late"]


def test_what_is_missing_day_after_day_is_told_once_and_then_again_after_a_week(
    mailbox: Mailbox, engine: Engine, tmp_path: Path
):
    paused = Answers([dag("users", due=DUE, paused=True)])
    for hours in range(0, 24 * 4, 6):
        now = NOW + timedelta(hours=hours)
        if hours == 48:
            with engine.begin() as connection:
                connection.execute(
                    text("UPDATE quality_incidents SET last_told_at = last_told_at - interval '8 days'")
                )
        tell_all(looked(paused, tmp_path, now=now), hours, now=now)
    kinds = [subject.split(" ")[0] for subject in subjects(mailbox)]
    assert kinds == ["[missed]", "[reminder]"]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT times FROM quality_incidents")).scalars().all() == [5]  # days
    assert "The DAG is paused." in mailbox.received[0].get_body(("plain",)).get_content()


def test_several_things_are_told_apart(mailbox: Mailbox, tmp_path: Path):
    both = Answers([dag("users", due=DUE), dag("courses")], courses=NOW - timedelta(hours=1))
    tell_all(looked(both, tmp_path, users_due="06:00"), 1)
    assert sorted(subject.split(" · ")[0] for subject in subjects(mailbox)) == [
        "[missed] courses late",
        "[missed] etl_users_daily workbook",
        "[missed] users schedule",
    ]


def test_a_look_that_could_not_look_is_over_when_one_could(mailbox: Mailbox, tmp_path: Path):
    failed = RunOutcome("quality_watch", "w0", (), (FailedTask(LOOK, "away"),), {}, None)
    tell(failed)
    tell_all(looked(Answers([dag("users")]), tmp_path), 1)
    assert [subject.split(" · ")[0] for subject in subjects(mailbox)] == [
        f"[failed] {LOOK}",
        f"[resolved] {LOOK}",
    ]


def test_without_the_connection_the_task_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch):
    from pipeline.errors import FatalError

    monkeypatch.delenv("AIRFLOW_CONN_AIRFLOW_API", raising=False)
    context = {"dag": SimpleNamespace(dag_id="quality_watch"), "run_id": "w", "params": {}}
    with set_current_context(cast("Any", context)), pytest.raises(FatalError, match="no Airflow connection"):
        watch()
