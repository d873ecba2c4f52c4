"""The mail at the end of a run, on a real mail server, when settings are wrong."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from airflow.sdk.execution_time.context import set_current_context
from sqlalchemy import Engine, select

from alerts.deliveries import DELIVERIES
from alerts.incidents.tables import INCIDENTS
from alerts.outcome import RunOutcome
from provider.alerts.connections import warn_of_routes
from provider.alerts.notify import notify
from provider.alerts.telling import tell
from tests.provider.alerts.channels import connect
from tests.provider.receiver import receiver
from tests.provider.reports import RUN
from tests.provider.smtp import Mailbox, connection, mail_server
from tests.provider.test_gate import connection_to
from tests.stack import free_port


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    port = free_port()
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(port))
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path))
    monkeypatch.setenv("ALERT_TO", "ada@example.org")
    with mail_server(port) as mailbox:
        yield mailbox


def notify_of(state: str, *, run: str = RUN) -> None:
    """Notify of a run of one task. A running task is the one thing that is not real here."""
    left = {"error": "data.xlsx is protected by a password."} if state == "failed" else {}
    task_instance = SimpleNamespace(
        get_task_states=lambda **_: {run: {"extract_users": state}},
        xcom_pull=lambda *, task_ids, key: left.get(key),
        xcom_push=left.__setitem__,
    )
    dag = SimpleNamespace(dag_id="etl_users_daily", task_ids=["extract_users"])
    with set_current_context(cast("Any", {"ti": task_instance, "dag": dag, "run_id": run})):
        notify()


def test_a_wrong_alert_setting_does_not_keep_the_mail_back_and_the_mail_says_so(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ALERT_ON", "failures")
    notify_of("failed")
    (mail,) = mailbox.received
    assert (mail["To"], mail["Subject"]) == (
        "ada@example.org",
        f"[failed] extract_users · etl_users_daily · {RUN}",
    )
    for kind in ("plain", "html"):
        text = mail.get_body((kind,)).get_content()
        assert "ALERT_ON: Input should be" in text
        assert "(is: failures)." in text


def test_a_wrong_alert_setting_is_mailed_although_the_run_went_well(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    notify_of("success")
    assert mailbox.received == []
    monkeypatch.setenv("ALERT_ATTACH_REJECTED", "perhaps")
    notify_of("success")
    (mail,) = mailbox.received
    assert mail["Subject"] == f"[warning] wrong settings · etl_users_daily · {RUN}"
    assert "ALERT_ATTACH_REJECTED: Input should be" in mail.get_body(("plain",)).get_content()


def test_a_wrong_setting_of_the_gates_does_not_keep_the_mail_about_it_back(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QUALITY_HISTORY_RUNS", "1")
    notify_of("failed")
    notify_of("failed")
    assert len(mailbox.received) == 1


@pytest.mark.parametrize("recipients", [" , ,", "ada, eve@example.org", "@"])
def test_recipients_who_are_none_fail_the_task_on_the_first_night(
    recipients: str, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ALERT_TO", recipients)
    with pytest.raises(AirflowFailException, match=r"ALERT_TO: .*must be email addresses"):
        notify_of("success")
    assert mailbox.received == []


def test_a_mail_that_cannot_be_written_down_is_sent_and_does_not_fail_the_task(
    mailbox: Mailbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "mailed").write_text("no folder")
    notify_of("failed")
    assert len(mailbox.received) == 1
    assert "It was sent, but that cannot be written down" in caplog.text


@pytest.mark.parametrize(
    ("connections", "line"),
    [
        ({}, "slack:slack_quality: there is no Airflow connection slack_quality. Make it, of type apprise."),
        ({"SLACK_QUALITY": "http://x.example"}, "slack_quality is of type http, not apprise. Change it."),
        (
            {"SLACK_QUALITY": '{"conn_type": "apprise", "extra": {"config": {"path": "ntfy://x.fr/y"}}}'},
            "the connection slack_quality leads to ntfy, not to slack (slack://). Correct one of them.",
        ),
        ({"SLACK_QUALITY": '{"conn_type": "apprise"}'}, "the connection slack_quality has no address."),
    ],
    ids=["missing", "another type", "another service", "no address"],
)
def test_a_route_to_a_connection_that_cannot_be_used_goes_the_default_way_and_the_message_says_so(
    connections: dict[str, str], line: str, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    for name, value in connections.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", value)
    monkeypatch.setenv("ALERT_ROUTES", "{routes: [{to: [slack:slack_quality]}]}")
    notify_of("failed")
    (mail,) = mailbox.received
    assert mail["To"] == "ada@example.org"
    assert line in mail.get_body(("plain",)).get_content()


def test_one_line_at_parse_time_names_what_is_wrong_with_the_routes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("ALERT_ROUTES", "{routes: [{to: [slack:slack_quality]}]}")
    warn_of_routes()
    monkeypatch.setenv("ALERT_ROUTES", "/nowhere/routes.yml")
    warn_of_routes()
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith(
        "ALERT_ROUTES: slack:slack_quality: there is no Airflow connection slack_quality."
    )
    assert second.startswith("ALERT_ROUTES: cannot be read")
    assert second.endswith("Until it is corrected, everything goes to ALERT_TO.")


FIVE = [f"{name}@example.org" for name in ("ada", "bob", "eve", "joe", "zoe")]


def test_a_refused_recipient_of_five_keeps_nobody_from_the_mail_and_is_tried_alone(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ALERT_TO", ",".join(FIVE))
    mailbox.refuse = {"eve@example.org"}
    for _ in range(2):
        with pytest.raises(
            AirflowException, match=r"1 not told: mail:eve@example.org: refused with 550"
        ) as failed:
            notify_of("failed")
        assert "\n" not in str(failed.value)
    mailbox.refuse = set()
    notify_of("failed")
    notify_of("failed")
    assert mailbox.envelopes == [[each for each in FIVE if each != "eve@example.org"], ["eve@example.org"]]
    first, last = mailbox.received
    assert first["To"] == last["To"] == ", ".join(FIVE)
    assert first["Message-ID"] == last["Message-ID"]


def test_a_mail_server_that_hangs_is_left_and_keeps_no_other_channel_waiting(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    port = json.loads(os.environ["AIRFLOW_CONN_SMTP_DEFAULT"])["port"]
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(port, timeout=1))
    monkeypatch.setenv("ALERT_ROUTES", "{default: [mail:ada@example.org, webhook:webhook_quality]}")
    mailbox.hang = 5
    with receiver() as playing:
        connect(monkeypatch, playing, "webhook")
        with pytest.raises(AirflowException, match=r"1 not told: mail:ada@example.org: .*timed out"):
            notify_of("failed")
        mailbox.hang = 0
        notify_of("failed")
        assert len(playing.received) == 1


@pytest.fixture
def stored(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The database with incidents and deliveries, behind the Airflow connection."""
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))
    return engine


