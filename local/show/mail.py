"""Reading the Maildir that the stack's mail server keeps."""

import mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from pipeline import private


@dataclass(frozen=True)
class Mail:
    """One mail. when: its arrival, local time; html: None when it has no HTML part."""

    when: datetime
    subject: str
    to: str
    text: str
    html: str | None


def read_mails(folder: Path) -> list[Mail]:
    """Every mail of a Maildir, the newest first; none when there is no Maildir yet."""
    if not folder.is_dir():
        return []
    box = mailbox.Maildir(folder, create=False)
    arrivals = sorted(((box.get_message(key).get_date(), key) for key in box.iterkeys()), reverse=True)
    return [read_mail(box.get_bytes(key), arrival) for arrival, key in arrivals]


def read_mail(content: bytes, arrival: float) -> Mail:
    """A mail from its bytes. arrival: seconds since 1970."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    return Mail(
        when=datetime.fromtimestamp(arrival, tz=UTC).astimezone(),
        subject=str(message.get("Subject", "(no subject)")),
        to=str(message.get("To", "")),
        text=part(message, "plain") or "(no text part)",
        html=part(message, "html"),
    )


def part(message: EmailMessage, subtype: str) -> str | None:
    """The body in one form, `plain` or `html`; None when the mail has no such part."""
    body = message.get_body(preferencelist=(subtype,))
    return str(body.get_content()) if body else None


def write_html(mail: Mail, folder: Path, number: int) -> Path | None:
    """Write a mail's HTML part to `NUMBER.html` for a browser; returns the file, None when it has none."""
    if mail.html is None:
        return None
    private.make_folder(folder)
    path = folder / f"{number}.html"
    private.create_file(path)
    path.write_text(mail.html, encoding="utf-8")
    return path
