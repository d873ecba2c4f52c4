"""One message through an Airflow connection of type `apprise`, in the shape of its service."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from alerts.alert import Alert
from alerts.routes import Target
from alerts.shapes import lines, slack, teams, webhook
from pipeline.messages import last_line, shown

if TYPE_CHECKING:
    from apprise import NotifyBase, NotifyFormat, NotifyType

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
"""That a service may take to be reached, and to answer; the address of a connection may say others."""
APPRISE_SECONDS = 4.0
"""Apprise's own default of both."""

LENGTH, NTFY_LENGTH = 12_000, 2_500
"""Characters of a text; what is longer ntfy makes a file of."""
URGENT = {"bad": "high", "warning": "default", "good": "low"}


class NotDeliveredError(Exception):
    """A service did not take a message; trying again may help."""


def services(target: Target) -> "list[tuple[Target, NotifyBase]]":
    """The services of a connection, each as a target of its own; of several the later ones are numbered.

    Raises NotDeliveredError when it has none that Apprise knows.
    """
    from airflow.providers.apprise.hooks.apprise import AppriseHook
    from apprise import Apprise

    hook, found = AppriseHook(target.recipient), Apprise()
    hook.set_config_from_conn(hook.get_connection(target.recipient), found)
    known = list(found.find())
    if not known:
        raise NotDeliveredError(f"connection {target.recipient}: Apprise knows no service by its address")
    names = [target.recipient, *(f"{target.recipient}#{place}" for place in range(2, len(known) + 1))]
    return [(Target(target.channel, name), each) for name, each in zip(names, known, strict=True)]


def send(alert: Alert, service: "NotifyBase") -> None:
    """Send a message.

    Raises NotDeliveredError, with what Apprise says of it, when the service is away or refuses it.
    """
    from apprise import Apprise, LogCapture

    body, title, kind = _shaped(alert, service)
    _patient(service)
    only = Apprise()
    only.add(service)
    capture: Any = LogCapture
    with capture(level=logging.WARNING, fmt="%(message)s") as said:
        taken = only.notify(body=body, title=title, body_format=kind, notify_type=_type(alert))
        reason = said.getvalue()
    if not taken:
        raise NotDeliveredError(shown(last_line(reason, otherwise=f"{service.service_name} did not take it")))


def _shaped(alert: Alert, service: "NotifyBase") -> "tuple[str, str, NotifyFormat]":
    """Body, title and format of a message; what a service takes besides them is put into it."""
    from apprise import NotifyFormat

    name = type(service).__name__
    give = {"NotifySlack": _slack, "NotifyWorkflows": _teams, "NotifyJSON": _webhook, "NotifyNtfy": _ntfy}
    if name in give:
        give[name](alert, service)
    if name == "NotifyMattermost":
        service.notify_format = NotifyFormat.MARKDOWN
        title = f"#### {lines.escaped(alert.title)}\n\n"
        return title + lines.markdown(alert, length=_length(service) - len(title)), "", NotifyFormat.MARKDOWN
    length = NTFY_LENGTH if name == "NotifyNtfy" else _length(service)
    if _formats(service)[0] is NotifyFormat.MARKDOWN:
        return lines.markdown(alert, length=length), alert.title, NotifyFormat.MARKDOWN
    return lines.plain(alert, length=length), alert.title, NotifyFormat.TEXT


def _formats(service: "NotifyBase") -> "Sequence[NotifyFormat]":
    known: Any = service.notify_format
    return known if isinstance(known, tuple) else (known,)


def _length(service: "NotifyBase") -> int:
    """Characters that a service takes, less those of its title."""
    return max(200, min(service.body_maxlen or LENGTH, LENGTH) - 300)


def _slack(alert: Alert, service: Any) -> None:
    from apprise.plugins.slack import SlackMode

    if service.mode in (SlackMode.WEBHOOK, SlackMode.WEBHOOK_GOV, SlackMode.BOT) and not service.template:
        # A template of its own is what Apprise asks for blocks; an address with one has its own.
        service.template, service.use_blocks = True, True
        service.gen_payload = lambda *_, **__: slack.attachment(alert)


def _teams(alert: Alert, service: Any) -> None:
    if not service.template:
        service.gen_payload = lambda *_, **__: teams.card(alert)


def _webhook(alert: Alert, service: Any) -> None:
    # Apprise says version, title, message and type itself; what is given no name it leaves out.
    service.payload_extras = {"attachments": "", **webhook.payload(alert), **service.payload_extras}
    service.headers = {"Idempotency-Key": alert.key, **service.headers}


def _ntfy(alert: Alert, service: Any) -> None:
    from apprise.plugins.ntfy import NtfyPriority

    links = [link.href for section in alert.sections for link in section.links if link.href]
    if service.click is None:
        service.click = (links or [alert.run_link.href])[0] or None
    if service.priority == NtfyPriority.NORMAL:
        service.priority = URGENT[alert.tone]


def _type(alert: Alert) -> "NotifyType":
    from apprise import NotifyType

    return {"bad": NotifyType.FAILURE, "warning": NotifyType.WARNING, "good": NotifyType.SUCCESS}[alert.tone]


def _patient(service: "NotifyBase") -> None:
    """Give a service the time that we give it, unless its address says another."""
    if service.socket_connect_timeout == APPRISE_SECONDS:
        service.socket_connect_timeout = CONNECT_SECONDS
    if service.socket_read_timeout == APPRISE_SECONDS:
        service.socket_read_timeout = ANSWER_SECONDS
