"""The page of a verdict in a real browser: filters, search, and how it follows the Airflow UI around it."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from report.page import verdict_page
from report.past import Past
from report.said import LANGUAGES
from report.served import STRICT
from report.site import Site, named
from tests.browser.pages import chromium
from tests.browser.served_pages import served, watched
from tests.report.users_reports import users_nights, users_ready

pytestmark = pytest.mark.browser

POLICY = f"{STRICT}; frame-src 'self'"
"""As the pages are served; `frame-src` is for the page that stands for the Airflow UI."""
ASSETS = Path(__file__).resolve().parents[2] / "report" / "assets"
FOLDER = "quality/runs/users_ready/a_run/20261126T010312Z"
SANDBOX = "allow-scripts allow-same-origin allow-forms allow-downloads"
"""Of the frame in which the Airflow UI shows a page."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed verdict below /quality/, as Airflow serves it, and a page that frames it as Airflow does."""
    root = tmp_path_factory.mktemp("site")
    copytree(ASSETS, root / "quality" / "assets")
    folder = root / FOLDER
    folder.mkdir(parents=True)
    made = users_ready(valid=690, unknown=61)
    past = Past.of(made, users_nights())
    for language in LANGUAGES:
        html = verdict_page(made, past, language, site=Site(root="../../../../", airflow="../"))
        (folder / named("index", language)).write_text(html)
    (root / "ui.html").write_text(
        f'<!doctype html><link rel="icon" href="data:,">'
        f'<iframe sandbox="{SANDBOX}" src="{FOLDER}/index.html" width="1000" height="700"></iframe>'
    )
    return root


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site, policy=POLICY) as found:
        yield found


def shown(page: Page) -> list[str]:
    """States of the checks that are to be seen."""
    checks = page.locator("[data-state]:visible")
    return [str(check.get_attribute("data-state")) for check in checks.all()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1300, 390])
def test_it_asks_no_other_host_breaks_no_policy_and_fits(browser, address, language, width):
    with watched(browser, f"{address}/{FOLDER}/{named('index', language)}", width=width) as seen:
        assert seen.faults == []
        assert not seen.scrolls_sideways


def test_filters_and_search_show_some_of_the_checks_and_stand_in_the_address(browser, address):
    with watched(browser, f"{address}/{FOLDER}/index.html") as seen:
        page = seen.page
        assert len(shown(page)) == 16
        page.get_by_role("button", name="Warnings").focus()
        page.keyboard.press("Enter")
        assert shown(page) == ["warning"]
        expect(page.get_by_role("button", name="Warnings")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("button", name="All")).to_have_attribute("aria-pressed", "false")
        page.get_by_role("button", name="All").click()
        page.get_by_role("searchbox").fill("EMAIL dotted")
        assert shown(page) == ["open"]
        page.get_by_role("searchbox").fill("nobody")
        assert shown(page) == []
        expect(page.get_by_text("No check matches.")).to_be_visible()
        page.get_by_role("searchbox").fill("email")
        page.get_by_role("button", name="Failed").click()
        assert page.url.endswith("#show=closed&q=email")
        page.reload()
        assert shown(page) == ["closed"]


def test_without_scripts_all_is_shown_and_no_filter(browser, address):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/{FOLDER}/index.html")
    assert len(shown(page)) == 16
    expect(page.locator("[data-filters]")).to_be_hidden()
    page.context.close()


def test_alone_it_keeps_its_language_and_the_theme_of_the_system(browser, address):
    with watched(browser, f"{address}/{FOLDER}/index.html") as seen:
        seen.page.evaluate("localStorage.theme = 'dark'; localStorage.i18nextLng = 'fr'")
        seen.page.reload()
        expect(seen.page.locator("html")).to_have_attribute("lang", "en")
        assert seen.page.evaluate("document.documentElement.dataset.theme") is None


def framed(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_inside_airflow_it_follows_theme_and_language_at_once(browser, address):
    with watched(browser, f"{address}/ui.html") as seen:
        root = framed(seen.page).locator("html")
        seen.page.evaluate("localStorage.setItem('theme', 'dark')")
        expect(root).to_have_attribute("data-theme", "dark")
        assert (
            root.evaluate("e => getComputedStyle(e.ownerDocument.body).backgroundColor") == "rgb(14, 17, 21)"
        )
        seen.page.evaluate("localStorage.setItem('theme', 'light')")
        expect(root).to_have_attribute("data-theme", "light")
        seen.page.evaluate("localStorage.setItem('theme', 'system')")
        expect(root).not_to_have_attribute("data-theme", "light")
        seen.page.evaluate("localStorage.setItem('i18nextLng', 'fr')")
        expect(root).to_have_attribute("lang", "fr")
        expect(framed(seen.page).get_by_role("heading", level=1)).to_contain_text("est fermée")
        seen.page.evaluate("localStorage.setItem('i18nextLng', 'de')")
        expect(root).to_have_attribute("lang", "en")
        assert seen.faults == []


def test_inside_airflow_it_opens_with_the_theme_and_the_language_of_the_ui(browser, address):
    with watched(browser, f"{address}/ui.html") as seen:
        seen.page.evaluate("localStorage.theme = 'dark'; localStorage.i18nextLng = 'fr'")
        seen.page.reload()
        root = framed(seen.page).locator("html")
        expect(root).to_have_attribute("lang", "fr")
        expect(root).to_have_attribute("data-theme", "dark")


def test_a_link_to_airflow_is_opened_by_the_ui_around_the_page(browser, address):
    with watched(browser, f"{address}/ui.html") as seen:
        page = seen.page
        page.evaluate("window.told = []; addEventListener('popstate', () => told.push(location.pathname))")
        framed(page).get_by_role("link", name="Read the log of check_users_ready").click()
        run = "/dags/etl_users_daily/runs/scheduled__2026-11-26T01%3A00%3A00%2B00%3A00"
        assert page.evaluate("told") == [f"{run}/tasks/check_users_ready"]
        expect(framed(page).get_by_role("heading", level=1)).to_be_visible()


def test_the_language_link_leads_to_the_same_page(browser, address):
    with watched(browser, f"{address}/{FOLDER}/index.html") as seen:
        seen.page.get_by_role("link", name="Français").click()
        expect(seen.page.locator("html")).to_have_attribute("lang", "fr")
        assert seen.page.url.endswith("/index.fr.html")


def test_it_opens_from_a_folder_without_a_server(browser, site):
    with watched(browser, (site / FOLDER / "index.html").as_uri()) as seen:
        seen.page.get_by_role("button", name="Failed").click()
        assert shown(seen.page) == ["closed"]
        assert seen.others == []
        assert seen.errors == []
