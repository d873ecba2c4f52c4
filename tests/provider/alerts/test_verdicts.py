"""What a mail says of a verdict is what its page says; it is sent whatever the database says."""

import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import Engine, text

from alerts.outcome import RunOutcome
from alerts.verdicts import Known, verdict
from provider.alerts.ledger import history
from provider.alerts.pasts import known_pasts
from report.gate_report import GateReport
from report.history import create, record
from report.page import verdict_page
from report.past import NO_PAST, Past
from report.said import LANGUAGES, Language, Said
from report.site import Site
from tests.alerts.addresses import SITE, UI
from tests.alerts.mails import mail_about
from tests.provider.test_gate import connection_to
from tests.report.reports import check, report
from tests.report.users_reports import users_nights, users_ready

CLOSED = users_ready(valid=690)
PAST = Past.of(CLOSED, users_nights())
FOLDER = f"{UI}/quality/runs/users_ready/"


def mailed(made: GateReport, past: Past | None, language: Language = "en") -> tuple[str, str]:
    """The mail about one closed gate as text and as HTML."""
    about = RunOutcome("etl_users_daily", made.run, (made,), (), {}, None)
    known = {} if past is None else {made.page: past}
    body = mail_about(about, language=language, past=known).body
    return body.text, unescape(body.html)


def plain_text(html: str) -> str:
    """What a reader sees, with ordinary spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_a_mail_says_the_consequence_in_numbers_and_since_when():
    text, html = mailed(CLOSED, PAST)
    assert text.splitlines()[:2] == [
        "users_ready is closed: 690 of 1,000 rows are valid, 800 are needed.",
        "The table users is as it was at 02:03 on 25 November.",
    ]
    assert ">users_ready is closed: 690 of 1,000 rows are valid, 800 are needed.\n</h1>" in html
    assert "Nothing behind it ran" not in text + html


def test_a_mail_says_the_same_in_french():
    text, _ = mailed(CLOSED, PAST, "fr")
    assert text.splitlines()[:2] == [
        "users_ready est fermée\u202f: 690 lignes sur 1\u202f000 sont valides, il en faut 800.",
        "La table users n’a pas changé depuis le 25 novembre à 02:03.",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "made",
    [CLOSED, users_ready(valid=690, twice=2), replace(users_ready(), passed=False, doubts=("x",))],
    ids=["one reason", "two reasons", "doubt"],
)
def test_each_sentence_of_the_banner_of_the_page_stands_in_the_mail(made: GateReport, language: Language):
    past = Past.of(made, users_nights(3))
    page = verdict_page(made, past, language, site=Site(root="../../../../", airflow="../"))
    banner = page.partition("<h1>")[2].partition("</section>")[0]
    told = re.findall(r'(?:class="consequence">|<li>(?:<a [^>]*>)?)([^<]+)', banner)
    headline = banner.partition("</h1>")[0]
    text, html = mailed(made, past, language)
    sentences = [plain_text(each).strip() for each in (headline, *told[(made.critical[1:] and 2) or 0 :])]
    assert len(sentences) >= 4
    for sentence in sentences:
        assert sentence in plain_text(text)
        assert sentence in plain_text(html)


@pytest.mark.parametrize(("language", "page"), [("en", "index.html"), ("fr", "index.fr.html")])
def test_every_link_is_a_whole_address_and_the_page_is_that_in_the_language(language: Language, page: str):
    text, html = mailed(CLOSED, PAST, language)
    links = re.findall(r'href="([^"]+)"', html)
    run = "dags/etl_users_daily/runs/scheduled__2026-11-26T01%3A00%3A00%2B00%3A00"
    assert f"{UI}/{run}/tasks/check_users_ready" in links
    assert f"{UI}/quality/{CLOSED.folder}/rows.csv" in links
    assert f"{UI}/quality/{CLOSED.folder}/{page}" in links
    assert f"{UI}/quality/{users_ready(1).folder}/{page}" in links
    assert all(link.startswith(f"{UI}/") for link in links)
    assert set(links) == {line.split()[-1] for line in text.splitlines() if UI in line}


def test_a_gate_that_never_passed_says_so_and_one_of_which_nothing_is_known_does_not():
    assert "The table users waits: no earlier run has passed this gate." in mailed(CLOSED, NO_PAST)[0]
    for said in mailed(CLOSED, None):
        assert "Nothing behind it ran: the published data is as it was." in said
        assert "waits" not in said


def test_rows_that_could_not_be_written_are_not_linked():
    told = verdict(replace(CLOSED, unpublished=("rows.csv: disk full",)), None, "en", site=SITE)
    assert not any("rows.csv" in step.href for step in told.banner.steps)


def test_of_several_gates_each_has_its_headline():
    other = report("users_next", [check("c", *[Said("a", "b")] * 3, success=False)])
    about = RunOutcome("d", "r", (CLOSED, other, users_ready(1, unknown=61)), (), {}, None)
    text = mail_about(about).body.text
    assert text.splitlines()[0] == "Closed: users_ready, users_next"
    assert "== users_ready is closed: 690 of 1,000 rows are valid, 800 are needed. ==" in text
    assert "== users_next is closed: a — a. ==" in text
    assert "== users_ready is open: 15 checks passed, 1 warning. ==" in text


@pytest.fixture
def connected(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The database behind the Airflow connection of the mail."""
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))
    return engine


def pasts() -> Known:
    """The past of the closed gate, as a message gets it."""
    with history() as engine:
        return known_pasts([CLOSED], engine)


def test_earlier_reports_come_from_the_history(connected: Engine):
    for made in (users_ready(2), users_ready(1, valid=700), CLOSED, report("other", [])):
        record(connected, made)
    past = pasts()
    assert [each.folder for each in past[CLOSED.page].verdicts] == [
        users_ready(1).folder,
        users_ready(2).folder,
    ]
    assert "as it was at 02:03 on 24 November." in mailed(CLOSED, past[CLOSED.page])[0]


def test_of_a_gate_whose_history_is_elsewhere_nothing_is_known(connected: Engine):
    record(connected, users_ready(1))
    assert pasts() == {}


@pytest.mark.usefixtures("connected")
def test_a_database_without_a_history_says_nothing(caplog: pytest.LogCaptureFixture):
    assert pasts() == {}
    assert 'relation "quality_runs" does not exist' in caplog.text


@pytest.mark.parametrize("url", ["postgresql://a:b@127.0.0.1:1/c", "no address", None])
def test_a_database_that_is_away_says_nothing(
    url: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.delenv("AIRFLOW_CONN_POSTGRES_DEFAULT", raising=False)
    if url is not None:
        monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", url)
    assert pasts() == {}
    assert "Incidents and deliveries cannot be reached now" in caplog.text


def test_a_database_that_does_not_answer_is_not_waited_for(
    connected: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr("provider.alerts.ledger.ANSWER_SECONDS", 1)
    create(connected)
    with connected.begin() as connection:
        connection.execute(text("LOCK TABLE quality_runs"))
        assert pasts() == {}
    assert "statement timeout" in caplog.text
