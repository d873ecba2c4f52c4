"""Pictures of the dashboards, from a stack that runs with MONITORING=1: after `make screenshots`."""

from playwright.sync_api import Page

from local.settings import StackSettings
from metrics.boards import BOARDS
from tests.browser.pages import chromium, new_page
from tests.browser.screenshots import take

WIDTH, HEIGHT = 1600, 1500
PATIENCE = 2_000
"""Milliseconds in which all curves of a dashboard are drawn."""


def main() -> None:
    """Take a picture of each dashboard."""
    settings = StackSettings()
    with chromium() as browser:
        page = new_page(browser)
        for place, board in enumerate(BOARDS):
            show(page, settings, place)
            take(page, f"monitoring-{board.name}", height=HEIGHT, width=WIDTH)


def show(page: Page, settings: StackSettings, place: int) -> None:
    """One of the dashboards in the pages of the store, over the last quarter of an hour."""
    address = f"http://127.0.0.1:{settings.monitoring_ports.store}/vmui/"
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto(f"{address}?g0.range_input=15m#/dashboards")
    page.get_by_text(BOARDS[place].title, exact=True).first.click()
    page.wait_for_timeout(PATIENCE)


if __name__ == "__main__":
    main()
