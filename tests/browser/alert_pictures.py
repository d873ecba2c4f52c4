"""The pictures of an alert as mail, Slack and Teams show it: `python -m tests.browser.alert_pictures`."""

from datetime import UTC, datetime
from typing import Any

from alerts.causes import Cause
from alerts.composing import Message, compose
from alerts.incidents.incident import Incident
from alerts.incidents.of_run import seen_by_run
from alerts.news import News
from alerts.outcome import RunOutcome
from alerts.shapes import slack, teams
from alerts.shapes.mail import mail_of
from report.past import Past
from report.said import Language, Said
from tests.alerts.addresses import SITE
from tests.browser.alert_shapes import slack_html, teams_html
from tests.browser.pages import chromium
from tests.browser.screenshots import take
from tests.report.users_reports import users_nights, users_ready

CLOSED = users_ready(valid=690)
COUNTS = {"rows": 1_000, "valid": 690, "rejected": 310}


def message(language: Language) -> Message:
    """A reminder of an incident of eight nights."""
    about = RunOutcome("etl_users_daily", CLOSED.run, (CLOSED,), (), COUNTS, None)
    news = [_reminder(each.cause) for each in seen_by_run(about, warnings=False).sightings]
    past = {CLOSED.page: Past.of(CLOSED, users_nights())}
    return compose(about, news, site=SITE, language=language, past=past)


def _reminder(cause: Cause) -> News:
    opened = datetime(2026, 11, 19, 1, 3, tzinfo=UTC)
    said, times = Said("690 of 1,000 rows are valid", "690 lignes sur 1 000 sont valides"), 8
    incident = Incident(
        id=12,
        cause=cause,
        severity="critical",
        owner="Users team",
        said=said,
        opened_at=opened,
        seen_at=opened,
        last_run=CLOSED.run,
        times=times,
        last_told_at=opened,
    )
    return News("reminded", cause, "critical", "Users team", said, incident)


def pictures() -> dict[str, str]:
    """The page of each picture by its name."""
    english, french = message("en"), message("fr")
    mail: Any = mail_of(english, attach=False, site=SITE).body.html
    return {
        "alert-mail": mail,
        "alert-slack": slack_html(slack.attachment(english.alert)),
        "alert-teams": teams_html(teams.card(french.alert)),
    }


def main() -> None:
    """Take the pictures."""
    with chromium() as browser:
        page = browser.new_page()
        for name, html in pictures().items():
            page.set_content(html)
            take(page, name, height=100, width=820, whole=True)


if __name__ == "__main__":
    main()
