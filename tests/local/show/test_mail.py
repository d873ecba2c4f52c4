"""The mailbox is read as the mail server writes it: a Maildir."""

import mailbox
import os
from email.message import EmailMessage
from pathlib import Path

from local.show.mail import read_mails, write_html


def deliver(folder: Path, subject: str, *, at: float, html: str | None = None) -> None:
    """Put a mail into a Maildir, arrived at so many seconds since 1970."""
    message = EmailMessage()
    message["Subject"], message["To"] = subject, "data-team@example.org"
    message.set_content(f"{subject}: text")
    if html:
        message.add_alternative(html, subtype="html")
    box = mailbox.Maildir(folder)
    key = box.add(message)
    file = next(path for path in folder.rglob(f"{key}*"))
    os.utime(file, (at, at))


def test_the_newest_mail_comes_first_with_its_accents(tmp_path: Path):
    deliver(tmp_path / "mail", "[closed] été", at=1_700_000_000)
    deliver(tmp_path / "mail", "[passed] users_ready", at=1_800_000_000)
    deliver(tmp_path / "mail", "[closed] hiver", at=1_600_000_000)
    mails = read_mails(tmp_path / "mail")
    assert [mail.subject for mail in mails] == ["[passed] users_ready", "[closed] été", "[closed] hiver"]
    assert mails[1].to == "data-team@example.org"
    assert mails[1].text == "[closed] été: text\n"
    assert mails[1].when.timestamp() == 1_700_000_000


def test_the_html_part_becomes_a_page(tmp_path: Path):
    deliver(tmp_path / "mail", "both", at=1_700_000_000, html="<b>fermé</b>\n")
    page = write_html(read_mails(tmp_path / "mail")[0], tmp_path / "view", 1)
    assert page == tmp_path / "view" / "1.html"
    assert page.read_text(encoding="utf-8") == "<b>fermé</b>\n"


def test_a_mail_without_html_makes_no_page(tmp_path: Path):
    deliver(tmp_path / "mail", "text only", at=1_700_000_000)
    assert write_html(read_mails(tmp_path / "mail")[0], tmp_path / "view", 1) is None
    assert not (tmp_path / "view").exists()


def test_no_maildir_yet_is_an_empty_mailbox_and_makes_none(tmp_path: Path):
    assert read_mails(tmp_path / "mail") == []
    assert not (tmp_path / "mail").exists()
