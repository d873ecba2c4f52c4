"""A mail: what it says, as HTML and as text, and how it travels."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any

from alerts.outcome import RunOutcome
from alerts.verdicts import Known, Verdict, verdict
from alerts.words import filters, words_in
from report.said import ENGLISH, Language
from report.site import Site

MESSAGE_ID_DOMAIN = "data-quality.inlearning"
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
NOTHING_KNOWN: Known = {}


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


def compose(
    outcome: RunOutcome,
    *,
    attach: bool,
    site: Site,
    language: Language = ENGLISH,
    past: Known = NOTHING_KNOWN,
) -> Mail:
    """The mail about an outcome. attach: with the rejected workbook, if there is one.

    past: of the gates that closed, as far as it is known. site: whole addresses of report and Airflow UI.
    """
    workbook = outcome.rejected_workbook
    attachments = (Path(workbook),) if attach and workbook and Path(workbook).exists() else ()
    verdicts = [
        verdict(report, past.get(report.page), language, site=site)
        for report in (*outcome.closed, *outcome.approved, *outcome.warned)
    ]
    values = {"outcome": outcome, "verdicts": verdicts, "titled": _titled(outcome, verdicts)}
    body = render("outcome", language, site=site, **values)
    return Mail(subject=outcome.subject, identity=outcome.identity, body=body, attachments=attachments)


def _titled(outcome: RunOutcome, verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict whose headline is that of the mail: of one closed gate, or one approved or warned."""
    others = outcome.approved or outcome.warned
    if len(outcome.closed) == 1 or (not outcome.failed and len(others) == 1):
        return verdicts[0]
    return None
