"""A Chromium that is logged in to the Airflow UI."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from local.settings import PROJECT
from local.show.runs import USERS, Flow
from local.stack.environment import UI_PASSWORD, UI_USER

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WIDTH, HEIGHT = 1400, 860
PATIENCE = 30_000
"""Milliseconds."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium that `make browser` finds or fetches, without a window."""
    found = subprocess.run(
        (PROJECT / "local" / "bootstrap", "browser", sys.prefix),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.stdout.strip(), args=list(ARGUMENTS))
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """A page in a context of its own. Each wait ends after half a minute."""
    page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB").new_page()
    page.set_default_timeout(PATIENCE)
    return page


def log_in(page: Page, ui: str) -> None:
    """Log in to the Airflow UI as a person does. ui: its address."""
    page.goto(f"{ui}/auth/login")
    page.get_by_label("Username").fill(UI_USER)
    page.locator("input[type=password]").fill(UI_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/auth/login" not in url)


def run_address(ui: str, run_id: str, *, flow: Flow = USERS) -> str:
    """The address of a run."""
    return f"{ui}/dags/{flow.dag}/runs/{quote(run_id, safe='')}"


def open_details(page: Page, ui: str, run_id: str, task: str) -> None:
    """Open a task of a run, and its tab "Details"."""
    page.goto(f"{run_address(ui, run_id)}/tasks/{task}")
    page.get_by_role("link", name="Details", exact=True).last.click()
    page.get_by_text("Task ID").first.wait_for()
