"""One mail, as HTML and as text, through the Airflow connection `smtp_default`."""

import hashlib
import logging
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from smtplib import SMTP, SMTPException
from typing import Any

from pipeline.messages import first_line
from provider.connections import SMTP as SMTP_CONNECTION
from provider.links import run_url, task_url
from provider.mail.settings import AlertSettings, with_defaults
from provider.mail.words import filters, words_in
from report.said import Language

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1800.0
"""How long the triggerer tries to send a mail."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 300.0

MESSAGE_ID_DOMAIN = "data-quality.inlearning"
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


class MailNotSentError(Exception):
    """The mail server did not take a mail; trying again may help."""


@dataclass(frozen=True)
class Body:
    """What a mail says, twice: for programs that show HTML, and for the others."""

    html: str
    text: str


@dataclass(frozen=True)
class Mail:
    """A mail to the recipients of the alerts.

    identity: what the mail is about; the same identity gives the same Message-ID, so that a mail that a
        crash sends twice is shown once.
    attachments: paths of workbooks.
    """

    subject: str
    identity: str
    body: Body
    attachments: tuple[Path, ...] = ()

    @property
    def key(self) -> str:
        """The identity as a name: 32 hexadecimal digits."""
        return hashlib.sha256(self.identity.encode()).hexdigest()[:32]

    @property
    def message_id(self) -> str:
        """The Message-ID header."""
        return f"<{self.key}@{MESSAGE_ID_DOMAIN}>"


def render(template: str, language: Language, **values: Any) -> Body:
    """The body of a mail in one language. template: its name in `provider/mail/templates`.

    Every value is escaped in the HTML body.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("provider.mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(run_url=run_url, task_url=task_url, say=words_in(language), language=language)
    environment.filters.update(filters(language))
    return Body(
        html=environment.get_template(f"{template}.html").render(**values),
        text=environment.get_template(f"{template}.txt").render(**values),
    )


def message(mail: Mail, *, sender: str, recipients: list[str]) -> EmailMessage:
    """The mail as it travels: text first, HTML as its alternative, workbooks attached."""
    envelope = EmailMessage()
    envelope["Subject"] = " ".join(mail.subject.split())
    envelope["From"] = sender
    envelope["To"] = ", ".join(recipients)
    envelope["Date"] = formatdate(localtime=True)
    envelope["Message-ID"] = mail.message_id
    envelope["Auto-Submitted"] = "auto-generated"
    envelope.set_content(mail.body.text)
    envelope.add_alternative(mail.body.html, subtype="html")
    for path in mail.attachments:
        envelope.add_attachment(path.read_bytes(), maintype=XLSX[0], subtype=XLSX[1], filename=path.name)
    return envelope


def send(mail: Mail) -> None:
    """Send a mail to the recipients of the alerts.

    Raises:
        MailNotSentError: the server is away or refuses it.
    """
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    try:
        with SmtpHook(SMTP_CONNECTION) as hook:
            # The hook's own sending has no text body; its client is the connected, authorised smtplib one.
            client = hook._smtp_client
            if not isinstance(client, SMTP):
                raise MailNotSentError(f"connection {SMTP_CONNECTION}: no SMTP client")
            client.send_message(_addressed(mail, hook))
    except (OSError, SMTPException) as error:
        raise MailNotSentError(_not_sent(error)) from error


async def send_async(mail: Mail) -> None:
    """Send a mail from the triggerer, which must not wait for a socket, and which tries nothing again itself.

    Raises:
        MailNotSentError: the server was away or refused it for `PATIENCE_SECONDS`.
    """
    from tenacity import (
        AsyncRetrying,
        before_sleep_log,
        retry_if_exception_type,
        stop_after_delay,
        wait_exponential,
    )

    attempts = AsyncRetrying(
        retry=retry_if_exception_type(MailNotSentError),
        stop=stop_after_delay(PATIENCE_SECONDS),
        wait=wait_exponential(min=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS),
        before_sleep=before_sleep_log(log, logging.WARNING),
        reraise=True,
    )
    await attempts(_send_once, mail)


async def _send_once(mail: Mail) -> None:
    import aiosmtplib
    from airflow.providers.smtp.hooks.smtp import SmtpHook
    from airflow.sdk.exceptions import AirflowException

    try:
        async with SmtpHook(SMTP_CONNECTION) as hook:
            client = hook._smtp_client
            if not isinstance(client, aiosmtplib.SMTP):
                raise MailNotSentError(f"connection {SMTP_CONNECTION}: no SMTP client")
            await client.send_message(_addressed(mail, hook))
    # The hook hides a server that hangs up behind an AirflowException.
    except (OSError, aiosmtplib.SMTPException, AirflowException) as error:
        raise MailNotSentError(_not_sent(error)) from error


def _addressed(mail: Mail, hook: Any) -> EmailMessage:
    """The mail from the connection's sender to the recipients of the alerts."""
    sender = str(hook.from_email or f"airflow@{MESSAGE_ID_DOMAIN}")
    return message(mail, sender=sender, recipients=with_defaults(AlertSettings)[0].recipients)


def _not_sent(error: Exception) -> str:
    reason = first_line(error)
    return (
        f"mail server (connection {SMTP_CONNECTION}): {reason}. The verdict stands; the mail is tried again."
    )
