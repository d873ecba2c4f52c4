"""Pages of invented reports, to look at: `python -m tests.report.pictures [PART OF A NAME …]`.

Writes the pages to var/pictures, and a picture of each in both themes and at both widths.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser

from local.settings import PROJECT
from report.gate_report import GateReport
from report.page import verdict_page
from report.past import Past
from report.said import LANGUAGES
from report.site import Site, named
from tests.browser.pages import chromium
from tests.report import reports
from tests.report.histories import overview_pages

FOLDER = PROJECT / "var" / "pictures"
WIDTHS = (1300, 390)
SITE = Site(root="../../../../", airflow="../")


def cases() -> dict[str, tuple[GateReport, list[GateReport]]]:
    """A report and its past, by name."""
    nights = reports.users_nights(35)
    weeks = [reports.courses_reindexed(7 * week, lost=week % 2) for week in range(1, 9)]
    return {
        "closed": (reports.users_ready(valid=690), nights),
        "many": (reports.users_ready(valid=690, unknown=61, twice=12), nights),
        "open": (reports.users_ready(unknown=61), nights),
        "fine": (reports.users_ready(valid=931, unknown=44), nights),
        "courses": (reports.courses_reindexed(lost=2), weeks),
        "orders": (reports.orders(empty=2), [reports.orders(ago) for ago in range(1, 5)]),
    }


def write() -> dict[str, Path]:
    """Write the pages; where each is, by name and language."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(PROJECT / "report" / "assets", FOLDER / "assets")
    pages = {}
    for name, (report, past) in cases().items():
        for language in LANGUAGES:
            path = FOLDER / "runs" / report.gate / name / "when" / named("index", language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(verdict_page(report, Past.of(report, past), language, site=SITE))
            pages[f"{name}-{language}"] = path
    for language in LANGUAGES:
        for name, html in overview_pages(language).items():
            path = FOLDER / named(name, language)
            path.parent.mkdir(exist_ok=True)
            path.write_text(html)
            pages[f"{name.replace('/', '-')}-{language}"] = path
    return pages


def take(browser: Browser, name: str, path: Path, *, width: int, dark: bool) -> str:
    """Take a picture of a page. Returns what is wrong with it: nothing, or that it scrolls sideways."""
    theme = "dark" if dark else "light"
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    page.goto(path.as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.screenshot(path=FOLDER / f"{name}-{width}-{theme}.png", full_page=True)
    page.close()
    return f"{name} is {wide} pixels wide in {width}\n" if wide > width else ""


def main(parts: list[str]) -> None:
    """Take the pictures whose names have one of the parts; all without parts."""
    pages = write()
    with chromium() as browser:
        for name, path in pages.items():
            for width in WIDTHS:
                for dark in (False, True):
                    full = f"{name}-{width}-{'dark' if dark else 'light'}"
                    if not parts or any(part in full for part in parts):
                        sys.stderr.write(take(browser, name, path, width=width, dark=dark))


if __name__ == "__main__":
    main(sys.argv[1:])
