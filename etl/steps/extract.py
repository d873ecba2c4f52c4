"""Workbooks in, one frame out: every row that is not blank, every cell as text, with its place."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
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
from etl.workbook.recount import NOTHING, Counted, read_of
from etl.workbook.sheets import Sheet, read_sheets
from pipeline.folder import RunFolder
from pipeline.handover import GateInput, Told
from pipeline.parts import PART_ROWS, FrameParts

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
    replayed = [str(path) for path in replays]
    with FrameParts() as parts:
        taken = _Taken(parts, replays=replayed)
        for book in books:
            taken.add(book, read_sheets(book.path, limits))
        taken.flush()
        batch = parts.write(folder, SOURCE, taken.columns)
    return Extraction(
        gate=GateInput(batch, {**taken.facts, **target.facts}),
        told=Told({"rows": taken.rows}),
        folder_url=folder.url,
        rows=taken.rows,
        replay_rows=taken.replay_rows,
        replay_only=taken.replay_only,
        checksum=checksum,
        workbooks=tuple(book.path for book in books),
        replays=tuple(replayed),
        headers=dict(header.HEADER_OF_FIELD) | taken.headers,
        unread=tuple(taken.unread),
        extracted_at=datetime.now(tz=UTC).isoformat(),
    )


class _Taken:
    """What was taken of the workbooks so far: rows go into `parts`, and only what tells of them stays."""

    def __init__(self, parts: FrameParts, *, replays: list[str]) -> None:
        self._parts, self._replays = parts, replays
        self._waiting: list[tuple[Workbook, Sheet]] = []
        self._counts: dict[tuple[str, str], tuple[Counted, Counted]] = {}
        self._names: set[str] = set()
        self._shown: dict[str, str] = {}
        self.rows = self.replay_rows = 0
        self.headers: dict[str, str] = {}
        self.unread: list[Unread] = []

    def add(self, book: Workbook, sheets: Sequence[Sheet]) -> None:
        """Take a workbook's rows, and note what of it is not read."""
        for sheet in sheets:
            self.unread += _unread(book, sheet)
            if sheet.header is None:
                continue
            if book.path in self._replays:
                _check_replay(book, sheet)
            self.headers = {**sheet.headers, **self.headers}
            self._shown |= sheet.headers
            waiting = sum(len(each.cells) for _, each in self._waiting)
            if waiting and waiting + len(sheet.cells) > PART_ROWS:
                self.flush()
            self._waiting.append((book, sheet))
            # Nothing large is kept while the next workbook is read.
            if waiting + len(sheet.cells) > PART_ROWS // 2:
                self.flush()

    def flush(self) -> None:
        """Put the rows that wait into a part."""
        if not self._waiting:
            return
        frame = source_frame(self._waiting)
        start = 0
        for book, sheet in self._waiting:
            rows = frame.iloc[start : start + len(sheet.cells)]
            start += len(rows)
            there, read = self._counts.get((book.name, sheet.name), (NOTHING, NOTHING))
            self._counts[book.name, sheet.name] = (there + sheet.counted, read + read_of(rows))
        self._names |= set(frame.columns)
        self.rows += len(frame)
        self.replay_rows += int(frame["replay"].sum())
        self._waiting = []
        self._parts.add(frame)

    @property
    def replay_only(self) -> bool:
        """Whether all rows are replayed."""
        return 0 < self.replay_rows == self.rows

    @property
    def columns(self) -> list[str]:
        """The columns of the frame."""
        return _in_order(self._names)

    @property
    def facts(self) -> dict[str, object]:
        """What the gate `users_source` is told."""
        return {
            "unknown_columns": _unknown(self.columns),
            "replay_only": self.replay_only,
            "unread": [asdict(each) for each in self.unread],
            "counted": self._counted(),
        }

    def _counted(self) -> list[dict[str, object]]:
        """Per sheet what its own records have, and what was read; see `expect_sheets_to_be_whole`.

        Workbooks of one name count as one.
        """
        found: list[dict[str, object]] = []
        for (workbook, name), (there, read) in self._counts.items():
            cells = {
                self._shown.get(column, column.removeprefix("source:")): [count, read.cells.get(column, 0)]
                for column, count in there.cells.items()
                if not column.startswith("own:")
            }
            found.append({"workbook": workbook, "sheet": name, "rows": there.rows, "cells": cells})
        return found


def _unread(book: Workbook, sheet: Sheet) -> Iterator[Unread]:
    """What a sheet holds and is not read; a sheet in which nothing can be seen is not worth a word."""
    if sheet.header is None and sheet.rows:
        yield Unread(book.name, sheet.name, sheet.visible, rows=sheet.rows, emails=sheet.emails)
    if sheet.emails_above:
        yield Unread(book.name, sheet.name, "above", emails=sheet.emails_above)
    if sheet.repeated_headers:
        yield Unread(book.name, sheet.name, "repeated", rows=sheet.repeated_headers)


def _check_replay(book: Workbook, sheet: Sheet) -> None:
    """A workbook in the replay folder without the marker could overwrite newer users: refuse it."""
    if OWN_EXTRACTED_AT not in sheet.cells:
        raise WorkbookError(
            f"{book.name}, sheet '{sheet.name}': no column '{EXTRACTED_AT_HEADER}', so it is no "
            "corrected rejected workbook. Keep that column, or deliver the workbook as a daily one."
        )


def _unknown(columns: Sequence[str]) -> list[str]:
    return [name.removeprefix("source:") for name in columns if name.startswith("source:")]


def _in_order(names: Collection[str]) -> list[str]:
    """The columns of a source frame in their order."""
    fields = [field for field in FIELDS if field in names]
    unknown = sorted(name for name in names if name.startswith("source:"))
    own = ["absent", "replay", "extracted_at", "workbook_age_hours", "email_key", "email_masked"]
    return ["workbook", "sheet", "row", *fields, *unknown, *own]


def source_frame(tables: Sequence[tuple[Workbook, Sheet]]) -> pd.DataFrame:
    """One row per row that is not blank, in the order of the workbooks and their sheets.

    Columns: `contract.ROW_KEY`; each field that a workbook has, and `source:<header>` for unknown columns,
    as text; `absent` (`barred` optional fields that the row's workbook does not have), `replay`,
    `extracted_at` (of a replayed row), `workbook_age_hours`, `email_key`, `email_masked`.
    """
    frame = pd.concat([_rows(book, sheet) for book, sheet in tables], ignore_index=True)
    frame["email_key"] = spelling.email_keys(frame["email"])
    frame["email_masked"] = spelling.masked_emails(frame["email_key"])
    return frame[_in_order(list(frame.columns))]


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
