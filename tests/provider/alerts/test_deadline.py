"""A mail about a late run, and none about one that has ended."""

import asyncio

import pytest

from alerts.shapes.mail import Mail
from provider.alerts import smtp
from provider.alerts.deadline import mail_late_run
from provider.alerts.smtp import MailNotSentError
from tests.provider.smtp import connection, mail_server
from tests.stack import free_port

RUN = "manual__2026-11-24T08:00:00+00:00"


def late(state: str) -> dict[str, object]:
    """What the triggerer hands over about a run."""
    return {"dag_run": {"dag_id": "etl_users_daily", "dag_run_id": RUN, "state": state}}


@pytest.mark.parametrize(("state", "mails"), [("running", 1), ("queued", 1), ("failed", 0), ("success", 0)])
def test_only_a_run_that_goes_on_is_late(state: str, mails: int, monkeypatch: pytest.MonkeyPatch):
    sent: list[Mail] = []

    async def keep(mail: Mail) -> None:
        sent.append(mail)

    monkeypatch.setattr(smtp, "send_async", keep)
    asyncio.run(mail_late_run(minutes=10, context=late(state)))
    subject = f"[late] etl_users_daily takes longer than 10 minutes · {RUN}"
    assert [mail.subject for mail in sent] == [subject] * mails


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", f"Run {RUN} takes longer than 10 minutes."),
        ("fr", f"L’exécution {RUN} dure plus de 10 minutes."),
    ],
)
def test_a_late_run_is_told_in_the_language_of_the_alerts(
    language: str, text: str, monkeypatch: pytest.MonkeyPatch
):
    sent: list[Mail] = []

    async def keep(mail: Mail) -> None:
        sent.append(mail)

    monkeypatch.setattr(smtp, "send_async", keep)
    monkeypatch.setenv("ALERT_LANGUAGE", language)
    asyncio.run(mail_late_run(minutes=10, context=late("running")))
    (mail,) = sent
    assert text in mail.body.text.splitlines()
    assert text in mail.body.html
    assert f'<html lang="{language}">' in mail.body.html


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A port that the Airflow connection of the mail names, and that nobody listens on yet."""
    port = free_port()
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(port))
    monkeypatch.setattr(smtp, "FIRST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(smtp, "LONGEST_PAUSE_SECONDS", 0.2)
    return port


def test_without_a_mail_server_the_mail_comes_when_it_is_back(port: int):
    async def server_comes_late() -> list[str]:
        sending = asyncio.create_task(mail_late_run(minutes=10, context=late("running")))
        await asyncio.sleep(1)
        assert not sending.done()
        with mail_server(port) as mailbox:
            await sending
            return [str(mail["Subject"]) for mail in mailbox.received]

    subjects = asyncio.run(server_comes_late())
    assert subjects == [f"[late] etl_users_daily takes longer than 10 minutes · {RUN}"]


def test_a_mail_server_that_stays_away_is_told_in_one_line(port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(MailNotSentError, match="connection smtp_default"):
        asyncio.run(mail_late_run(minutes=10, context=late("running")))
