"""Which workbooks a run reads, and whether they are ready to be read."""

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import glob
from pathlib import Path

from etl.errors import WorkbookError, WorkbookNotReadyError

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


@dataclass(frozen=True)
class Workbook:
    """One workbook on disk, as it was when the run looked at it.

    checksum: SHA-256 of its bytes, hexadecimal. size: bytes. modified: aware, UTC.
    """

    path: str
    checksum: str
    size: int
    modified: datetime

    @property
    def name(self) -> str:
        """The file's name, as verdicts and messages show it."""
        return Path(self.path).name


def find(users_path: str) -> list[Path]:
    """The workbooks that a path, a folder or a glob stands for, in name order; what exists is no glob.

    Raises:
        WorkbookNotReadyError: there is none.
        WorkbookError: the path is a file that is not a workbook.
    """
    path = Path(users_path)
    if path.is_dir():
        found = list(path.iterdir())
    elif path.exists() and path.suffix.lower() not in SUFFIXES:
        raise WorkbookError(f"{path}: not a workbook ({', '.join(SUFFIXES)}). Save it as .xlsx.")
    elif path.exists():
        found = [path]
    else:
        found = [Path(name) for name in glob(users_path, recursive=True)]  # noqa: PTH207 - may be absolute
    workbooks = sorted((p for p in found if _is_workbook(p)), key=lambda p: (p.name, str(p)))
    if not workbooks:
        raise WorkbookNotReadyError(
            f"{users_path}: no workbook there. Deliver it, or correct ETL_USERS_PATH "
            "or the parameter 'workbook'."
        )
    return workbooks


def find_replays(replay_path: str) -> list[Path]:
    """The corrected workbooks that wait in the replay folder, in name order; none when there is no folder."""
    folder = Path(replay_path)
    return sorted(p for p in folder.iterdir() if _is_workbook(p)) if folder.is_dir() else []


def newest(users_path: str, replay_path: str) -> datetime | None:
    """When the newest workbook was written (UTC) that is no replay; None when there is none.

    Raises WorkbookError as `find` does.
    """
    replays = find_replays(replay_path)
    try:
        written = [path.stat().st_mtime for path in find(users_path) if path not in replays]
    except (WorkbookNotReadyError, FileNotFoundError):
        return None
    return datetime.fromtimestamp(max(written), tz=UTC) if written else None


def _is_workbook(path: Path) -> bool:
    hidden = path.name.startswith(("~$", "."))
    return path.is_file() and not hidden and path.suffix.lower() in SUFFIXES


def take(paths: Sequence[Path], *, settle_seconds: float) -> list[Workbook]:
    """The workbooks once nobody writes them: no lock file, and size and date stand still.

    settle_seconds: seconds over which they must not change.

    Raises:
        WorkbookNotReadyError: somebody has it open, or is still writing it.
        WorkbookError: this user may not read it.
    """
    for path in paths:
        lock = _lock_file(path)
        if lock:
            raise WorkbookNotReadyError(
                f"{path}: open in a spreadsheet program ({lock.name}). Close it there."
            )
    before = [_state(path) for path in paths]
    time.sleep(settle_seconds)
    workbooks = [_workbook(path) for path in paths]
    for path, state in zip(paths, before, strict=True):
        if _state(path) != state:
            raise WorkbookNotReadyError(
                f"{path}: still being written (its size or date changed). Wait for the copy."
            )
    return workbooks


def _lock_file(path: Path) -> Path | None:
    """The lock that Excel (`~$name`) or LibreOffice (`.~lock.name#`) keeps beside an open workbook."""
    candidates = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    return next((lock for lock in candidates if lock.exists()), None)


def _state(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except FileNotFoundError as gone:
        raise WorkbookNotReadyError(f"{path}: gone while it was looked at. Deliver it again.") from gone
    return stat.st_size, stat.st_mtime_ns


def _workbook(path: Path) -> Workbook:
    stat = path.stat()
    try:
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError as error:
        raise WorkbookError(
            f"{path}: uid {os.geteuid()} may not read it (it belongs to uid {stat.st_uid}, mode "
            f"{stat.st_mode & 0o777:o}). Give it to that user, or let it read the file, and start again."
        ) from error
    modified = datetime.fromtimestamp(stat.st_mtime, tz=UTC)
    return Workbook(path=str(path), checksum=checksum, size=stat.st_size, modified=modified)


def combined_checksum(workbooks: Sequence[Workbook]) -> str:
    """One checksum for several workbooks, in their order; their names do not matter."""
    return hashlib.sha256("".join(book.checksum for book in workbooks).encode()).hexdigest()
