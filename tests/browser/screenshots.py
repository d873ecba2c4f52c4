"""The README's pictures, from the running local stack: `make screenshots`, after both demonstrations."""

import sys
from dataclasses import dataclass

from playwright.sync_api import Page

from local.settings import PROJECT, StackSettings
from local.show.api import AirflowApi
from local.show.mail import Mail, read_mails
from local.show.runs import COURSES, USERS, Flow, gate_result
from tests.browser.pages import HEIGHT, WIDTH, chromium, log_in, new_page, run_address

FOLDER = PROJECT / "docs" / "screenshots"
USERS_GATE, COURSES_GATE = "check_users_ready", "check_courses_reindexed"
LARGEST = 300_000
"""Bytes."""
GRAPH_HEIGHT = 600
"""Pixels: lower, and the map of the graph covers its last tasks."""
REPORT_HEIGHT = 1400
"""Pixels of a page of the report: a whole one is too large for a repository."""
SETTLED = 1500
"""Milliseconds in which the UI's animations end."""


class NothingToShowError(Exception):
    """There is no closed gate or no mail to take a picture of."""


@dataclass(frozen=True)
class Closed:
    """A run whose gate closed. report: address of its page; mail: what was sent about it."""

    run_id: str
    report: str
    mail: Mail


def newest_closed(settings: StackSettings, flow: Flow, gate_task: str, *, demo: str) -> Closed:
    """The newest run of a flow whose gate closed. demo: the command that makes one.

    Raises NothingToShowError when there is none, or no mail about it.
    """
    api = AirflowApi(settings.ui_url)
    mails = read_mails(settings.mail_folder)
    for run_id in (str(run["dag_run_id"]) for run in api.runs(flow.dag)):
        gate = gate_result(api, run_id, gate_task, flow=flow)
        mail = next((mail for mail in mails if mail.subject.endswith(run_id)), None)
        if gate.report and not gate.report.passed and mail:
            return Closed(run_id, f"{settings.ui_url}{gate.page}", mail)
    raise NothingToShowError(f"No run in which {gate_task} closed, with its mail: `make {demo}`.")


def main() -> None:
    """Take every picture; ends with one line when there is nothing to take one of."""
    settings = StackSettings()
    try:
        users = newest_closed(settings, USERS, USERS_GATE, demo="demo-failure")
        courses = newest_closed(settings, COURSES, COURSES_GATE, demo="demo-loss")
    except NothingToShowError as nothing:
        sys.exit(str(nothing))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        page = new_page(browser)
        log_in(page, settings.ui_url)
        show_gate(page, settings.ui_url, users.run_id)
        take(page, "gate-task", height=HEIGHT)
        show_graph(page, settings.ui_url, users.run_id, flow=USERS)
        take(page, "dag-graph", height=GRAPH_HEIGHT)
        show_graph(page, settings.ui_url, courses.run_id, flow=COURSES)
        take(page, "reindex-graph", height=GRAPH_HEIGHT)
        show_overview(page, settings.ui_url)
        take(page, "overview", height=HEIGHT)
        page.goto(users.report)
        take(page, "verdict", height=REPORT_HEIGHT)
        page.goto(f"{settings.ui_url}/quality/gates/{USERS_GATE.removeprefix('check_')}.html")
        take(page, "gate-history", height=960)
        page.goto(courses.report)
        take(page, "parity-verdict", height=REPORT_HEIGHT)
        for closed, name in ((users, "failure-mail"), (courses, "parity-mail")):
            # Without the policy of the page before it, which forbids the styles that a mail needs.
            page.goto("about:blank")
            page.set_content(mail_html(closed.mail))
            take(page, name, height=100, width=820, whole=True)


def show_gate(page: Page, ui: str, run_id: str) -> None:
    """The gate task of a run, with its verdict in the tab."""
    page.goto(f"{run_address(ui, run_id)}/tasks/{USERS_GATE}")
    page.get_by_role("link", name="Data quality").last.click()
    page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()


def show_overview(page: Page, ui: str) -> None:
    """The report, as the navigation opens it."""
    page.goto(f"{ui}/plugin/data-quality")
    page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()


def show_graph(page: Page, ui: str, run_id: str, *, flow: Flow) -> None:
    """The graph of a run, over the whole width."""
    page.goto(run_address(ui, run_id, flow=flow))
    page.get_by_label("Show Graph").click()
    page.get_by_label("Collapse Details Panel").click()
    page.set_viewport_size({"width": WIDTH, "height": GRAPH_HEIGHT})
    page.wait_for_timeout(SETTLED)
    page.get_by_label("Fit View").click()


def mail_html(mail: Mail) -> str:
    """The HTML part of a mail, with paths below the project: a reader has it in another folder."""
    return (mail.html or "").replace(f"{PROJECT}/", "")


def take(page: Page, name: str, *, height: int, width: int = WIDTH, whole: bool = False) -> None:
    """Write a picture of what the page shows. whole: as high as the page is, `height` at least.

    Raises ValueError when it is too large for a repository.
    """
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(SETTLED)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    size = path.stat().st_size
    sys.stdout.write(f"{path.relative_to(PROJECT)}: {size / 1000:.0f} kB\n")
    if size > LARGEST:
        raise ValueError(f"{path.name} has {size:,} bytes, {LARGEST:,} are the most.")


if __name__ == "__main__":
    main()
