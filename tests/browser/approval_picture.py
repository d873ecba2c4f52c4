"""The picture of a run that waits for a person: `python -m tests.browser.approval_picture`.

On a stack of its own, without a cluster.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from local.sample.users import Defects, write_workbook
from local.settings import ElasticsearchSettings
from local.show.mail import read_mails
from local.show.runs import USERS, wait_for_dag
from local.stack.stack import Stack
from tests.browser.pages import chromium, log_in, new_page, run_address
from tests.browser.screenshots import mail_html, take
from tests.runs import wait_for_task
from tests.stack import new_stack

GATE = "check_users_ready"


def waiting(stack: Stack, folder: Path) -> str:
    """The id of a run that waits: 31 % of its rows are invalid."""
    wait_for_dag(stack.api, seconds=60)
    workbook = folder / "holiday.xlsx"
    write_workbook(workbook, rows=1_000, seed=2, defects=Defects.rejecting(0.30))
    stack.api.unpause(USERS.dag)
    run_id = stack.api.trigger(USERS.dag, {"workbook": str(workbook), "approval": "on"})
    wait_for_task(stack, run_id, GATE, lambda state: state == "awaiting_input")
    return run_id


def show(page: Page, ui: str, run_id: str) -> None:
    """The form, with a reason in it."""
    page.goto(f"{run_address(ui, run_id)}/tasks/{GATE}/required_actions")
    page.get_by_role("button", name="Approve").first.wait_for()
    page.get_by_role("textbox").last.fill("HR confirms: the interns come without an email until Monday.")


def main() -> None:
    """Take the pictures."""
    nowhere = ElasticsearchSettings(host="http://127.0.0.1:1")
    with TemporaryDirectory() as made, new_stack(elasticsearch=nowhere) as stack:
        stack.start()
        run_id = waiting(stack, Path(made))
        with chromium() as browser:
            page = new_page(browser)
            log_in(page, stack.settings.ui_url)
            show(page, stack.settings.ui_url, run_id)
            take(page, "approval", height=760)
            page.goto("about:blank")
            page.set_content(mail_html(read_mails(stack.settings.mail_folder)[0]))
            take(page, "approval-mail", height=100, width=820, whole=True)


if __name__ == "__main__":
    main()
