"""The overview: what is closed, what it holds back, how each gate has decided, what fails most."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from report.overview import overview_page
from report.said import LANGUAGES, Said
from report.schedules import Scheduled
from report.site import Site
from tests.report.offline import other_hosts
from tests.report.other_reports import courses_reindexed, orders
from tests.report.reports import LAST, report
from tests.report.users_reports import users_nights, users_ready

NOW = LAST + timedelta(hours=2, minutes=13)
CLOSED = users_ready(valid=751)


def page(history, language="en", *, now=NOW, site=None, problem=None, schedules=()):
    return overview_page(
        history, language, now=now, site=site or Site(), problem=problem, schedules=schedules
    )


def said(html: str) -> str:
    """What a page says, its tags left out and its spaces made one."""
    text = unescape(re.sub(r"<[^>]*>", " ", html))
    return re.sub(r"\s+", " ", text)


def nights(count=30):
    return [CLOSED, *users_nights(count)]


def test_the_headline_counts_closed_gates_and_each_says_what_it_holds_back_since_when_and_why():
    told = said(page({"users_ready": nights(), "orders": [orders()]}))
    assert "1 gate closed, 1 open" in told
    assert (
        "users_ready has held back the table users since 02:03 this morning: "
        "751 of 1,000 rows are valid, 800 are needed."
    ) in told


def test_the_headline_in_french():
    told = said(page({"users_ready": nights(), "orders": [orders()]}, "fr"))
    assert "1 porte fermée, 1 ouverte" in told
    assert (
        "users_ready retient la table users depuis ce matin à 02:03 : "
        "751 lignes sur 1 000 sont valides, il en faut 800."
    ) in told


def test_a_gate_that_closed_days_ago_is_closed_since_then():
    reports = [replace(users_ready(ago, valid=700), holds=None) for ago in (0, 1, 2)] + users_nights()[2:]
    told = said(page({"users_ready": reports}))
    assert "users_ready has been closed since 02:03 on 24 November 2026:" in told


def test_a_gate_that_has_never_been_open_is_closed_since_at_least_its_first_verdict():
    told = said(page({"users_ready": [CLOSED, users_ready(1, valid=700)]}))
    assert "since at least 02:03 yesterday" in told


def test_a_gate_of_which_nothing_can_be_said_tells_its_doubt():
    doubtful = report("users_ready", [], doubts=["the batch is empty"])
    assert "this morning: the batch is empty" in said(page({"users_ready": [doubtful, *users_nights()]}))


def test_when_all_gates_are_open_the_headline_is_calm():
    html = page({"users_ready": [users_ready()], "courses_reindexed": [courses_reindexed(lost=0)]})
    assert "2 gates open, none closed" in said(html)
    assert 'class="card banner edge open"' in html
    assert "Nothing is held back." in said(html)


def test_a_gate_that_warns_makes_the_headline_a_warning():
    html = page({"courses_reindexed": [courses_reindexed(lost=2)]})
    assert 'class="card banner edge warning"' in html
    assert "1 gate warns." in said(html)


def test_gates_that_need_somebody_come_first():
    html = page(
        {
            "a_calm": [replace(orders(), gate="a_calm")],
            "b_warns": [replace(courses_reindexed(), gate="b_warns")],
            "c_closed": [replace(CLOSED, gate="c_closed")],
        }
    )
    names = re.findall(r'<div class="gate-name">\s*<h3><a href="gates/(\w+).html">', html)
    assert names == ["c_closed", "b_warns", "a_calm"]


def test_a_card_links_its_last_30_runs_and_says_how_often_the_gate_was_open():
    html = page({"users_ready": nights(40)})
    strip = re.search(r'<ol class="strip".*?</ol>', html)
    assert strip
    links = re.findall(r'href="([^"]+)"', strip[0])
    assert len(links) == 30
    assert links[-1] == f"{CLOSED.folder}/index.html"
    assert "90 % open in the last 30 runs" in said(html)


def test_a_card_tells_the_check_that_is_nearest_to_its_limit_with_its_last_values():
    html = page({"users_ready": [users_ready(unknown=42), *users_nights()]})
    told = said(html)
    assert "84 % of the margin used Unknown optional values: at most 5 % of the rows have one" in told
    assert 'class="spark"' in html
    assert "Beyond its limit" in said(page({"users_ready": nights()}))


def test_a_card_lists_what_failed_beside_the_check_that_it_tells_already():
    card = said(page({"users_ready": [users_ready(valid=700, unknown=61)]}))
    assert "· 6.1 % with an unknown value (61 of 1,000 rows)" in card
    assert "· 70 % valid" not in card


def test_a_gate_without_measures_is_shown_all_the_same():
    told = said(page({"orders": [orders(), orders(1, empty=3)]}))
    assert "No check measures a margin" in told
    assert "1 time Every order has a customer" in told


def test_trends_have_their_limits_and_a_table_with_each_value():
    html = page({"users_ready": nights()})
    told = said(html)
    assert "Valid rows: at least 80 % of the rows are valid (replays apart) limit 80 %" in told
    assert "Rows, by what became of them in valid rejected duplicate" in told
    assert "Duration of the gate usual 1.8 s" in told
    assert '<path class="limit"' in html
    assert '<tr><th scope="row">26 Nov</th><td>75.1 %</td></tr>' in html
    assert '<tr><th scope="row">26 Nov</th><td>1,000</td><td>751</td><td>237</td><td>12</td></tr>' in html


def test_the_loss_of_documents_is_the_trend_of_a_copy_and_its_batch_is_called_what_it_is():
    told = said(page({"courses_reindexed": [courses_reindexed(7 * n) for n in range(9)]}))
    assert "Document loss: less than 1 % of the source is missing in the target limit 1 %" in told
    assert "Buckets compared" in told


def test_reasons_are_told_with_how_often_and_link_to_the_last_run_that_had_them():
    html = page({"users_ready": nights(89)})
    told = said(html)
    assert "in up to 90 runs of each gate" in told
    assert (
        "3 times Valid rows: at least 80 % of the rows are valid (replays apart) users_ready "
        "last: 2 hours ago"
    ) in told
    assert re.search(rf'class="last small" href="{CLOSED.folder}/index.html"', html)


def test_where_nothing_failed_no_reason_is_told():
    assert "No check has failed or warned in these runs." in said(page({"orders": [orders()]}))


def missed(language="en", **known):
    """What the overview says of a DAG that was due at two and has not begun."""
    due = NOW.replace(hour=1, minute=0)
    schedules = [Scheduled("etl_users_daily", due, due - timedelta(days=1), **known)]
    return page({"users_ready": users_nights(5)}, language, schedules=schedules)


@pytest.mark.parametrize(
    ("language", "known", "told"),
    [
        ("en", {}, "etl_users_daily: the run that was due at 02:00 this morning has not begun Look whether"),
        ("en", {"paused": True}, "has not begun The DAG is paused."),
        ("en", {"broken": True}, "has not begun The file of the DAG cannot be imported"),
        ("fr", {"paused": True}, "l’exécution prévue ce matin à 02:00 n’a pas commencé Le DAG est en pause."),
    ],
)
def test_a_schedule_that_was_missed_is_told_with_what_airflow_knows_of_it(language, known, told):
    html = missed(language, **known)
    assert told in said(html)
    assert 'class="card banner edge warning"' in html


def test_a_dag_that_is_not_due_or_has_no_gate_here_is_not_told():
    soon = Scheduled("etl_users_daily", NOW + timedelta(hours=1), NOW)
    others = Scheduled("somebody_elses", NOW - timedelta(days=9), NOW)
    html = page({"users_ready": users_nights(5)}, schedules=[soon, others])
    assert "has not begun" not in said(html)
    assert 'class="card banner edge open"' in html


def test_before_any_gate_has_decided_the_page_says_what_to_do():
    told = said(page({}))
    assert "No gate has decided yet" in told
    assert "start a DAG that has a gate" in told


def test_a_problem_is_told_on_one_line_above_all():
    assert "The history cannot be read connection refused" in said(page({}, problem="connection refused"))


def test_links_lead_from_wherever_the_page_stands():
    html = page({"users_ready": nights()}, "fr", site=Site(root="../"))
    assert f'href="../{CLOSED.folder}/index.fr.html"' in html
    assert 'href="../gates/users_ready.fr.html"' in html


HOSTILE = '"><script>alert(1)</script>{{7*7}}'


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_is_shown_and_never_runs_and_no_other_host_is_named(language):
    outcome = replace(
        CLOSED.critical[0], description=HOSTILE, observed=HOSTILE, threshold=HOSTILE, key=HOSTILE, french=None
    )
    hostile = replace(
        CLOSED,
        gate=HOSTILE,
        run=f"scheduled__{HOSTILE}",
        dag=HOSTILE,
        outcomes=(outcome,),
        holds=Said(HOSTILE, HOSTILE),
        counts={HOSTILE: 3},
        unit=HOSTILE,
    )
    html = page({HOSTILE: [hostile, *users_nights()]}, language, problem=HOSTILE)
    assert html.count("<script") == 1
    assert "{{7*7}}" in html
    assert "style=" not in html
    assert other_hosts(html) == set()


def test_a_number_is_never_parted_from_what_it_counts():
    assert "80\u00a0%" in page({"users_ready": nights()})
