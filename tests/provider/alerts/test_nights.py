"""Thirty bad nights in a row, on a real mail server and PostgreSQL: who is told, and how often."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from alerts.deliveries import DELIVERIES
from alerts.incidents.acts import acknowledge, mute
from alerts.incidents.read import open_incidents
from alerts.outcome import RunOutcome
from provider.alerts.telling import tell
from report.history import create
from tests.provider.smtp import Mailbox, connection, mail_server
from tests.provider.test_gate import connection_to
from tests.report.users_reports import users_ready
from tests.stack import free_port

BEGIN = datetime(2026, 11, 2, 1, 3, tzinfo=UTC)


@pytest.fixture
def mailbox(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    port = free_port()
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(port))
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))
    create(engine)
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path))
    with mail_server(port) as mailbox:
        yield mailbox


def night(number: int, *, valid: int = 690, twice: int = 0) -> None:
    """The end of the run of one night, the first of which is 1."""
    began = BEGIN + timedelta(days=number - 1)
    run = f"scheduled__{began:%Y-%m-%d}"
    made = users_ready(valid=valid, twice=twice)
    report = replace(made, run=run, page=f"runs/{run}/index.html", started_at=began.isoformat())
    tell(RunOutcome("etl_users_daily", run, (report,), (), {}, None), now=began + timedelta(minutes=2))


def subjects(mailbox: Mailbox) -> list[tuple[str, str]]:
    """What each mail is, and the day of its run."""
    told = [str(mail["Subject"]) for mail in mailbox.received]
    return [(subject.split()[0], subject[-10:]) for subject in told]


@pytest.mark.parametrize(
    ("days", "reminders"),
    [("7", ["2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]), ("14", ["2026-11-16", "2026-11-30"])],
)
def test_thirty_bad_nights_are_one_opening_the_reminders_of_the_setting_and_one_recovery(
    days: str, reminders: list[str], mailbox: Mailbox, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ALERT_REMINDER_DAYS", days)
    for number in range(1, 31):
        night(number)
    night(31, valid=990)
    night(32, valid=990)
    assert subjects(mailbox) == [
        ("[closed]", "2026-11-02"),
        *(("[reminder]", day) for day in reminders),
        ("[resolved]", "2026-12-02"),
    ]
    last = mailbox.received[-1].get_body(("plain",)).get_content()
    assert "it was there in 30 runs, first at 02:03 on 2 November." in last
    with engine.connect() as connected:
        delivered = select(func.count(), func.count(DELIVERIES.c.delivered_at))
        assert connected.execute(delivered).one() == (len(mailbox.received),) * 2


def test_a_reminder_says_since_when_and_how_often(mailbox: Mailbox):
    for number in range(1, 9):
        night(number)
    text = mailbox.received[-1].get_body(("plain",)).get_content()
    assert "Incident 1, valid_ratio: 8 runs, the first at 02:03 on 2 November." in text
    assert "This is a reminder: nobody has taken it." in text
    assert "/quality/incidents/1.html" in text


def test_a_new_cause_is_told_although_another_is_open_and_muted_and_tells_that_one_too(
    mailbox: Mailbox, engine: Engine
):
    night(1)
    (incident,) = open_incidents(engine)
    until = (BEGIN + timedelta(days=20)).date()
    mute(engine, incident.id, by="Ada", until=until, reason="The source is being repaired", now=BEGIN)
    night(2)
    night(3, twice=40)
    assert subjects(mailbox) == [("[closed]", "2026-11-02"), ("[closed]", "2026-11-04")]
    text = mailbox.received[-1].get_body(("plain",)).get_content()
    assert "Muted by Ada until 22 November 2026: The source is being repaired." in text
    assert ", unique_emails: new." in text


def test_an_incident_that_somebody_has_taken_has_no_reminder(mailbox: Mailbox, engine: Engine):
    night(1)
    (incident,) = open_incidents(engine)
    acknowledge(engine, incident.id, by="Ada", now=BEGIN)
    for number in range(2, 31):
        night(number)
    assert subjects(mailbox) == [("[closed]", "2026-11-02")]
