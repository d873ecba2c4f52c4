"""One message to each of its targets, once, whatever becomes of the others."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from alerts.alert import Alert
from alerts.composing import Message
from alerts.routes import Target
from alerts.shapes.mail import Mail
from pipeline.messages import first_line
from provider.alerts import apprise, smtp
from provider.alerts.ledger import Ledger

if TYPE_CHECKING:
    from apprise import NotifyBase

log = logging.getLogger(__name__)

Failures = Mapping[Target, str]
"""Why a target has not got its message, in one line."""


def deliver(message: Message, mail: Mail, targets: Iterable[Target], ledger: Ledger) -> Failures:
    """Send a message to those of its targets who do not have it yet.

    mail: the message as a mail. Every attempt is written down; whoever fails keeps nobody else waiting but
    for the seconds that a connection may take.
    """
    targets = tuple(targets)
    with ledger.held(message) as is_ours:
        if not is_ours:
            return dict.fromkeys(targets, "another attempt is sending it")
        done = ledger.delivered(message)
        failures = {}
        for target, error in (
            *_mailed(message, mail, targets, done, ledger),
            *_posted(message, targets, done, ledger),
        ):
            ledger.note(message, target, error)
            if error is None:
                log.info("Told %s: %s (%s)", target, message.alert.subject, message.alert.key)
            else:
                log.warning("Not told %s: %s", target, error)
                failures[target] = error
        return failures


Attempt = tuple[Target, str | None]


def _mailed(
    message: Message, mail: Mail, targets: Iterable[Target], done: frozenset[Target], ledger: Ledger
) -> Iterator[Attempt]:
    """Whom the mail reached, and whom not."""
    mailed = [target for target in targets if target.channel == "mail"]
    pending = [target for target in mailed if not _has(message, target, done, ledger)]
    if not pending:
        return
    try:
        refused = smtp.send(
            mail, to=[each.recipient for each in mailed], pending=[each.recipient for each in pending]
        )
    except smtp.MailNotSentError as error:
        yield from ((target, str(error)) for target in pending)
        return
    yield from ((target, refused.get(target.recipient)) for target in pending)


def _posted(
    message: Message, targets: Iterable[Target], done: frozenset[Target], ledger: Ledger
) -> Iterator[Attempt]:
    """Whom the other channels reached, and whom not."""
    for target in targets:
        if target.channel == "mail":
            continue
        try:
            services = apprise.services(target)
        except Exception as error:  # whatever a connection or an address does, the others are told
            log.warning("%s", target, exc_info=True)
            yield target, first_line(error)
            continue
        for one, service in services:
            if not _has(message, one, done, ledger):
                yield one, _error_of(message.alert, service)


def _error_of(alert: Alert, service: "NotifyBase") -> str | None:
    try:
        apprise.send(alert, service)
    except apprise.NotDeliveredError as error:
        return str(error)
    except Exception as error:  # whatever a plugin of Apprise raises, the others are told
        log.exception("%s", alert.subject)
        return first_line(error)
    return None


def _has(message: Message, target: Target, done: frozenset[Target], ledger: Ledger) -> bool:
    if target in done or ledger.is_marked(message, target):
        log.info("Told already: %s: %s (%s)", target, message.alert.subject, message.alert.key)
        return True
    return False
