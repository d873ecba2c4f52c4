"""Pages of invented reports, to look at: `python -m tests.report.pictures` writes them and their pictures."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from report.gate_report import GateReport
from report.page import verdict_page
from report.said import LANGUAGES
from report.site import Site, named
from tests.report import reports

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "var" / "pictures"


def cases() -> dict[str, tuple[GateReport, list[GateReport]]]:
    nights = reports.users_nights(35)
    return {
        "closed": (reports.users_ready(valid=690), nights),
        "open": (reports.users_ready(unknown=61), nights),
        "fine": (reports.users_ready(unknown=41), nights),
        "courses": (
            reports.courses_reindexed(lost=2),
            [reports.courses_reindexed(7 * week, lost=week % 2) for week in range(1, 9)],
        ),
        "orders": (reports.orders(empty=2), [reports.orders(ago) for ago in range(1, 5)]),
    }


def write() -> list[tuple[str, Path]]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(PROJECT / "report" / "assets", FOLDER / "assets")
    pages = []
    for name, (report, past) in cases().items():
        folder = FOLDER / report.folder
        folder.mkdir(parents=True, exist_ok=True)
        for language in LANGUAGES:
            path = folder / f"{name}.{named('index', language)}"
            html = verdict_page(report, past, language, site=Site(root="../../../../", airflow="../"))
            path.write_text(html)
            print(path.name, len(html.encode()))
            pages.append((f"{name}-{language}", path))
    return pages


def main() -> None:
    only = sys.argv[1:]
    pages = write()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, path in pages:
            for width in (1300, 390):
                for theme in ("light", "dark"):
                    full = f"{name}-{width}-{theme}"
                    if only and not any(part in full for part in only):
                        continue
                    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
                    page.on("console", lambda message: print("console", message.text))
                    page.on("pageerror", lambda error: print("error", error))
                    page.goto(path.as_uri())
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    if wide > width:
                        print("SIDEWAYS", full, wide)
                    page.screenshot(path=FOLDER / f"{full}.png", full_page=True)
                    page.close()


main()
