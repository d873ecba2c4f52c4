"""What the processes do that publish at once."""

from datetime import UTC, datetime, timedelta

from report.store import PAGES, REPORT, ROWS, Store, folder_of

START = datetime(2026, 11, 24, 2, tzinfo=UTC)
TEXT = "a page of a verdict that takes more than one block to write\n" * 5_000


def folder_number(number: int) -> str:
    """The folder of one verdict among many."""
    return folder_of("users_ready", f"run {number}", START + timedelta(seconds=number))


def publish(url: str, number: int) -> str:
    """Write one verdict; returns its folder."""
    folder = folder_number(number)
    Store(url).write(folder, {PAGES["en"]: TEXT, PAGES["fr"]: TEXT, REPORT: "{}", ROWS: "a,b\n"})
    return folder
