"""`python -m gx backtest`: how often a gate would have closed, on a real history."""

import pytest
from typer.testing import CliRunner

from gx.__main__ import app
from gx.suites import SUITES, load
from report.history import record
from tests.report.users_reports import users_nights, users_ready

pytestmark = pytest.mark.postgres


@pytest.fixture
def ask(engine, monkeypatch):
    monkeypatch.setenv("QUALITY_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    return lambda *arguments: CliRunner().invoke(app, ["backtest", *arguments])


@pytest.fixture
def nights(engine):
    """Three nights: 90 %, 70 % (closed) and 84 % valid."""
    for ago, valid in ((3, 900), (2, 700), (1, 840)):
        record(engine, users_ready(ago, valid=valid, unknown=3))


def test_a_higher_threshold_would_have_closed_more_often(ask, nights):
    done = ask("users_ready", "--min-valid-ratio", "0.85")
    assert done.exit_code == 0, done.output
    *lines, summary, failing = done.output.splitlines()
    assert [line.split()[2:6] for line in lines] == [
        ["open", "90", "%", "open"],
        ["closed", "70", "%", "closed"],
        ["open", "84", "%", "closed"],
    ]
    assert summary == "users_ready with min_valid_ratio = 0.85: of 3 verdicts 2 would be closed (1 were)."
    assert failing == "The check itself would fail in 2."


def test_a_lower_one_would_have_opened_it(ask, nights):
    assert "of 3 verdicts 0 would be closed (1 were)" in ask("users_ready", "--min-valid-ratio=0.7").output


def test_a_warning_closes_nothing(ask, nights):
    done = ask("users_ready", "--max-warning-ratio", "0.001")
    assert "of 3 verdicts 1 would be closed (1 were).\nThe check itself would fail in 3." in done.output


def test_only_runs_since_a_day_count(ask, engine):
    for night in users_nights(5):
        record(engine, night)
    assert "of 2 verdicts" in ask("users_ready", "--min-valid-ratio", "0.85", "--since", "2026-11-24").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("users_ready", "--min-vald-ratio", "0.85"), "unknown threshold 'min_vald_ratio'"),
        (("users_ready", "--min-valid-ratio", "85"), "out of range"),
        (("users_ready", "--min-valid-ratio", "much"), "is no number"),
        (("users_ready",), "One threshold and its value are needed"),
        (("users_source", "--volume-tolerance", "0.2"), "is no threshold whose check is measured"),
        (("users_redy", "--min-valid-ratio", "0.85"), "no gate is called 'users_redy'"),
    ],
)
def test_what_is_wrong_is_one_line(ask, arguments, message):
    done = ask(*arguments)
    assert done.exit_code == 1
    assert message in done.output
    assert len(done.output.strip().splitlines()) == 1


@pytest.mark.parametrize("name", SUITES)
def test_every_limit_is_of_a_threshold(name):
    suite = load(name)
    assert set(suite.limits) == set(suite.thresholds) - {"volume_tolerance"}
