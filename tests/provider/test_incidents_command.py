"""`python -m provider incidents`: the list, one incident, and what is done about it from the command line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from alerts.incidents.read import incident_of
from provider.__main__ import app
from tests.alerts.incidents.nights import observed

Run = Callable[..., Result]
SOON = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on a database in which incident 1 is open for the second time, and 2 is over."""
    observed(engine, 1, "valid_ratio", "unique_emails")
    observed(engine, 2, "valid_ratio")
    monkeypatch.setenv("QUALITY_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    return lambda *words: CliRunner().invoke(app, ["incidents", *map(str, words)])


def test_the_list_shows_what_is_open_and_all_of_it_what_is_over_too(run: Run):
    assert run().output == run("list").output
    (line,) = run().output.splitlines()
    assert line.startswith(
        "    1  users_ready/valid_ratio  690 of 1,000 rows are valid, 800 are needed  (Second run"
    )
    assert [line.split()[0] for line in run("list", "--all").output.splitlines()] == ["1", "2"]
    assert "(resolved, 1 run, from 23 November 2026" in run("list", "--all").output


def test_one_incident_is_shown_with_what_happened(run: Run):
    run("acknowledge", 1, "--by", "ada")
    first, owner, *events = run("show", 1).output.splitlines()
    assert "acknowledged by ada" in first
    assert owner == "DAG etl_users_daily, owner: Users team"
    assert [event[18:] for event in events] == [
        "ada acknowledged it",
        "Seen again  690 of 1,000 rows are valid, 800 are needed  scheduled__2026-11-24",
        "Opened  690 of 1,000 rows are valid, 800 are needed  scheduled__2026-11-23",
    ]


def test_an_incident_is_muted_with_a_reason_and_unmuted(run: Run, engine: Engine):
    done = run("mute", 1, "--by", "ada", "--until", SOON, "--reason", "being repaired")
    assert (done.exit_code, "muted through" in done.output) == (0, True)
    muted = incident_of(engine, 1)
    assert muted is not None
    assert (muted.muted_by, muted.muted_reason) == ("ada", "being repaired")
    assert run("unmute", 1, "--by", "bob").exit_code == 0
    after = incident_of(engine, 1)
    assert after is not None
    assert not after.is_muted(datetime.now(UTC))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("show", 9), "There is no incident 9."),
        (("acknowledge", 9, "--by", "ada"), "There is no incident 9."),
        (("acknowledge", 2, "--by", "ada"), "Incident 2 is resolved already."),
        (("acknowledge", 1, "--by", " "), "Say who you are"),
        (("unmute", 1, "--by", "ada"), "Incident 1 is not muted."),
        (("mute", 1, "--by", "ada", "--until", "2020-01-01", "--reason", "x"), "not 2020-01-01"),
        (("mute", 1, "--by", "ada", "--until", SOON, "--reason", " "), "Say why it is muted"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, words: tuple[object, ...], why: str):
    done = run(*words)
    assert (done.exit_code, why in done.stderr, len(done.stderr.splitlines())) == (1, True, 1)


@pytest.mark.parametrize(
    "words", [("acknowledge", 1), ("mute", 1, "--by", "ada", "--until", SOON), ("show", "x")]
)
def test_nothing_is_done_without_a_name_or_a_reason(run: Run, words: tuple[object, ...]):
    assert run(*words).exit_code == 2


def test_a_database_that_is_away_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QUALITY_DATABASE_URL", "postgresql+psycopg2://nobody@127.0.0.1:1/none")
    done = run()
    assert (done.exit_code, "(QUALITY_DATABASE_URL)." in done.stderr) == (1, True)
