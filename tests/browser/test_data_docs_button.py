"""From a failed task to the reason, as a person clicks."""

import pytest
from playwright.sync_api import expect

from local.show.runs import USERS
from local.stack.stack import Stack
from tests.browser.pages import chromium, log_in, new_page, open_details
from tests.runs import Ended

pytestmark = [pytest.mark.browser, pytest.mark.stack]

GATE = "check_users_ready"


def test_the_button_of_a_failed_gate_leads_to_the_page_that_says_why(stack: Stack, closed: Ended):
    ui = stack.settings.ui_url
    with chromium() as browser:
        page = new_page(browser)
        log_in(page, ui)
        open_details(page, ui, closed.run.run_id, GATE)
        address = stack.api.xcom(USERS.dag, closed.run.run_id, GATE, "report_url")
        button = page.get_by_role("link", name="Data Docs")
        expect(button).to_have_attribute("href", address)
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_contain_text("users_ready is closed")
        check = page.get_by_role("listitem").filter(has_text="at least 80 % of the rows are valid").first
        expect(check).to_be_visible()
