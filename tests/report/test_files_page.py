"""The list of stored verdicts, where the history cannot be read."""

import re

from report.files_page import files_page
from report.site import Site
from tests.report.offline import other_hosts
from tests.report.test_overview import HOSTILE, said

FOLDERS = [
    *(f"runs/users_ready/r{n}/202611{n:02}T010312.000000Z" for n in range(1, 26)),
    "runs/orders/manual__x/20261126T010312.000000Z",
    "runs/orders/old/not-a-time",
]


def page(folders=FOLDERS, language="en"):
    return files_page(folders, language, site=Site(), problem="connection refused")


def test_all_verdicts_are_listed_by_gate_the_newest_first():
    html = page()
    links = re.findall(r'<li><a href="([^"]+)">', html)
    assert links[:2] == [f"runs/orders/{place}/index.html" for place in
                         ("old/not-a-time", "manual__x/20261126T010312.000000Z")]  # fmt: skip
    assert links[2:] == [f"{folder}/index.html" for folder in reversed(FOLDERS[:25])]
    assert "25 Nov, 02:03" in said(html)


def test_the_page_says_that_the_database_is_away_and_why():
    told = said(page())
    assert "The history cannot be read" in told
    assert "All 27 stored verdicts can be opened below. connection refused" in told
    assert "27 verdicts enregistrés restent lisibles ci-dessous." in said(page(language="fr"))


def test_more_than_twenty_of_a_gate_unfold():
    assert "<summary>5 older ones</summary>" in page()


def test_without_any_file_the_page_says_so():
    assert "No verdict is stored either." in said(page([]))


def test_hostile_names_of_folders_never_run():
    html = page([f"runs/{HOSTILE.replace('/', '')}/{HOSTILE.replace('/', '')}/x"])
    assert html.count("<script") == 1
    assert other_hosts(html) == set()
