"""The page of a verdict: its sentences, the order of its checks, its links, and what hostile data becomes."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape

import pytest

from report.gate_report import Example, GateReport
from report.page import verdict_page
from report.past import Past
from report.said import LANGUAGES, Language, Said
from report.site import Site
from tests.report.offline import other_hosts
from tests.report.other_reports import courses_reindexed, orders
from tests.report.reports import check, report
from tests.report.users_reports import users_nights, users_ready

IN_AIRFLOW = Site(root="../../../../", airflow="../")
MOST_BYTES = 60_000


def page(
    made: GateReport,
    past: Sequence[GateReport] = (),
    language: Language = "en",
    *,
    site: Site = IN_AIRFLOW,
) -> str:
    return verdict_page(made, Past.of(made, past), language, site=site)


def text_of(html: str) -> str:
    """What a reader sees, with ordinary spaces."""
    bare = unescape(re.sub(r"<[^>]+>", " ", html))
    return re.sub(r"\s+", " ", bare)


def headline(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert found
    return text_of(found[1])


def states(html: str) -> list[str]:
    """Of the checks, in the order of the page."""
    return re.findall(r'data-state="(\w+)"', html)


def test_a_closed_gate_says_its_consequence_in_numbers():
    html = page(users_ready(valid=690), users_nights())
    assert headline(html) == "users_ready is closed: 690 of 1,000 rows are valid, 800 are needed."
    assert "The table users is as it was at 02:03 on 25 November." in text_of(html)


def test_the_same_in_french():
    html = page(users_ready(valid=690), users_nights(), "fr")
    assert headline(html) == ("users_ready est fermée : 690 lignes sur 1 000 sont valides, il en faut 800.")
    assert "La table users n’a pas changé depuis le 25 novembre à 02:03." in text_of(html)


def test_the_last_good_run_is_not_a_closed_one_before():
    past = [users_ready(1, valid=700), users_ready(2)]
    assert "as it was at 02:03 on 24 November" in text_of(page(users_ready(valid=690), past))


def test_a_gate_that_never_passed_says_so():
    text = text_of(page(users_ready(valid=690)))
    assert "The table users waits: no earlier run has passed this gate." in text
    assert "there is nothing to compare with" in text


@pytest.mark.parametrize(
    ("unknown", "language", "said"),
    [
        (10, "en", "users_ready is open: 16 checks passed."),
        (61, "en", "users_ready is open: 15 checks passed, 1 warning."),
        (61, "fr", "users_ready est ouverte : 15 vérifications réussies, 1 réserve."),
    ],
)
def test_an_open_gate_counts_what_passed_and_what_warns(unknown: int, language: Language, said: str):
    assert headline(page(users_ready(unknown=unknown), users_nights(), language)) == said


def test_several_reasons_are_counted_and_listed():
    html = page(users_ready(valid=690, twice=2), users_nights())
    assert headline(html) == "users_ready is closed, for 2 reasons."
    assert text_of(html.partition('class="reasons"')[2].partition("</ul>")[0]).count("are needed") == 1
    assert "Valid rows: no email stands in two rows — 2 of 690 rows fail" in text_of(html)


def test_a_doubt_closes_and_is_told():
    html = page(replace(users_ready(), passed=False, doubts=("the batch is empty",)))
    assert headline(html) == "users_ready is closed: the batch is empty."


def test_what_could_not_be_written_is_told():
    text = text_of(page(replace(users_ready(), unpublished=("rows.csv: no space left on device",))))
    assert "Not written: rows.csv: no space left on device" in text


def test_checks_that_close_come_first_then_warnings_then_what_passed():
    html = page(users_ready(valid=690, unknown=61, twice=2), users_nights())
    assert states(html) == ["closed"] * 2 + ["warning"] + ["open"] * 13
    for name, count in (("all", 16), ("closed", 2), ("warning", 1), ("open", 13)):
        assert re.search(rf'data-show="{name}"[^>]*>[^<]+<span>{count}</span>', html)


def test_a_check_shows_its_measure_its_limit_a_bar_and_its_last_runs():
    html = page(users_ready(valid=690), users_nights())
    first = html.partition('data-state="closed"')[2].partition("</li>")[0]
    assert "69 % valid (690 of 1,000 rows)" in text_of(first)
    assert "≥\u00a080 %" in first
    assert 'aria-label="69 %, limit ≥\u00a080 %"' in first
    assert 'aria-label="Last 30 runs: from 96.4 % to 69 %"' in first


def test_what_begins_with_no_measure_stands_beside_what_was_expected():
    html = page(users_ready(valid=690, twice=2), users_nights())
    text = text_of(html.partition("no email stands in two rows</p>")[2].partition("</li>")[0])
    assert "2 of 690 rows fail no email twice" in text
    assert "0.3 %" not in text


def test_examples_stand_with_their_place_and_lead_to_all_rows():
    html = page(users_ready(valid=690), users_nights(), "fr")
    assert "10 exemples de lignes en échec" in text_of(html)
    assert "users.xlsx, Feuil1, ligne 9 k…@exemple.fr (invalid_email)" in text_of(html)
    rows_of_checks, files = html.partition('aria-labelledby="files"')[::2]
    assert "Toutes en CSV" in text_of(rows_of_checks)
    assert rows_of_checks.count("/rows.csv") == 3
    assert files.count("/rows.csv") == 1


@pytest.mark.parametrize(
    ("language", "said", "named"),
    [
        ("en", "10 rows that the limit allows (CSV)", "Rows that a check named"),
        ("fr", "10 lignes que la limite admet (CSV)", "Lignes désignées par une vérification"),
    ],
)
def test_rows_that_a_limit_allows_stand_in_the_csv_of_an_open_gate(language: Language, said: str, named: str):
    html = page(users_ready(), users_nights(), language)
    assert said in text_of(html)
    assert f'rows.csv">{named}</a>' in html
    assert '<div class="next">' not in html


def test_a_csv_that_does_not_stand_beside_the_page_is_not_linked():
    unreadable = check("mapping", Said("a", "b"), Said("c", "d"), Said("e", "f"), success=False)
    for made in (users_ready(), users_ready(valid=690), report("courses_reindexed", [unreadable])):
        html = verdict_page(
            made, Past.of(made, users_nights()), "en", site=IN_AIRFLOW, beside=["result.json"]
        )
        assert "rows.csv" not in html
        assert "CSV" not in html


def test_rows_are_named_in_the_language_of_the_page():
    assert "Examiné 1 000 lignes" in text_of(page(users_ready(), language="fr"))
    assert "Looked at 256 buckets" in text_of(page(courses_reindexed()))


def test_a_page_leads_to_no_file_that_is_not_there():
    made = users_ready(valid=690)
    html = verdict_page(made, Past.of(made, users_nights()), "en", site=IN_AIRFLOW, beside=["result.json"])
    assert "/result.json" in html
    for name in ("rows.csv", "great_expectations.html", "report.json", "SHA256SUMS"):
        assert name not in html


def test_what_to_do_next_leads_to_the_rows_and_the_log_and_ends_in_the_repair():
    html = page(users_ready(valid=690), users_nights())
    steps = html.partition('<div class="next">')[2].partition("</ol>")[0]
    assert [text_of(step).strip()[:13] for step in re.findall(r"<li>(.*?)</li>", steps)] == [
        "Open the fail",
        "Read the log ",
        "Correct these",
    ]
    assert 'runs/scheduled__2026-11-26T01%3A00%3A00%2B00%3A00/tasks/check_users_ready" data-airflow' in steps


def test_a_check_that_broke_is_read_in_the_log_first():
    broken = check(
        "valid_ratio",
        Said("Enough rows are valid", "Assez de lignes sont valides"),
        Said("nothing observed", "rien observé"),
        Said("at least 80 %", "au moins 80 %"),
        severity="warning",
        success=False,
        problem=Said("division by zero", "division par zéro"),
    )
    html = page(report("users_ready", [broken]), [users_ready(1)], "fr")
    assert headline(html) == (
        "users_ready est fermée : Assez de lignes sont valides — impossible à dire : division par zéro."
    )
    assert "Quelque chose s’est cassé pendant la vérification" in text_of(html)


def test_a_static_page_has_no_link_to_airflow():
    html = page(users_ready(valid=690), users_nights(), site=Site(root="../../../../"))
    assert "data-airflow" not in html
    assert "/dags/" not in html
    assert "scheduled__2026-11-26T01:00:00+00:00" in html


def test_changes_tell_the_first_failure_and_the_margin_with_its_trend():
    past = [users_ready(ago, unknown=45 - 2 * ago) for ago in range(1, 12)]
    text = text_of(page(users_ready(unknown=45), past))
    assert "4.5 % of 5 % allowed, rising; at this slope reached in about 3 runs" in text
    assert "limit in about 3 runs" in text
    closed = [users_ready(1, valid=700), users_ready(2)]
    assert "First failed: 25 Nov, 02:03" in text_of(page(users_ready(valid=690), closed))
    assert "First failed in this run" in text_of(page(users_ready(valid=690), closed[1:]))


def test_a_replay_is_compared_with_replays_only():
    replay = replace(users_ready(valid=690), apart=True)
    assert "no earlier run has passed" in text_of(page(replay, users_nights()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_of_another_team_without_keys_measures_and_french_is_shown(language: Language):
    html = page(orders(empty=2), [orders(ago) for ago in range(1, 5)], language)
    assert "Every order has a customer" in html
    assert "2 of 420 rows fail" in html
    assert 'class="bar ' not in html
    assert "order 1007" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_are_shown_in_each_language_with_every_file(language: Language):
    html = page(courses_reindexed(), [courses_reindexed(7)], language)
    for name in ("great_expectations.html", "result.json", "rows.csv", "report.json", "SHA256SUMS"):
        assert f"/{name}" in html
    assert states(html)[0] == "warning"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_names_no_other_host_has_no_inline_style_and_stays_small(language: Language):
    html = page(users_ready(valid=690, unknown=61, twice=12), users_nights(90), language)
    assert other_hosts(html) == set()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", html)
    assert len(html.encode()) < MOST_BYTES


def test_each_page_leads_to_itself_in_the_other_language():
    assert '<link rel="alternate" hreflang="fr" href="index.fr.html">' in page(users_ready())
    assert '<a class="language" href="index.html" hreflang="en"' in page(users_ready(), language="fr")


HOSTILE = """"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 7 * 7 }}javascript:alert(1)"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_data_is_text_wherever_it_stands(language: Language):
    words = Said(HOSTILE, HOSTILE)
    outcome = check(
        HOSTILE, words, words, words, success=False, column=HOSTILE, failing=(1, 2),
        examples=[Example(HOSTILE, HOSTILE, HOSTILE)], problem=words,
    )  # fmt: skip
    made = report("g", [outcome], doubts=[HOSTILE], holds=words, parameters={HOSTILE: HOSTILE}, unit=HOSTILE)
    made = replace(
        made,
        gate=HOSTILE,
        run=HOSTILE,
        dag=HOSTILE,
        task=HOSTILE,
        unpublished=(HOSTILE,),
        page=f"{HOSTILE}/x",
    )
    html = page(made, [replace(made, passed=True)], language)
    # The fixed script of the layout is the only one, and no attribute was opened by a quote.
    assert re.findall(r"<script[^>]*>", html) == ['<script src="../../../../assets/report.js">']
    assert "<img" not in html
    assert "49" not in re.sub(r"&#\d+;", "", html)
    assert not re.search(r'(?:href|src)="\s*javascript:', html)
    assert other_hosts(html) == set()
