"""The picture of the weekly figures on the overview: `python -m tests.browser.kpi_picture`.

The weeks are invented: a stack has run for one.
"""

import sys
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from local.settings import PROJECT
from report.overview import overview_page
from report.said import Language
from report.served import STRICT
from report.site import Site, named
from tests.browser.pages import chromium
from tests.browser.served_pages import served
from tests.report.histories import NOW, five_gates
from tests.report.weeks import weeks

PICTURE = PROJECT / "docs" / "screenshots" / "weekly-figures.png"
ASSETS = PROJECT / "report" / "assets"
WIDTH, HEIGHT = 1300, 900


def main(picture: Path, language: Language = "en", scheme: str = "light", width: int = WIDTH) -> None:
    """Take the picture. scheme: light or dark."""
    history = {**five_gates(), "runs_weekly": weeks()}
    with TemporaryDirectory() as made:
        folder = Path(made)
        copytree(ASSETS, folder / "assets")
        page_text = overview_page(history, language, now=NOW + timedelta(hours=1), site=Site())
        (folder / named("index", language)).write_text(page_text)
        with served(folder, policy=STRICT) as address, chromium() as browser:
            context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
            page = context.new_page()
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.goto(f"{address}/{named('index', language)}")
            page.locator("section[aria-labelledby=kpis]").screenshot(path=picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
