"""One person, forgotten everywhere: the tables, the staging tables, the runs' folders, the workbooks."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from openpyxl import load_workbook
from sqlalchemy import Connection, Engine, MetaData, Table, delete, func, inspect, select

from etl import spelling
from etl.header import field_of
from etl.merge import STAGING_PREFIX, interests_table, next_view
from etl.retention import rejected_workbooks, run_folders
from etl.schema import QUARANTINE, USER_INTERESTS, USERS, ensure_tables
from etl.settings import UsersSettings
from etl.workbooks import find_replays

REWRITABLE = (".xlsx", ".xlsm")
"""Workbooks that openpyxl can write again."""


@dataclass(frozen=True)
class Erased:
    """How many rows of the person were deleted, by place: a table's name, or a file's path.

    by_hand: workbooks that cannot be rewritten (.ods, .xls): somebody has to look into them.
    """

    email: str
    places: dict[str, int]
    by_hand: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Rows deleted in all."""
        return sum(self.places.values())


def erase(engine: Engine, settings: UsersSettings, email: str) -> Erased:
    """Delete every row of the person with this email, whatever its case. The daily workbook is not touched.

    Raises:
        ValueError: the email is empty.
    """
    key = spelling.email_keys(pd.Series([email], dtype="str"))[0]
    if pd.isna(key):
        raise ValueError("no email given: python -m etl erase EMAIL")
    with engine.begin() as connection:
        ensure_tables(connection)
        places = _erase_rows(connection, key)
    for path in _parquet_files(settings):
        places[str(path)] = _erase_from_parquet(path, key)
    workbooks = [*rejected_workbooks(settings), *find_replays(settings.replay_path)]
    for path in workbooks:
        if path.suffix.lower() in REWRITABLE:
            places[str(path)] = _erase_from_workbook(path, key)
    by_hand = tuple(str(path) for path in workbooks if path.suffix.lower() not in REWRITABLE)
    return Erased(email=key, places={place: rows for place, rows in places.items() if rows}, by_hand=by_hand)


def _erase_rows(connection: Connection, key: str) -> dict[str, int]:
    """Delete from `users` (and by cascade its interests), `quarantine` and the staging tables."""
    metadata = MetaData()
    users = Table(USERS.name, metadata, autoload_with=connection)
    of_person = select(users.c.user_id).where(func.lower(users.c.email) == key)
    places = {}
    # Absent until the first load has committed.
    if inspect(connection).has_table(USER_INTERESTS.name):
        links = Table(USER_INTERESTS.name, metadata, autoload_with=connection)
        erased = connection.execute(delete(links).where(links.c.user_id.in_(of_person)))
        places[links.name] = erased.rowcount
    places |= {
        users.name: connection.execute(delete(users).where(func.lower(users.c.email) == key)).rowcount,
        QUARANTINE.name: connection.execute(delete(QUARANTINE).where(QUARANTINE.c.email == key)).rowcount,
    }
    for name in inspect(connection).get_table_names():
        if name.startswith(STAGING_PREFIX) and inspect(connection).has_table(next_view(name)):
            places[name] = _erase_staged(connection, name, key)
    return places


def _erase_staged(connection: Connection, name: str, key: str) -> int:
    staged = Table(name, MetaData(), autoload_with=connection)
    interests = Table(interests_table(name), MetaData(), autoload_with=connection)
    rows = select(staged.c.seq).where(staged.c.email == key)
    connection.execute(delete(interests).where(interests.c.seq.in_(rows)))
    return connection.execute(delete(staged).where(staged.c.email == key)).rowcount


def _parquet_files(settings: UsersSettings) -> list[Path]:
    return [path for folder in run_folders(settings) for path in sorted(folder.glob("*.parquet"))]


def _erase_from_parquet(path: Path, key: str) -> int:
    frame = pd.read_parquet(path)
    column = "email_key" if "email_key" in frame.columns else "email"
    of_person = frame[column] == key
    if of_person.any():
        part = path.with_name(f".{path.name}.part")
        frame[~of_person].to_parquet(part, index=False)
        part.rename(path)
    return int(of_person.sum())


def _erase_from_workbook(path: Path, key: str) -> int:
    """Delete the person's rows from every sheet of a rejected workbook, whose first row is its header."""
    workbook = load_workbook(path)
    erased = 0
    for sheet in workbook.worksheets:
        for column in [cell.column for cell in sheet[1] if field_of(str(cell.value)) == "email"]:
            emails = [str(cell.value or "") for (cell,) in sheet.iter_rows(min_col=column, max_col=column)]
            keys = spelling.email_keys(pd.Series(emails, dtype="str"))
            rows = [position + 1 for position in keys.index[keys == key]]
            for row in reversed(rows):
                sheet.delete_rows(row)
            erased += len(rows)
    if erased:
        part = path.with_name(f".{path.name}.part")
        workbook.save(part)
        part.rename(path)
    return erased