def deliveries_of(engine: Engine) -> list[tuple[str, int, bool]]:
    """Who was told, how often it was tried, whether it got there."""
    columns = DELIVERIES.c
    with engine.connect() as connected:
        rows = connected.execute(select(DELIVERIES).order_by(columns.id))
        return [(f"{r.channel}:{r.recipient}", r.attempts, r.delivered_at is not None) for r in rows]


def test_each_message_comes_once_a_recipient_and_channel_whatever_the_services_answer(
    mailbox: Mailbox, stored: Engine, monkeypatch: pytest.MonkeyPatch
):
    channels = ("slack", "teams", "mattermost", "ntfy", "webhook")
    targets = ", ".join(f"{channel}:{channel}_quality" for channel in channels)
    monkeypatch.setenv("ALERT_ROUTES", f"{{default: [mail:ada@example.org, {targets}]}}")
    with receiver() as playing:
        connect(monkeypatch, playing, *channels)
        playing.answers = [429, 200, 500, 200, 429]
        with pytest.raises(AirflowException, match=r"3 not told: slack:slack_quality: .*error=429"):
            notify_of("failed")
        playing.answers = [200, 500]
        with pytest.raises(AirflowException, match="1 not told: mattermost:mattermost_quality"):
            notify_of("failed")
        notify_of("failed")
        notify_of("failed")
        paths = [each.path for each in playing.taken]
        keys = {each.headers["idempotency-key"] for each in playing.received if each.path == "/hook"}
    assert len(mailbox.received) == 1
    assert len(paths) == len(set(paths)) == 5
    assert len(keys) == 1
    assert deliveries_of(stored) == [
        ("mail:ada@example.org", 1, True),
        ("slack:slack_quality", 2, True),
        ("teams:teams_quality", 1, True),
        ("mattermost:mattermost_quality", 3, True),
        ("ntfy:ntfy_quality", 1, True),
        ("webhook:webhook_quality", 2, True),
    ]


