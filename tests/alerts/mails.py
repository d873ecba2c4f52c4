"""The mail about an outcome whose causes are new."""

from alerts.composing import NOTHING_KNOWN, Message, compose
from alerts.incidents.of_run import seen_by_run
from alerts.news import as_if_opened
from alerts.outcome import RunOutcome
from alerts.shapes.mail import Mail, mail_of
from alerts.verdicts import Known
from report.said import Language
from tests.alerts.addresses import SITE


def message_about(about: RunOutcome, *, language: Language = "en", past: Known = NOTHING_KNOWN) -> Message:
    """The message, as it is while no incident can be read."""
    news = as_if_opened(seen_by_run(about, warnings=True).sightings)
    return compose(about, news, site=SITE, language=language, past=past)


def mail_about(
    about: RunOutcome,
    *,
    attach: bool = False,
    language: Language = "en",
    past: Known = NOTHING_KNOWN,
) -> Mail:
    """The mail that the message is."""
    return mail_of(message_about(about, language=language, past=past), attach=attach, site=SITE)
