"""Workbooks in, one frame out: every row that is not blank, every cell as text, with its place."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pandas as pd
from sqlalchemy import Engine

from etl.contract import EXTRACTED_AT_HEADER, FIELDS, OPTIONAL_FIELDS, barred
from etl.errors import UnchangedWorkbooks, WorkbookError
from etl.handover import SOURCE, Extraction, Unread
from etl.postgres import seen
from etl.postgres.stored import stored
from etl.postgres.target import OWN, Target
from etl.postgres.transaction import transaction
from etl.rows import spelling
from etl.workbook import found, header
from etl.workbook.found import Workbook
from etl.workbook.limits import USUAL, ReadLimits
from etl.workbook.recount import Counted, read_of
from etl.workbook.sheets import Sheet, read_sheets
from pipeline.folder import RunFolder
from pipeline.handover import GateInput, Told

OWN_EXTRACTED_AT = f"own:{EXTRACTED_AT_HEADER}"


def see_users(engine: Engine, target: Target) -> int:
    """Remember how the users look where their tables do not say when they changed; returns how many differ.

    Before the workbooks are read: a replay that is refused tonight must lose against a later change.
    Raises TargetError, TargetBusyError.
    """
    if target.person.dated:
        return 0
    with transaction(engine) as connection:
        return seen.note(connection, stored(connection, target))


def extract(
    folder: RunFolder,
    users_path: str,
    *,
    replay_path: str | None = None,
    settle_seconds: float = 2.0,
    published_checksum: str | None = None,
    target: Target = OWN,
    force: bool = False,
    limits: ReadLimits = USUAL,
) -> Extraction:
    """Read the workbooks of a run into its folder.

    users_path: a workbook, a folder or a glob. replay_path: the folder of corrected rejected workbooks.
    published_checksum: checksum of the last published run's workbooks; the same again is not read.
    target: named to the gate. force: read them although they are unchanged.
    limits: how much of each workbook is read at most.

    Raises:
        WorkbookNotReadyError: a workbook is missing or still being written.
        WorkbookError: one cannot be read as users.
        UnchangedWorkbooks: nothing new since the last published run.
    """
    replays = found.find_replays(replay_path) if replay_path else []
    daily = [path for path in found.find(users_path) if path not in replays]
    books = found.take([*replays, *daily], settle_seconds=settle_seconds)
    checksum = found.combined_checksum(books[len(replays) :]) if daily else None
    if not force and not replays and checksum == published_checksum:
        names = ", ".join(book.name for book in books)
        raise UnchangedWorkbooks(f"{names}: unchanged since the last published run")
    sheets = [(book, sheet) for book in books for sheet in read_sheets(book.path, limits)]
    replayed = [str(path) for path in replays]
    extraction = _extract(folder, books, sheets, checksum=checksum, replays=replayed)
    gate = replace(extraction.gate, facts={**extraction.gate.facts, **target.facts})
    return replace(extraction, gate=gate)


def _extract(
    folder: RunFolder,
    books: Sequence[Workbook],
    sheets: Sequence[tuple[Workbook, Sheet]],
    *,
    checksum: str | None,
    replays: list[str],
) -> Extraction:
    tables = [(book, sheet) for book, sheet in sheets if sheet.header is not None]
    _check_replays(tables, replays)
    frame = source_frame(tables)
    replay_rows = int(frame["replay"].sum())
    replay_only = 0 < replay_rows == len(frame)
    unread = tuple(each for book, sheet in sheets for each in _unread(book, sheet))
    return Extraction(
        gate=GateInput(
            folder.write_frame(SOURCE, frame),
            {
                "unknown_columns": _unknown(frame),
                "replay_only": replay_only,
                "unread": [asdict(each) for each in unread],
                "counted": counted(tables, frame),
            },
        ),
        told=Told({"rows": len(frame)}),
        folder_url=folder.url,
        rows=len(frame),
        replay_rows=replay_rows,
        replay_only=replay_only,
        checksum=checksum,
        workbooks=tuple(book.path for book in books),
        replays=tuple(replays),
        headers=_headers(tables),
        unread=unread,
        extracted_at=datetime.now(tz=UTC).isoformat(),
    )


def _unread(book: Workbook, sheet: Sheet) -> Iterator[Unread]:
    """What a sheet holds and is not read; a sheet in which nothing can be seen is not worth a word."""
    if sheet.header is None and sheet.rows:
        yield Unread(book.name, sheet.name, sheet.visible, rows=sheet.rows, emails=sheet.emails)
    if sheet.emails_above:
        yield Unread(book.name, sheet.name, "above", emails=sheet.emails_above)
    if sheet.repeated_headers:
        yield Unread(book.name, sheet.name, "repeated", rows=sheet.repeated_headers)


def _check_replays(tables: Sequence[tuple[Workbook, Sheet]], replays: list[str]) -> None:
    """A workbook in the replay folder without the marker could overwrite newer users: refuse it."""
    for book, sheet in tables:
        if book.path in replays and OWN_EXTRACTED_AT not in sheet.cells:
            raise WorkbookError(
                f"{book.name}, sheet '{sheet.name}': no column '{EXTRACTED_AT_HEADER}', so it is no "
                "corrected rejected workbook. Keep that column, or deliver the workbook as a daily one."
            )


def counted(tables: Sequence[tuple[Workbook, Sheet]], frame: pd.DataFrame) -> list[dict[str, object]]:
    """Per sheet what its own records have, and what of it is in the frame; see `expect_sheets_to_be_whole`.

    Workbooks of one name count as one.
    """
    totals: dict[tuple[str, str], Counted] = {}
    headers: dict[str, str] = {}
    for book, sheet in tables:
        place = (book.name, sheet.name)
        totals[place] = sheet.counted + totals[place] if place in totals else sheet.counted
        headers |= sheet.headers
    found = []
    for (workbook, name), total in totals.items():
        rows = (
            frame if len(totals) == 1 else frame[(frame["workbook"] == workbook) & (frame["sheet"] == name)]
        )
        read = read_of(rows).cells
        cells = {
            headers.get(column, column.removeprefix("source:")): [count, read.get(column, 0)]
            for column, count in total.cells.items()
            if not column.startswith("own:")
        }
        found.append({"workbook": workbook, "sheet": name, "rows": total.rows, "cells": cells})
    return found


def _headers(tables: Sequence[tuple[Workbook, Sheet]]) -> dict[str, str]:
    headers = dict(header.HEADER_OF_FIELD)
    for _, sheet in reversed(tables):
        headers.update(sheet.headers)
    return headers


def _unknown(frame: pd.DataFrame) -> list[str]:
    return [name.removeprefix("source:") for name in frame.columns if name.startswith("source:")]


def source_frame(tables: Sequence[tuple[Workbook, Sheet]]) -> pd.DataFrame:
    """One row per row that is not blank, in the order of the workbooks and their sheets.

    Columns: `contract.ROW_KEY`; each field that a workbook has, and `source:<header>` for unknown columns,
    as text; `absent` (`barred` optional fields that the row's workbook does not have), `replay`,
    `extracted_at` (of a replayed row), `workbook_age_hours`, `email_key`, `email_masked`.
    """
    frame = pd.concat([_rows(book, sheet) for book, sheet in tables], ignore_index=True)
    unknown = sorted(name for name in frame.columns if name.startswith("source:"))
    fields = [field for field in FIELDS if field in frame.columns]
    frame["email_key"] = spelling.email_keys(frame["email"])
    frame["email_masked"] = spelling.masked_emails(frame["email_key"])
    own = ["absent", "replay", "extracted_at", "workbook_age_hours", "email_key", "email_masked"]
    return frame[["workbook", "sheet", "row", *fields, *unknown, *own]]


def _rows(book: Workbook, sheet: Sheet) -> pd.DataFrame:
    cells = sheet.cells
    frame = cells.drop(columns=[name for name in cells.columns if name.startswith("own:")])
    absent = barred(field for field in OPTIONAL_FIELDS if field not in frame.columns)
    frame.insert(0, "workbook", pd.Series(book.name, index=frame.index, dtype="str"))
    frame.insert(1, "sheet", pd.Series(sheet.name, index=frame.index, dtype="str"))
    frame.insert(2, "row", sheet.row_numbers)
    frame["absent"] = pd.Series(absent, index=frame.index, dtype="str")
    frame["extracted_at"] = _extracted_at(book, sheet)
    frame["replay"] = frame["extracted_at"].notna()
    age = datetime.now(tz=UTC) - book.modified
    frame["workbook_age_hours"] = round(age.total_seconds() / 3600, 2)
    return frame


def _extracted_at(book: Workbook, sheet: Sheet) -> pd.Series:
    """When each replayed row was extracted first (UTC); null for a row of a daily workbook.

    Raises:
        WorkbookError: a cell of the marker column is not a time.
    """
    if OWN_EXTRACTED_AT not in sheet.cells:
        return pd.Series(pd.NaT, index=sheet.cells.index, dtype="datetime64[us, UTC]")
    marks = sheet.cells[OWN_EXTRACTED_AT]
    times = pd.to_datetime(marks, errors="coerce", utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    broken = times.isna()
    if broken.any():
        first = int(sheet.row_numbers[broken.to_numpy()][0])
        raise WorkbookError(
            f"{book.name}, sheet '{sheet.name}', row {first}: '{EXTRACTED_AT_HEADER}' is not a time "
            f"({int(broken.sum())} rows). Copy it from another row of the rejected workbook."
        )
    return times
