"""Ten workbooks in a folder: the rows of one, with other emails in each, and some that all of them share."""

import re
import shutil
import zipfile
from pathlib import Path

from tests.benchmarks.limits import Limit
from tests.benchmarks.report import Flow

BOOKS = 10
MAX_TIMES = 10.5
MAX_MEMORY_TIMES = 1.3

# An email whose local part ends in 77 stays: one in a hundred stands in every workbook.
_OWN_EMAIL = re.compile(rb"(?<!77)@")


def write_folder(workbook: Path, folder: Path, books: int = BOOKS) -> Path:
    """Copies of a workbook, each with emails of its own; returns the folder.

    They are made in the texts of the file: to write each cell by cell would take minutes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(books):
        _copy(workbook, folder / f"users-{number}.xlsx", b".%d@" % number)
    return folder


def _copy(workbook: Path, copy: Path, sign: bytes) -> None:
    with zipfile.ZipFile(workbook) as read, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as written:
        for entry in read.infolist():
            content = read.read(entry)
            if entry.filename.startswith("xl/") and entry.filename.endswith(".xml"):
                content = _OWN_EMAIL.sub(sign, content)
            written.writestr(entry.filename, content, compresslevel=1)


def limits(one: Flow, ten: Flow) -> list[Limit]:
    """Time and memory of ten workbooks against one of them."""
    return [
        Limit("ten workbooks against one", ten.seconds / one.seconds, "at most", MAX_TIMES, "×"),
        Limit("their memory", ten.peak_bytes / one.peak_bytes, "at most", MAX_MEMORY_TIMES, "×"),
    ]
