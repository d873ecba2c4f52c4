"""One mail through the Airflow connection `smtp_default`."""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from smtplib import SMTP, SMTPException, SMTPRecipientsRefused
from typing import Any

from alerts.shapes.mail import MESSAGE_ID_DOMAIN, Mail, envelope
from pipeline.messages import first_line
from provider.connections import SMTP as SMTP_CONNECTION


class MailNotSentError(Exception):
    """The mail server did not take a mail; trying again may help."""


def send(mail: Mail, *, to: Sequence[str], pending: Sequence[str]) -> Mapping[str, str]:
    """Send a mail; returns whom the server refused, and why in one line.

    to: the addresses that the mail names; pending: those of them who do not have it yet.

    Raises:
        MailNotSentError: the server is away, or takes the mail for nobody.
    """
    from airflow.providers.smtp.hooks.smtp import SmtpHook
    from airflow.sdk.exceptions import AirflowException

    try:
        with SmtpHook(SMTP_CONNECTION) as hook:
            # The hook's own sending has no text body; its client is the connected, authorised smtplib one.
            client = hook._smtp_client
            if not isinstance(client, SMTP):
                raise MailNotSentError(f"connection {SMTP_CONNECTION}: no SMTP client")
            try:
                refused = client.send_message(_addressed(mail, hook, to), to_addrs=list(pending))
            except SMTPRecipientsRefused as error:
                refused = error.recipients
    except (OSError, SMTPException, AirflowException) as error:
        raise MailNotSentError(_not_sent(error)) from error
    return {address: _refused(answer) for address, answer in refused.items()}


def _addressed(mail: Mail, hook: Any, to: Sequence[str]) -> "EmailMessage[Any, Any]":
    """The mail from the connection's sender."""
    sender = str(hook.from_email or f"airflow@{MESSAGE_ID_DOMAIN}")
    return envelope(mail, sender=sender, recipients=to)


def _refused(answer: tuple[int, bytes]) -> str:
    code, reason = answer
    return f"refused with {code} {reason.decode(errors='replace')}"


def _not_sent(error: Exception) -> str:
    reason = first_line(error)
    return (
        f"mail server (connection {SMTP_CONNECTION}): {reason}. The verdict stands; the mail is tried again."
    )
