"""The pages of incidents in a real browser, as the API server serves them, under the strict policy."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from tests.browser.incident_site import incident_site
from tests.browser.pages import chromium
from tests.browser.served_pages import watched

pytestmark = pytest.mark.browser

PAGES = (
    "incidents/index.html",
    "incidents/index.fr.html",
    "incidents/1.html",
    "incidents/1.fr.html",
    "incidents/2.html",
    "index.html",
    "gates/users_ready.fr.html",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Iterator[str]:
    with incident_site(engine, str(tmp_path)) as address:
        yield address


def test_each_page_fits_breaks_no_policy_and_can_be_read_by_everybody(browser: Browser, site: str):
    for path in PAGES:
        for width, theme in ((1300, "light"), (390, "dark")):
            with watched(browser, f"{site}/{path}", width=width) as seen:
                seen.page.emulate_media(color_scheme=theme)
                where = (path, width, theme)
                assert not seen.scrolls_sideways, where
                found = Axe().run(seen.page)
                assert found.violations_count == 0, (where, found.generate_report())
                assert seen.faults == [], where


def test_a_person_acknowledges_mutes_and_unmutes(browser: Browser, site: str):
    with watched(browser, f"{site}/index.html") as seen:
        page = seen.page
        page.get_by_role("link", name="users_ready 690 of 1,000 rows are valid").click()
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_text("Acknowledged by ada")).to_be_visible()
        expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        page.get_by_role("button", name="Mute", exact=True).click()
        # The browser itself wants a reason.
        expect(page.get_by_text("ada muted it")).to_have_count(0)
        page.get_by_label("Reason, without personal data").fill("HR repairs the export")
        last = datetime.now(UTC).date() + timedelta(days=3)
        page.get_by_label("Through").fill(last.isoformat())
        page.get_by_role("button", name="Mute", exact=True).click()
        expect(page.get_by_text(f"Muted by ada through {last:%-d} {last:%B %Y}: HR repairs")).to_be_visible()
        page.get_by_role("button", name="Unmute").click()
        expect(page.get_by_text("ada unmuted it")).to_be_visible()
        assert seen.page.url == f"{site}/incidents/1.html"
        assert seen.faults == []


def test_a_verdict_leads_to_its_incident_and_back(browser: Browser, site: str):
    with watched(browser, f"{site}/incidents/1.html") as seen:
        page = seen.page
        page.locator("table.happened tbody th a").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("users_ready is closed")
        page.get_by_role("link", name="See the incident").click()
        expect(page).to_have_url(f"{site}/incidents/1.html")
        assert seen.faults == []


def test_who_may_only_look_has_nothing_to_press(browser: Browser, engine: Engine, tmp_path: Path):
    with (
        incident_site(engine, str(tmp_path), role="VIEWER") as site,
        watched(browser, f"{site}/incidents/1.html") as seen,
    ):
        expect(seen.page.get_by_text("Only who may edit the DAG etl_users_daily")).to_be_visible()
        expect(seen.page.get_by_role("button")).to_have_count(0)
        # A page of another site that posts the form all the same.
        answer = seen.page.request.post(
            f"{site}/incidents/1.html", form={"act": "acknowledge"}, headers={"Origin": site}
        )
        assert answer.status == 403


def test_another_site_cannot_use_the_login(browser: Browser, site: str):
    with watched(browser, f"{site}/incidents/1.html") as seen:
        answer = seen.page.request.post(
            f"{site}/incidents/1.html",
            form={"act": "acknowledge"},
            headers={"Origin": "https://evil.example"},
        )
        assert (answer.status, "did not come from a page of this Airflow" in answer.text()) == (403, True)
        seen.page.reload()
        expect(seen.page.get_by_text("Nobody has acknowledged it yet.")).to_be_visible()