def test_a_crash_between_sending_and_noting_sends_the_same_message_id_again(
    mailbox: Mailbox, stored: Engine, monkeypatch: pytest.MonkeyPatch
):
    class Crash(BaseException):
        pass

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as dying:
        dying.setattr("provider.alerts.ledger.Ledger.note", crash)
        with pytest.raises(Crash):
            notify_of("failed")
    notify_of("failed")
    first, second = mailbox.received
    assert first["Message-ID"] == second["Message-ID"]


def test_two_who_tell_the_same_at_once_send_it_once(mailbox: Mailbox, stored: Engine):
    mailbox.hang = 1
    told: list[str] = []

    def tell() -> None:
        try:
            notify_of("failed")
            told.append("told")
        except AirflowException as error:
            told.append(str(error))

    both = [threading.Thread(target=tell) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(mailbox.received) == 1
    assert sorted("another attempt is sending it" in each for each in told) == [False, True]


def test_a_repeat_is_not_told_again_and_a_recovery_is(mailbox: Mailbox, stored: Engine):
    notify_of("failed", run="night 1")
    for night in range(2, 7):
        notify_of("failed", run=f"night {night}")
    notify_of("success", run="night 7")
    notify_of("success", run="night 8")
    assert [str(mail["Subject"]) for mail in mailbox.received] == [
        "[failed] extract_users · etl_users_daily · night 1",
        "[resolved] extract_users · etl_users_daily · night 7",
    ]
    text = mailbox.received[1].get_body(("plain",)).get_content()
    assert "Good again: extract_users: data.xlsx is protected by a password." in text
    assert "Incident 1, task: it was there in 6 runs" in text


def test_while_postgresql_is_away_the_message_comes_at_once_and_the_incident_is_opened_by_the_next_run(
    mailbox: Mailbox, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    away = "postgresql://a:b@127.0.0.1:1/c"
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", away)
    notify_of("failed", run="night 1")
    notify_of("failed", run="night 1")
    assert len(mailbox.received) == 1
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))
    notify_of("failed", run="night 1")
    assert len(mailbox.received) == 1
    notify_of("failed", run="night 2")
    with engine.connect() as connected:
        assert connected.execute(select(INCIDENTS.c.times, INCIDENTS.c.last_run)).all() == [(2, "night 2")]
    assert len(mailbox.received) == 1


def test_wrong_settings_alone_are_told_once_a_day_however_often_a_dag_runs(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ALERT_ATTACH_REJECTED", "perhaps")
    day = datetime(2026, 11, 2, 1, 3, tzinfo=UTC)
    for hours in range(0, 40, 4):
        nothing = RunOutcome("quality_watch", f"run {hours}", (), (), {}, None)
        tell(nothing, now=day + timedelta(hours=hours))
    assert [str(mail["Subject"]).partition(" · ")[0] for mail in mailbox.received] == [
        "[warning] wrong settings"
    ] * 2
