"""Each channel gets the message in its own shape, on a real HTTP server; what fails is told in one line."""

import threading
import time
from typing import Any

import pytest

from alerts.alert import Alert
from alerts.outcome import FailedTask, RunOutcome
from alerts.routes import Target
from provider.alerts.apprise import NotDeliveredError, send, services
from report.said import Language
from tests.alerts.addresses import UI
from tests.alerts.mails import message_about
from tests.provider.alerts.channels import SLACK_PATH, connect
from tests.provider.receiver import Received, Receiver, receiver
from tests.provider.reports import EMAIL_UNIQUE, RATIO, RUN, report
from tests.report.users_reports import users_ready

ALL = ("slack", "teams", "mattermost", "ntfy", "webhook")
CLOSED = users_ready(valid=690)


def alert(about: RunOutcome | None = None, language: Language = "en") -> Alert:
    about = about or RunOutcome("etl_users_daily", CLOSED.run, (CLOSED,), (), {"rows": 1000}, None)
    return message_about(about, language=language).alert


@pytest.fixture
def playing():
    with receiver() as playing:
        yield playing


def sent(channel: str, about: Alert) -> None:
    ((_, service),) = services(Target(channel, f"{channel}_quality"))
    send(about, service)


def got(channel: str, about: Alert, playing: Receiver) -> Received:
    sent(channel, about)
    (received,) = playing.received
    return received


