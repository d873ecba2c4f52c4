"""The overview, the page of a gate and the list of files in a real browser, under the policy of our pages."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, expect

from report.gate_page import gate_page
from report.said import LANGUAGES
from report.served import STRICT
from report.site import Site, named
from tests.browser.pages import chromium
from tests.browser.served_pages import served, watched
from tests.report.histories import NOW, five_gates, overview_pages

pytestmark = pytest.mark.browser

ASSETS = Path(__file__).resolve().parents[2] / "report" / "assets"
PAGES = ("index", "open", "empty", "files", "gates/users_ready")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every kind of page in both languages."""
    folder = tmp_path_factory.mktemp("site")
    copytree(ASSETS, folder / "assets")
    (folder / "gates").mkdir()
    for language in LANGUAGES:
        for name, html in overview_pages(language).items():
            (folder / named(name, language)).write_text(html, encoding="utf-8")
    return folder


@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_each_page_fits_asks_no_other_host_and_breaks_no_policy(browser, site, name, language, width):
    address = f"/{named(name, language)}"
    with (
        served(site, policy=STRICT) as server,
        watched(browser, server + address, width=width) as seen,
    ):
        for summary in seen.page.locator("summary").all():
            summary.click()
        assert not seen.scrolls_sideways
        assert seen.faults == []


@pytest.mark.parametrize("policy", [STRICT, None], ids=["served", "from a folder"])
def test_the_history_is_filtered_by_verdict_and_by_day(browser, site, policy):
    with served(site, policy=STRICT) as server:
        root = server if policy else site.as_uri()
        with watched(browser, f"{root}/gates/users_ready.html") as seen:
            rows = seen.page.locator("tr[data-verdict]:visible")
            count = seen.page.locator("[data-shown]")
            expect(rows).to_have_count(30)
            seen.page.get_by_role("combobox").select_option("closed")
            expect(rows).to_have_count(3)
            expect(count).to_have_text("3 verdicts")
            seen.page.get_by_label("From", exact=True).fill("2026-11-20")
            expect(rows).to_have_count(1)
            expect(count).to_have_text("1 verdict")
            seen.page.get_by_label("To", exact=True).fill("2026-11-21")
            expect(rows).to_have_count(0)
            expect(seen.page.get_by_text("No verdict matches.")).to_be_visible()
            assert seen.faults == []


def test_a_static_history_stays_as_it_is_when_its_form_is_sent(browser, site):
    html = gate_page("orders", five_gates()["orders"], "en", now=NOW, site=Site(root="../"))
    (site / "gates" / "orders.html").write_text(html, encoding="utf-8")
    with watched(browser, (site / "gates" / "orders.html").as_uri()) as seen:
        seen.page.get_by_role("combobox").select_option("closed")
        seen.page.get_by_label("From", exact=True).press("Enter")
        expect(seen.page.locator("tr[data-verdict]:visible")).to_have_count(2)
        assert "?" not in seen.page.url


def test_the_table_behind_a_chart_unfolds(browser, site):
    with watched(browser, (site / "index.html").as_uri()) as seen:
        expect(seen.page.get_by_role("cell", name="75.1 %")).to_have_count(0)
        seen.page.get_by_text("As a table").first.click()
        expect(seen.page.get_by_role("cell", name="75.1 %")).to_be_visible()
