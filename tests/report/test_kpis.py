"""The table of the weekly figures on the overview."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from report.kpis import kpis
from report.overview import overview_page
from report.said import LANGUAGES, Language
from report.site import Site
from tests.report.reports import LAST
from tests.report.users_reports import users_nights
from tests.report.weeks import week, weeks


def rows(reports, language: Language = "en"):
    """The table as texts, its header first."""
    now = LAST + timedelta(hours=9)
    html = overview_page({"runs_weekly": reports}, language, now=now, site=Site())
    table = re.search(r'<table class="stack kpis".*?</table>', html, re.DOTALL)
    assert table
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table[0].split("<tr ")[1:])
    return [[" ".join(unescape(re.sub("<[^>]*>", " ", cell)).split()) for cell in row] for row in cells]


def test_each_figure_has_its_limit_and_each_week_its_values():
    header, last = rows([week(0, alerts_delivered=1.0)])
    assert header == [
        "Judged on",
        "Success more than 95 %",
        "Valid rows more than 80 %",
        "Longest run less than 10 minutes",
        "Document loss less than 1 %",
        "Snapshots at least 3",
        "Alerts delivered at least 100 %",
    ]
    assert last == ["26 November 2026 30 runs", "96.7 %", "96.1 %", "2 min 24 s", "0.04 %", "3", "100 %"]


def test_the_same_in_french():
    header, last = rows([week(0)], "fr")
    assert header[:2] == ["Jugés le", "Réussite plus de 95 %"]
    assert last[:3] == ["26 novembre 2026 30 exécutions", "96,7 %", "96,1 %"]


def test_what_misses_its_limit_and_what_was_not_judged_is_told_in_words_too():
    _, last = rows([week(0, run_minutes=14.2)])
    assert last[3] == "14 min 12 s missed"
    assert last[6] == "– not judged"


def test_so_few_runs_are_said():
    _, last = rows([week(0, runs=7)])
    assert last[0] == "26 November 2026 7 runs"


def test_the_last_twelve_weeks_stand_the_newest_first():
    table = kpis({"runs_weekly": weeks(14)}, "en", Site())
    assert table
    moments = [week.moment for week in table.weeks]
    assert len(moments) == 12
    assert moments == sorted(moments, reverse=True)
    assert [week.state for week in table.weeks].count("closed") == 3
    assert table.weeks[0].href == f"{weeks(14)[0].folder}/index.html"


def test_of_several_verdicts_in_a_week_the_last_one_counts():
    tuesday = replace(week(0, runs=9), started_at=(LAST - timedelta(days=2)).isoformat())
    table = kpis({"runs_weekly": [week(0, runs=30), tuesday, week(1, runs=29)]}, "en", Site())
    assert table
    assert [week.runs for week in table.weeks] == [30, 29]


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_the_first_week_there_is_no_table(language: Language):
    assert kpis({"users_ready": users_nights(3)}, language, Site()) is None
    html = overview_page({"users_ready": users_nights(3)}, language, now=LAST, site=Site())
    assert 'id="kpis"' not in html
