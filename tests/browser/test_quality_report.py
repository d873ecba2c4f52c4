"""The quality report in the real Airflow UI, in a browser without internet access: every kind of page."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, StorageState, expect

from local.show.runs import USERS
from local.stack.environment import process_environment
from local.stack.stack import Stack
from local.stack.waiting import wait_until
from report.gate_report import GateReport
from tests.browser.pages import chromium, log_in, new_page, run_address
from tests.browser.served_pages import watched
from tests.runs import Ended, report
from tests.stack import free_port

pytestmark = [pytest.mark.browser, pytest.mark.stack]

GATE = "check_users_ready"
THEMES, WIDTHS = ("light", "dark"), (1300, 390)
SERIOUS = ("serious", "critical")
LOADED = 30_000
"""Milliseconds."""

KINDS = {
    "overview": "index",
    "gate": "gates/users_ready",
    "closed verdict": "{closed}/index",
    "open verdict": "{open}/index",
    "DAG": f"dags/{USERS.dag}/index",
    "run": f"dags/{USERS.dag}/runs/{{run}}/index",
    "task without a gate": f"dags/{USERS.dag}/runs/{{run}}/tasks/extract_users/index",
}
LANGUAGES = {"en": "", "fr": ".fr"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def login(browser: Browser, stack: Stack) -> StorageState:
    """What a browser that is logged in remembers."""
    page = new_page(browser)
    log_in(page, stack.settings.ui_url)
    state = page.context.storage_state()
    page.context.close()
    return state


@pytest.fixture(scope="module")
def verdicts(stack: Stack, passed: Ended, closed: Ended) -> dict[str, GateReport]:
    """A verdict that is open, and one that is closed."""
    return {
        "open": report(stack, passed.run, "users_ready"),
        "closed": report(stack, closed.run, "users_ready"),
    }


def address(stack: Stack, kind: str, verdicts: dict[str, GateReport], language: str) -> str:
    """The address of a kind of page in a language."""
    places = {name: verdict.folder for name, verdict in verdicts.items()}
    path = KINDS[kind].format(**places, run=quote(verdicts["closed"].run, safe=""))
    return f"{stack.settings.ui_url}/quality/{path}{LANGUAGES[language]}.html"


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps somebody from reading a page."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['target']}" for each in found if each["impact"] in SERIOUS]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_asks_no_other_host_breaks_no_policy_and_can_be_read(
    browser: Browser,
    login: StorageState,
    stack: Stack,
    verdicts: dict[str, GateReport],
    kind: str,
    language: str,
):
    with watched(browser, address(stack, kind, verdicts, language), login=login) as seen:
        expect(seen.page.locator("html")).to_have_attribute("lang", language)
        for theme in THEMES:
            seen.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            for width in WIDTHS:
                seen.page.set_viewport_size({"width": width, "height": 900})
                assert not seen.scrolls_sideways, (theme, width)
                assert serious(seen.page) == [], (theme, width)
        assert seen.faults == []


def test_the_page_of_great_expectations_asks_no_other_host_either(
    browser: Browser, login: StorageState, stack: Stack, verdicts: dict[str, GateReport]
):
    theirs = f"{stack.settings.ui_url}/quality/{verdicts['closed'].folder}/great_expectations.html"
    for width in WIDTHS:
        with watched(browser, theirs, width=width, login=login) as seen:
            assert not seen.scrolls_sideways
            assert serious(seen.page) == []
            assert seen.faults == []


def test_nobody_reads_the_report_without_logging_in(stack: Stack, verdicts: dict[str, GateReport]):
    folder = verdicts["closed"].folder
    for path in ("index.html", f"{folder}/index.html", f"{folder}/rows.csv", "assets/report.css", "nothing"):
        answer = httpx.get(f"{stack.settings.ui_url}/quality/{path}", trust_env=False)
        assert answer.status_code == 401, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def ui(browser: Browser, login: StorageState) -> Iterator[Page]:
    """A page of somebody who is logged in to the Airflow UI."""
    context = browser.new_context(
        viewport={"width": 1400, "height": 900}, storage_state=login, locale="en-GB"
    )
    context.set_default_timeout(LOADED)
    yield context.new_page()
    context.close()


def inside(page: Page) -> FrameLocator:
    """The report in the Airflow UI."""
    return page.frame_locator("iframe")


def test_the_navigation_leads_to_the_overview_which_follows_theme_and_language_at_once(
    ui: Page, stack: Stack, verdicts: dict[str, GateReport]
):
    ui.goto(stack.settings.ui_url)
    ui.get_by_role("link", name="Data quality").click()
    heading = inside(ui).locator("h1")
    expect(heading).to_contain_text("closed")
    root = inside(ui).locator("html")
    for theme in ("dark", "light"):
        # As the UI's own switch does: it is written down, and other documents are told.
        ui.evaluate("theme => localStorage.setItem('theme', theme)", theme)
        expect(root).to_have_attribute("data-theme", theme)
    ui.evaluate("localStorage.setItem('i18nextLng', 'fr')")
    expect(heading).to_contain_text("fermée")
    ui.evaluate("localStorage.setItem('i18nextLng', 'en')")
    expect(heading).to_contain_text("closed")


def open_tab(ui: Page) -> None:
    """Open the tab of a DAG, run or task; until it is there, the only such link is that of the navigation."""
    links = ui.get_by_role("link", name="Data quality")
    expect(links).to_have_count(2)
    links.last.click()


def test_a_dag_a_run_and_a_task_have_a_tab_with_their_verdicts(
    ui: Page, stack: Stack, closed: Ended, verdicts: dict[str, GateReport]
):
    run = run_address(stack.settings.ui_url, closed.run.run_id)
    for place, told in (
        (f"{stack.settings.ui_url}/dags/{USERS.dag}", "users_next"),
        (run, "users_source"),
        (f"{run}/tasks/{GATE}", "users_ready is closed"),
        (f"{run}/tasks/extract_users", "extract_users has no gate"),
    ):
        ui.goto(place)
        open_tab(ui)
        expect(inside(ui).locator("main")).to_contain_text(told)
    ui.goto(run)
    open_tab(ui)
    expect(inside(ui).locator("main h2")).to_have_text(["users_source", "users_ready"])


def test_a_link_to_a_task_opens_it_in_the_airflow_ui_and_not_inside_the_report(
    ui: Page, stack: Stack, closed: Ended, verdicts: dict[str, GateReport]
):
    ui.goto(f"{run_address(stack.settings.ui_url, closed.run.run_id)}/tasks/{GATE}")
    open_tab(ui)
    inside(ui).locator("a[data-airflow]").first.click()
    ui.wait_for_url(lambda url: url.endswith((f"/tasks/{GATE}", closed.run.run_id)))
    expect(ui.locator("iframe")).to_have_count(0)


def test_all_failing_rows_can_be_kept_as_csv(
    ui: Page, stack: Stack, closed: Ended, verdicts: dict[str, GateReport]
):
    ui.goto(f"{run_address(stack.settings.ui_url, closed.run.run_id)}/tasks/{GATE}")
    open_tab(ui)
    with ui.expect_download() as kept:
        inside(ui).locator("a[href$='rows.csv']").first.click()
    lines = kept.value.path().read_text().splitlines()
    assert lines[0] == "check,workbook,sheet,row,email_masked,reasons"
    assert (
        sum(line.startswith("valid_ratio,") for line in lines)
        == verdicts["closed"].critical[0].unexpected_count
    )


@pytest.fixture
def behind_a_prefix(stack: Stack) -> Iterator[str]:
    """The address of another API server of the stack, which is told that it stands below a path."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/data/airflow"
    environment = process_environment(stack.settings) | {
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
    }
    command = (str(Path(sys.executable).with_name("airflow")), "api-server")
    with (stack.settings.root / "prefix.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        assert wait_until(lambda: answers(f"{address}/api/v2/version"), seconds=180, every=0.5)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def answers(address: str) -> bool:
    """Whether a server answers well."""
    try:
        return httpx.get(address, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_behind_a_path_prefix_the_report_is_where_the_ui_is(
    browser: Browser, behind_a_prefix: str, closed: Ended, verdicts: dict[str, GateReport]
):
    page = new_page(browser)
    lost: list[str] = []
    page.on("response", lambda answer: lost.append(answer.url) if answer.status >= 400 else None)
    log_in(page, behind_a_prefix)
    lost.clear()
    page.get_by_role("link", name="Data quality").click()
    expect(inside(page).locator("h1")).to_contain_text("closed")
    page.goto(f"{run_address(behind_a_prefix, closed.run.run_id)}/tasks/{GATE}")
    open_tab(page)
    expect(inside(page).locator("main")).to_contain_text("users_ready is closed")
    inside(page).locator("a[data-airflow]").first.click()
    page.wait_for_url(lambda url: url.startswith(f"{behind_a_prefix}/dags/") and "plugin" not in url)
    assert [url for url in lost if "/quality/" in url] == []
    page.context.close()
