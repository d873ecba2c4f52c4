"""`python -m provider routes`: who is told of what, on one screen."""

import pytest
from typer.testing import CliRunner

from provider.__main__ import app

ROUTES = """
routes:
  - match: {dag: etl_users_daily, gate: [users_source, users_ready], severity: critical}
    to: [mail:owners@example.org, slack:slack_quality]
owners:
  Users team: [mail:users@example.org]
"""
SLACK = '{"conn_type": "apprise", "extra": {"config": {"path": "slack://a/b/c"}}}'


def shown() -> tuple[int, list[str], str]:
    result = CliRunner().invoke(app, ["routes"])
    return result.exit_code, result.stdout.splitlines(), result.stderr


@pytest.fixture(autouse=True)
def setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_TO", "ada@example.org")
    monkeypatch.setenv("ALERT_ROUTES", ROUTES)
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "client")


def test_one_table_says_who_is_told_of_what(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_QUALITY", SLACK)
    width = len("dag etl_users_daily; gate users_source, users_ready; severity critical")
    assert shown() == (
        0,
        [
            f"{'WHEN':<{width}}  WHO IS TOLD",
            "dag etl_users_daily; gate users_source, users_ready; severity critical"
            "  mail:owners@example.org, slack:slack_quality",
            f"{'owner Users team':<{width}}  mail:users@example.org",
            f"{'everything else':<{width}}  mail:ada@example.org",
        ],
        "",
    )


def test_what_is_wrong_is_a_line_and_the_table_shows_what_holds_meanwhile():
    code, table, wrong = shown()
    assert code == 1
    assert table[1].endswith("  mail:owners@example.org, mail:ada@example.org")
    assert wrong.strip() == (
        "ALERT_ROUTES: slack:slack_quality: there is no Airflow connection slack_quality. Make it, of type "
        "apprise. Until then the default route holds."
    )


def test_without_routes_everything_goes_to_the_mail_addresses(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALERT_ROUTES", "")
    assert shown() == (0, ["WHEN        WHO IS TOLD", "everything  mail:ada@example.org"], "")
