"""A mail: what it says, as HTML and as text, and how it travels."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any

from alerts.composing import Message
from alerts.words import filters, words_in
from report.said import Language
from report.site import Site

MESSAGE_ID_DOMAIN = "data-quality.inlearning"
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class Body:
    """What a mail says, twice: for programs that show HTML, and for the others."""

    html: str
    text: str


@dataclass(frozen=True)
class Mail:
    """A mail.

    key: what the mail is about, 32 hexadecimal digits; the same key gives the same Message-ID, so that a mail
        that a crash sends twice is shown once.
    attachments: paths of workbooks.
    """

    subject: str
    key: str
    body: Body
    attachments: tuple[Path, ...] = ()

    @property
    def message_id(self) -> str:
        """The Message-ID header."""
        return f"<{self.key}@{MESSAGE_ID_DOMAIN}>"


def mail_of(message: Message, *, attach: bool, site: Site) -> Mail:
    """The mail that a message is. attach: with the rejected workbook, if there is one.

    site: whole addresses of report and Airflow UI.
    """
    alert, workbook = message.alert, message.outcome.rejected_workbook
    return Mail(
        subject=alert.subject,
        key=alert.key,
        body=render("outcome", alert.language, site=site, **_parts(message)),
        attachments=(Path(workbook),) if attach and workbook and Path(workbook).exists() else (),
    )


def _parts(message: Message) -> dict[str, Any]:
    names = ("alert", "outcome", "verdicts", "titled", "sections", "others")
    return {name: getattr(message, name) for name in names}


def render(template: str, language: Language, *, site: Site, **values: Any) -> Body:
    """The body of a mail in one language. template: its name in `alerts/templates`.

    site: whole addresses of report and Airflow UI.

    Every value is escaped in the HTML body.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("alerts"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(site=site, say=words_in(language), language=language)
    environment.filters.update(filters(language))
    return Body(
        html=environment.get_template(f"{template}.html").render(**values),
        text=environment.get_template(f"{template}.txt").render(**values),
    )


def envelope(mail: Mail, *, sender: str, recipients: Sequence[str]) -> EmailMessage:
    """The mail as it travels: text first, HTML as its alternative, workbooks attached."""
    sent = EmailMessage()
    sent["Subject"] = " ".join(mail.subject.split())
    sent["From"] = sender
    sent["To"] = ", ".join(recipients)
    sent["Date"] = formatdate(localtime=True)
    sent["Message-ID"] = mail.message_id
    sent["Auto-Submitted"] = "auto-generated"
    sent.set_content(mail.body.text)
    sent.add_alternative(mail.body.html, subtype="html")
    for path in mail.attachments:
        sent.add_attachment(path.read_bytes(), maintype=XLSX[0], subtype=XLSX[1], filename=path.name)
    return sent
