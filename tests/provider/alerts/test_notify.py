"""The mail at the end of a run, on a real mail server, when settings are wrong."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.execution_time.context import set_current_context

from provider.alerts.notify import notify
from tests.provider.reports import RUN
from tests.provider.smtp import Mailbox, connection, mail_server
from tests.stack import free_port


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    port = free_port()
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(port))
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path))
    monkeypatch.setenv("ALERT_TO", "ada@example.org")
    with mail_server(port) as mailbox:
        yield mailbox


def notify_of(state: str) -> None:
    """Notify of a run of one task. A running task is the one thing that is not real here."""
    left = {"error": "data.xlsx is protected by a password."} if state == "failed" else {}
    task_instance = SimpleNamespace(
        get_task_states=lambda **_: {RUN: {"extract_users": state}},
        xcom_pull=lambda *, task_ids, key: left.get(key),
        xcom_push=left.__setitem__,
    )
    dag = SimpleNamespace(dag_id="etl_users_daily", task_ids=["extract_users"])
    with set_current_context(cast("Any", {"ti": task_instance, "dag": dag, "run_id": RUN})):
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