def texts(value: Any) -> list[str]:
    """Every text in JSON."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("channel", ALL)
@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "users_ready is closed: 690 of 1,000 rows are valid, 800 are needed.",
                "Nothing behind it ran: the published data is as it was.",
                "What to do next",
                "observed",
                "expected",
                "at least 80 %",
            ),
        ),
        (
            "fr",
            ("users_ready est fermée", "Que faire maintenant", "observé", "attendu", "au moins 80\u202f%"),
        ),
    ],
)
def test_each_channel_says_consequence_reasons_examples_next_step_and_links(
    channel: str,
    language: Language,
    said: tuple[str, ...],
    playing: Receiver,
    monkeypatch: pytest.MonkeyPatch,
):
    connect(monkeypatch, playing, channel)
    made = alert(language=language)
    received = got(channel, made, playing)
    text = "\n".join(texts(received.body)).replace("\\", "").replace("\u200b", "")
    for part in (*said, made.sections[0].reasons[0].examples[0].split(":")[0]):
        assert part in text
    page = "index.html" if language == "en" else "index.fr.html"
    for link in (
        f"{UI}/quality/{CLOSED.folder}/{page}",
        made.run_link.href,
        f"{UI}/quality/{CLOSED.folder}/rows.csv",
    ):
        assert link in text
    assert made.reference in text


def test_slack_gets_blocks_with_the_colour_of_the_verdict(playing: Receiver, monkeypatch: pytest.MonkeyPatch):
    connect(monkeypatch, playing, "slack")
    received = got("slack", alert(), playing)
    (attachment,) = received.body["attachments"]
    assert (received.path, attachment["color"]) == (SLACK_PATH, "#b91c1c")
    kinds = [block["type"] for block in attachment["blocks"]]
    assert kinds[:2] == ["header", "context"]
    assert "actions" in kinds
    assert attachment["blocks"][0]["block_id"] == alert().key


def test_teams_gets_an_adaptive_card_in_which_nothing_is_markdown(
    playing: Receiver, monkeypatch: pytest.MonkeyPatch
):
    connect(monkeypatch, playing, "teams")
    (attachment,) = got("teams", alert(), playing).body["attachments"]
    card = attachment["content"]
    assert (attachment["contentType"], card["type"]) == (
        "application/vnd.microsoft.card.adaptive",
        "AdaptiveCard",
    )
    assert card["body"][0]["style"] == "attention"
    assert '"TextBlock"' not in str(card).replace("'", '"')
    assert [action["type"] for action in card["actions"]] == ["Action.OpenUrl"] * len(card["actions"])


def test_a_webhook_gets_json_with_the_key_as_a_header_and_what_its_address_adds(
    playing: Receiver, monkeypatch: pytest.MonkeyPatch
):
    connect(monkeypatch, playing, "webhook")
    received, made = got("webhook", alert(), playing), alert()
    assert received.headers["idempotency-key"] == received.body["key"] == made.key
    assert received.body["team"] == "data"
    assert "attachments" not in received.body
    (section,) = received.body["sections"]
    ratio = next(each for each in section["reasons"] if each["closes"])
    assert (ratio["observed"], ratio["limit"]) == ("69 % valid (690 of 1,000 rows)", "at least 80 %")
    assert (received.body["state"], received.body["type"]) == ("closed", "failure")


def test_ntfy_gets_plain_text_that_leads_to_the_report(playing: Receiver, monkeypatch: pytest.MonkeyPatch):
    connect(monkeypatch, playing, "ntfy")
    received = got("ntfy", alert(), playing)
    assert received.headers["x-click"] == f"{UI}/quality/{CLOSED.folder}/index.html"
    assert (received.headers["x-priority"], received.body["topic"]) == ("high", "quality")
    assert "**" not in received.body["message"]


HOSTILE = "<!channel> @channel *bold* _x_ `code` [a](http://evil.example) <at>Ada</at> | ~s~"


@pytest.mark.parametrize("channel", ALL)
def test_what_comes_from_a_workbook_calls_nobody_and_is_no_mark(
    channel: str, playing: Receiver, monkeypatch: pytest.MonkeyPatch
):
    connect(monkeypatch, playing, channel)
    about = RunOutcome(
        "d", RUN, (report(RATIO, EMAIL_UNIQUE),), (FailedTask("load_users", HOSTILE),), {}, None
    )
    body = got(channel, alert(about), playing).body
    text = "\n".join(texts(body))
    if channel == "slack":
        assert "<!channel>" not in text
        assert "&lt;!channel&gt;" in text
    if channel == "mattermost":
        assert "@channel" not in text
        assert "[a](" not in text
    if channel == "teams":
        assert "entities" not in str(body)


def test_a_message_with_many_checks_is_no_longer_than_a_channel_takes(
    playing: Receiver, monkeypatch: pytest.MonkeyPatch
):
    connect(monkeypatch, playing, *ALL)
    long = [report(*[RATIO] * 60, gate=f"gate_{number}") for number in range(20)]
    made = alert(RunOutcome("d", RUN, tuple(long), (), {}, None))
    for channel in ALL:
        sent(channel, made)
    slack, teams, mattermost, ntfy, _ = (each.body for each in playing.received)
    assert len(slack["attachments"][0]["blocks"]) == 50
    assert len(str(teams)) < 28_000
    assert len(mattermost["text"]) <= 4000
    assert len(ntfy["message"].encode()) < 4096
    assert "54 more checks failed" in "\n".join(texts(slack))
    assert "the first 2 of 300 rows" in "\n".join(texts(slack))


@pytest.mark.parametrize("channel", ALL)
@pytest.mark.parametrize("status", [429, 500])
def test_a_service_that_refuses_is_told_in_one_line_with_its_status(
    channel: str, status: int, playing: Receiver, monkeypatch: pytest.MonkeyPatch
):
    connect(monkeypatch, playing, channel)
    playing.answers = [status]
    with pytest.raises(NotDeliveredError, match=f"error={status}") as failed:
        sent(channel, alert())
    assert "\n" not in str(failed.value)
    assert len(playing.received) == 1


@pytest.mark.parametrize("channel", ALL)
def test_a_service_that_hangs_is_left_after_the_seconds_of_its_address(
    channel: str, playing: Receiver, monkeypatch: pytest.MonkeyPatch
):
    connect(monkeypatch, playing, channel, options="rto=1")
    playing.hang = threading.Event()
    began = time.monotonic()
    with pytest.raises(NotDeliveredError, match="onnection error"):
        sent(channel, alert())
    assert time.monotonic() - began < 6


@pytest.mark.parametrize("channel", ALL)
def test_a_slow_service_gets_the_message_once(
    channel: str, playing: Receiver, monkeypatch: pytest.MonkeyPatch
):
    connect(monkeypatch, playing, channel)
    # Longer than Apprise itself would wait.
    playing.slow = 5
    sent(channel, alert())
    assert len(playing.taken) == 1


def test_a_service_that_is_down_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch):
    with receiver() as gone:
        connect(monkeypatch, gone, *ALL)
    for channel in ALL:
        with pytest.raises(NotDeliveredError, match="onnection error"):
            sent(channel, alert())
