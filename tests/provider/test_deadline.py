"""A mail about a late run, and none about one that has ended."""

import asyncio

import pytest

from provider import mail
from provider.deadline import mail_late_run
from provider.mail import Mail

RUN = "manual__2026-11-24T08:00:00+00:00"


@pytest.mark.parametrize(("state", "mails"), [("running", 1), ("queued", 1), ("failed", 0), ("success", 0)])
def test_only_a_run_that_goes_on_is_late(state: str, mails: int, monkeypatch: pytest.MonkeyPatch):
    sent: list[Mail] = []

    async def keep(mail: Mail) -> None:
        sent.append(mail)

    monkeypatch.setattr(mail, "send_async", keep)
    dag_run = {"dag_id": "etl_users_daily", "dag_run_id": RUN, "state": state}
    asyncio.run(mail_late_run(minutes=10, context={"dag_run": dag_run}))
    subject = f"[late] etl_users_daily takes longer than 10 minutes · {RUN}"
    assert [mail.subject for mail in sent] == [subject] * mails
