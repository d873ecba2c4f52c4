"""What a person reads in the terminal: where the report is."""

from dataclasses import replace
from datetime import datetime

from rich.table import Table

from local.settings import StackSettings
from local.show.demo import DemoOutcome
from local.show.runs import GateResult, Run
from local.show.screen import demo_lines, gates_table, links
from tests.report.users_reports import users_ready

SETTINGS = StackSettings(ui_port=8082)
UI = "http://localhost:8082"
CLOSED = GateResult("check_users_ready", users_ready(valid=690))
NOT_REACHED = GateResult("check_users_next", None)


def cells(table: Table, column: int) -> list[str]:
    return [str(cell) for cell in table.columns[column].cells]


def test_the_links_lead_to_the_overview_of_the_report():
    assert f"[bold]Quality report[/] {UI}/quality/index.html" in links(SETTINGS).splitlines()


def test_the_dashboards_are_linked_where_there_are_any():
    assert "Dashboards" not in links(SETTINGS)
    watched = SETTINGS.model_copy(update={"monitoring": True})
    assert "[bold]Dashboards[/]     http://127.0.0.1:8428/vmui/#/dashboards" in links(watched).splitlines()


def test_a_gate_has_a_link_to_its_page_and_none_when_it_was_not_reached():
    table = gates_table([CLOSED, NOT_REACHED], SETTINGS)
    assert table.columns[4].header == "quality report"
    assert cells(table, 1) == ["[red]closed[/]", "[dim]not reached[/]"]
    page, nothing = cells(table, 4)
    assert page.startswith(f"[link={UI}/quality/runs/users_ready/")
    assert nothing == ""


def test_a_demonstration_ends_with_the_page_of_the_gate_that_closed():
    run = Run("r", "failed", (), None)
    outcome = DemoOutcome(run, CLOSED, published="users", before="a", after="a", mails=())
    *_, last = demo_lines(outcome, SETTINGS).splitlines()
    assert last.startswith(f"[bold]Report[/]     {UI}/quality/runs/users_ready/")


def test_a_demonstration_whose_gate_was_not_reached_ends_with_the_overview():
    run = Run("r", "failed", (), None)
    outcome = DemoOutcome(run, NOT_REACHED, published="users", before="a", after="a", mails=())
    *_, last = demo_lines(outcome, SETTINGS).splitlines()
    assert last == f"[bold]Report[/]     {UI}/quality/index.html"


def test_what_was_known_before_a_demonstration_is_not_mailed_again_and_it_says_so():
    run = Run("r", "failed", (), None)
    since = datetime(2026, 11, 24, 2, 3).astimezone()
    outcome = DemoOutcome(run, CLOSED, published="users", before="a", after="a", mails=(), known=since)
    assert outcome.as_expected
    assert "none: it is an incident since 2026-11-24 02:03, told then" in demo_lines(outcome, SETTINGS)
    assert not replace(outcome, known=None).as_expected
