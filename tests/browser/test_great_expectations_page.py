"""Great Expectations' own page in a real browser: complete without internet access, under a strict policy."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, expect

import gx.suites.users_source  # noqa: F401 - registers our expectations
from gx.great_expectations_page import great_expectations_page
from report.served import INLINE_STYLES
from tests.browser.pages import chromium
from tests.browser.served_pages import served, watched
from tests.gx.results import HOSTILE, IN_SET, hostile_result, outcome, suite_result

pytestmark = pytest.mark.browser

ASSETS = Path(__file__).resolve().parents[2] / "report" / "assets"
PAGE = "runs/users_ready/a_run/20261124T020000Z/great_expectations.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def site(tmp_path: Path) -> Path:
    copytree(ASSETS, tmp_path / "assets")
    return tmp_path


def write(site: Path, result) -> None:
    """Great Expectations' page of the result, and ours beside it."""
    page = site / PAGE
    page.parent.mkdir(parents=True)
    page.write_text(great_expectations_page(result, root="../../../../"), encoding="utf-8")
    (page.parent / "index.html").write_text("<!DOCTYPE html><link rel=icon href=data:,><h1>Ours</h1>")


def some_failed():
    failed = {"unexpected_percent": 25.0, "unexpected_count": 1, "element_count": 4}
    columns = [f"column_{n}" for n in range(8)]
    return suite_result(
        outcome(IN_SET, column="status", value_set=["valid"], success=False, result=failed),
        outcome(column="status"),
        *(outcome(column="email", description=f"Check {n}") for n in range(7)),
        *(outcome(column=column) for column in columns),
    )


@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize("result", [some_failed(), hostile_result()], ids=["ordinary", "hostile"])
def test_it_asks_no_other_host_breaks_no_policy_and_fits(browser, site, result, width):
    write(site, result)
    with (
        served(site, policy=INLINE_STYLES) as address,
        watched(browser, f"{address}/{PAGE}", width=width) as seen,
    ):
        seen.page.get_by_text("Show more info").click()
        expect(seen.page.get_by_text("Great Expectations Version")).to_be_visible()
        assert seen.page.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"')")
        assert not seen.scrolls_sideways
        assert seen.faults == []


def test_hostile_texts_are_read_and_never_run(browser, site):
    write(site, hostile_result())
    with served(site, policy="") as address, watched(browser, f"{address}/{PAGE}") as seen:
        for text in HOSTILE:
            expect(seen.page.get_by_role("cell", name=text, exact=True).first).to_be_visible()
        for name in ("Failed only", "All"):
            seen.page.get_by_label(name, exact=True).check()
        seen.page.get_by_text("Status").first.click()
        seen.page.mouse.move(400, 400)
        assert seen.faults == []


def test_the_failed_ones_are_shown_alone_and_many_are_searched(browser, site):
    write(site, some_failed())
    with served(site, policy=INLINE_STYLES) as address, watched(browser, f"{address}/{PAGE}") as seen:
        page = seen.page
        [search] = [box for box in page.get_by_placeholder("Search").all() if box.is_visible()]
        search.press_sequentially("check 3")
        expect(page.get_by_text("Check 4")).to_be_hidden()
        expect(page.get_by_text("Check 3")).to_be_visible()
        page.get_by_label("Failed only").check()
        expect(page.get_by_text("Check 3")).to_be_hidden()
        expect(page.get_by_text("values must belong to this set")).to_be_visible()
        expect(page.get_by_role("link", name="email")).to_be_hidden()
        expect(page.get_by_role("link", name="status")).to_be_visible()
        assert seen.faults == []


def test_it_opens_from_a_folder_and_leads_to_our_page(browser, site):
    write(site, some_failed())
    with watched(browser, (site / PAGE).as_uri()) as seen:
        expect(seen.page.get_by_placeholder("Search").first).to_be_attached()
        assert seen.faults == []
        seen.page.get_by_role("link", name="Quality report").click()
        expect(seen.page.get_by_role("heading", name="Ours")).to_be_visible()
