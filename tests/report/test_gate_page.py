"""The page of a gate: its whole history, asked for by date and verdict."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from report.gate_page import Asked, gate_page
from report.said import LANGUAGES
from report.site import Site
from tests.report.offline import other_hosts
from tests.report.other_reports import orders
from tests.report.reports import LAST, report
from tests.report.test_overview import HOSTILE, said
from tests.report.users_reports import users_nights, users_ready

NOW = LAST + timedelta(hours=2, minutes=13)
NIGHTS = [users_ready(valid=751), *users_nights(40)]


def page(reports=NIGHTS, language="en", *, airflow="../", **asked):
    return gate_page("users_ready", reports, language, now=NOW, site=Site("../", airflow), **asked)


def test_the_page_says_what_the_gate_holds_back_and_shows_its_last_runs_and_trends():
    html = page()
    told = said(html)
    assert "users_ready has held back the table users since 02:03 this morning" in told
    assert "90 % open in the last 30 runs" in told
    assert html.count('<figure class="chart">') == 3


def test_each_verdict_is_a_row_with_its_page_its_run_and_what_failed():
    html = page()
    rows = re.findall(r'<tr data-verdict="(\w+)" data-day="([\d-]+)">', html)
    assert len(rows) == 41
    assert rows[0] == ("closed", "2026-11-26")
    assert f'href="../{NIGHTS[0].folder}/index.html"' in html
    assert 'href="../../dags/etl_users_daily/runs/scheduled__2026-11-26T01%3A00%3A00%2B00%3A00"' in html
    assert "Valid rows: at least 80 % of the rows are valid (replays apart) · 75.1 % valid" in said(html)


def test_the_day_of_a_verdict_is_that_of_the_site_not_of_greenwich():
    late = replace(orders(), started_at="2026-11-25T23:30:00+00:00")
    assert 'data-day="2026-11-26"' in page([late])


def test_a_verdict_names_three_failed_checks_and_counts_the_rest():
    outcomes = [replace(outcome, success=False) for outcome in users_ready().outcomes[:5]]
    assert "and 2 more" in said(page([report("users_ready", outcomes)]))


def test_a_doubt_stands_in_the_row_of_its_verdict():
    told = said(page([report("users_ready", [], doubts=["the batch is empty"]), *NIGHTS]))
    assert told.count("the batch is empty") == 2


def test_without_airflow_no_link_leads_there_and_no_button_asks_a_server():
    html = page(airflow=None)
    assert "dags/" not in html
    assert "<button" not in html
    assert "<button" in page()


def test_what_was_asked_for_stands_in_the_form_and_goes_with_the_link_to_older_ones():
    asked = Asked(since=date(2026, 11, 1), verdict="closed")
    html = page(asked=asked, more=True)
    assert '<option value="closed" selected>' in html
    assert 'name="since" value="2026-11-01"' in html
    oldest = NIGHTS[-1].started_at.replace(":", "%3A").replace("+", "%2B")
    assert f'href="?before={oldest}&amp;since=2026-11-01&amp;verdict=closed"' in html


def test_a_part_of_the_history_does_not_say_what_the_gate_does_now():
    assert "has held back" not in said(page(asked=Asked(verdict="closed")))


def test_a_page_of_older_verdicts_does_not_say_what_the_gate_does_now():
    assert "has held back" not in said(page(NIGHTS[14:], asked=Asked(before=NOW)))


def test_days_that_were_asked_for_are_those_of_the_site_and_end_where_the_page_before_ended():
    asked = Asked(since=date(2026, 11, 20), until=date(2026, 11, 21))
    first, after = asked.between("Europe/Paris")
    assert (first.isoformat(), after.isoformat()) == (
        "2026-11-20T00:00:00+01:00",
        "2026-11-22T00:00:00+01:00",
    )
    earlier = first + timedelta(hours=5)
    assert replace(asked, before=earlier).between("Europe/Paris") == (first, earlier)
    assert Asked().between("Europe/Paris") == (None, None)
    assert Asked(until=date.max).between("Europe/Paris") == (None, None)


def test_a_whole_history_links_to_nothing_older():
    assert "Older verdicts" not in said(page())


def test_a_gate_without_a_verdict_says_so():
    assert "No verdict of this gate is stored." in said(page([]))
    assert "No verdict matches." in said(page([], asked=Asked(verdict="closed")))


def test_the_other_language_is_the_page_beside_it():
    html = page(language="fr")
    assert 'href="users_ready.html"' in html
    assert "Ce qui a échoué" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_is_shown_and_never_runs(language):
    outcome = replace(
        NIGHTS[0].critical[0], description=HOSTILE, observed=HOSTILE, problem=HOSTILE, french=None
    )
    hostile = replace(
        NIGHTS[0],
        gate=HOSTILE,
        run=HOSTILE,
        dag=HOSTILE,
        unit=HOSTILE,
        outcomes=(outcome,),
        doubts=(HOSTILE,),
    )
    html = gate_page(HOSTILE, [hostile, *NIGHTS], language, now=NOW, site=Site("../", "../"), more=True)
    assert html.count("<script") == 1
    assert "style=" not in html
    assert other_hosts(html) == set()
