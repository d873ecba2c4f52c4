"""One person, forgotten everywhere: the tables, the staging tables, the runs' folders, the workbooks."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pandas as pd
from openpyxl import load_workbook
from sqlalchemy import Connection, Engine, MetaData, Table, delete, inspect, select
from upath import UPath

from etl.postgres.existing import ensure_tables
from etl.postgres.expressions import has_email
from etl.postgres.schema import QUARANTINE, SEEN, USER_INTERESTS, USERS
from etl.postgres.staging import STAGING_PREFIX, interests_table, next_view
from etl.postgres.stored import Stored
from etl.postgres.target import TARGETS
from etl.postgres.transaction import transaction
from etl.rows import spelling
from etl.settings import UsersSettings
from etl.upkeep.retention import USERS_FRAMES, half_written_workbooks, rejected_workbooks
from etl.workbook.found import find_replays
from etl.workbook.limits import ReadLimits
from etl.workbook.sheets import rows_with_email
from pipeline import private
from pipeline.errors import FatalError
from pipeline.folder import RunFolder, run_folders
from pipeline.messages import first_line

REWRITABLE = (".xlsx", ".xlsm")
"""Workbooks that openpyxl can write again."""


@dataclass(frozen=True)
class Erased:
    """How many rows of the person were deleted, by place: a table's name, or a file's path.

    masked: how the email is shown to anybody. by_hand: workbooks that cannot be rewritten (.ods, .xls):
    somebody has to look into them. unread: files and folders that could not be read or written, and why: the
    person may still be there. accounts: keys of the person in a target that is not ours, whose row stays.
    """

    email: str
    masked: str
    places: dict[str, int]
    by_hand: tuple[str, ...] = ()
    unread: dict[str, str] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Rows deleted in all."""
        return sum(self.places.values())


def erase(engine: Engine, settings: UsersSettings, email: str) -> Erased:
    """Delete every row of the person with this email, whatever its case. The daily workbook is not touched.

    Nor is the account in a target that is not ours: with it hang a login and more that we know nothing of.

    The tables come first, in one transaction; a file that cannot be read does not end the rest. Half-written
    files, which a killed step left, are deleted whole; a step that writes one now is tried again.

    Raises:
        FatalError: the email is empty, or the tables are not ours.
        TargetBusyError: somebody else's transaction keeps the tables locked.
    """
    key = spelling.email_keys(pd.Series([email], dtype="str"))[0]
    if pd.isna(key):
        raise FatalError("no email given: python -m etl erase EMAIL")
    with transaction(engine) as connection:
        users = ensure_tables(connection, TARGETS[settings.users_target])
        accounts = _accounts(connection, users, key)
        places = _erase_users(connection, key) if users.target.ours else _forget(connection, accounts)
        places |= _erase_rows(connection, key)
    unread: dict[str, str] = {}
    with _noting(settings.staging_url, unread):
        for folder in run_folders(UPath(settings.staging_url), USERS_FRAMES):
            _delete(folder.glob(".*.part"), unread)
            for frame in sorted(folder.glob("*.parquet")):
                with _noting(frame, unread):
                    places[str(frame)] = _erase_from_parquet(frame, key)
    _delete(half_written_workbooks(settings), unread)
    workbooks = [*rejected_workbooks(settings), *find_replays(settings.replay_path)]
    for path in workbooks:
        if path.suffix.lower() in REWRITABLE:
            with _noting(path, unread):
                places[str(path)] = _erase_from_workbook(path, key, settings.read_limits)
    by_hand = tuple(str(path) for path in workbooks if path.suffix.lower() not in REWRITABLE)
    found = {place: rows for place, rows in places.items() if rows}
    masked = spelling.masked_emails(pd.Series([key], dtype="str"))[0]
    return Erased(email=key, masked=masked, places=found, by_hand=by_hand, unread=unread, accounts=accounts)


@contextmanager
def _noting(place: object, unread: dict[str, str]) -> Iterator[None]:
    """Note why a place could not be read and go on with the next one."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever a file's reader or a store's client raises
        unread[str(place)] = first_line(error)


def _delete(files: Iterable[Path | UPath], unread: dict[str, str]) -> None:
    for file in list(files):
        with _noting(file, unread):
            file.unlink(missing_ok=True)


def _accounts(connection: Connection, users: Stored, key: str) -> tuple[str, ...]:
    """The keys of the person in a target that is not ours: only the platform can delete an account."""
    if users.target.ours:
        return ()
    of_person = has_email(users.person.columns["email"], key)
    return tuple(map(str, connection.scalars(select(users.person.key).where(of_person))))


def _forget(connection: Connection, accounts: tuple[str, ...]) -> dict[str, int]:
    """Delete what we saw of the person."""
    of_person = delete(SEEN).where(SEEN.c.user_id.in_([UUID(each) for each in accounts]))
    return {SEEN.name: connection.execute(of_person).rowcount}


def _erase_users(connection: Connection, key: str) -> dict[str, int]:
    """Delete from `users`, and its interests."""
    metadata = MetaData()
    users = Table(USERS.name, metadata, autoload_with=connection)
    of_person = select(users.c.user_id).where(has_email(users.c.email, key))
    places = {}
    # Absent until the first load has committed.
    if inspect(connection).has_table(USER_INTERESTS.name):
        named = Table(USER_INTERESTS.name, metadata, autoload_with=connection)
        erased = connection.execute(delete(named).where(named.c.user_id.in_(of_person)))
        places[named.name] = erased.rowcount
    erased_users = connection.execute(delete(users).where(has_email(users.c.email, key)))
    return {**places, users.name: erased_users.rowcount}


def _erase_rows(connection: Connection, key: str) -> dict[str, int]:
    """Delete from `quarantine` and the staging tables."""
    refused = connection.execute(delete(QUARANTINE).where(has_email(QUARANTINE.c.email, key)))
    places = {QUARANTINE.name: refused.rowcount}
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


def _erase_from_parquet(path: UPath, key: str) -> int:
    folder = RunFolder(str(path.parent))
    frame = folder.read_frame(path.stem)
    column = "email_key" if "email_key" in frame.columns else "email"
    of_person = spelling.same_emails(frame[column], key)
    if of_person.any():
        folder.write_frame(path.stem, frame[~of_person])
    return int(of_person.sum())


def _erase_from_workbook(path: Path, key: str, limits: ReadLimits) -> int:
    """Delete the person's rows from every sheet, wherever the sheet's header stands."""
    rows = rows_with_email(str(path), key, limits)
    erased = sum(map(len, rows.values()))
    if erased:
        workbook = load_workbook(path)
        for sheet, numbers in rows.items():
            for number in reversed(numbers):
                workbook[sheet].delete_rows(number)
        part = path.with_name(f".{path.name}.part")
        private.create_file(part)
        workbook.save(part)
        shutil.copymode(path, part)
        part.rename(path)
    return erased
