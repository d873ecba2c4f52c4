"""Old logs of tasks and services, in folders of this machine and on storages such as S3."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from upath import UPath

from pipeline.errors import FatalError, RetriableError
from pipeline.messages import first_line

LOCAL = frozenset({"", "file", "local"})
PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Cleaned:
    """Log files that were deleted, or would be in a dry run, and the bytes that they took."""

    files: int = 0
    bytes: int = 0

    def __add__(self, other: "Cleaned") -> "Cleaned":
        return Cleaned(self.files + other.files, self.bytes + other.bytes)


def clean_logs(places: Sequence[str], *, older_than: datetime, dry_run: bool = False) -> Cleaned:
    """Delete the log files of these folders or fsspec URLs that were last written before a moment.

    Symbolic links are neither followed nor deleted, and a file that a process writes to stays, however old.
    Folders that become empty go, too. A folder that is not there has no logs.

    Raises:
        FatalError: a place is the root of a file system or no folder, or its files may not be deleted.
        RetriableError: a storage does not answer.
    """
    limit = older_than.astimezone(UTC)
    found = Cleaned()
    for place in places:
        path = UPath(place)
        clean = _clean_folder if path.protocol in LOCAL else _clean_storage
        found += clean(path, limit, dry_run)
    return found


def _clean_folder(path: UPath, limit: datetime, dry_run: bool) -> Cleaned:
    folder = Path(path.path)
    if folder.resolve() == Path(folder.anchor or "/"):
        raise FatalError(f"{folder}: the whole file system is no folder of logs. Correct UPKEEP_LOG_URLS.")
    if not folder.exists():
        return Cleaned()
    if not folder.is_dir():
        raise FatalError(f"{folder}: no folder, so it has no logs. Correct UPKEEP_LOG_URLS.")
    try:
        return _clean_tree(folder.resolve(), limit.timestamp(), dry_run)
    except PermissionError as error:
        raise FatalError(
            f"{error.filename or folder} below {folder} may not be deleted by uid {os.getuid()}: "
            "logs of another user. Give it to the user of the tasks."
        ) from error


def _clean_tree(folder: Path, limit: float, dry_run: bool) -> Cleaned:
    """Bottom up, by descriptors of the folders: one that becomes a link meanwhile leads nowhere else."""
    written = _written_now()
    files = size = 0
    emptied: set[str] = set()
    for place, folders, names, descriptor in os.fwalk(folder, topdown=False, follow_symlinks=False):
        gone = 0
        for name in names:
            entry = _entry(name, descriptor)
            if entry is None or not _is_old(entry, limit) or (entry.st_dev, entry.st_ino) in written:
                continue
            files, size, gone = files + 1, size + entry.st_size, gone + 1
            if not dry_run:
                _unlink(name, descriptor)
        if dry_run:
            continue
        for name in folders:
            if os.path.join(place, name) in emptied:  # noqa: PTH118 - a hundred thousand of them
                # Somebody may write there again, or have been faster.
                with suppress(OSError):
                    os.rmdir(name, dir_fd=descriptor)
                    gone += 1
        if gone:
            emptied.add(place)
    return Cleaned(files, size)


def _entry(name: str, descriptor: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is_old(entry: os.stat_result, limit: float) -> bool:
    return stat.S_ISREG(entry.st_mode) and entry.st_mtime < limit


def _unlink(name: str, descriptor: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=descriptor)


def _written_now() -> frozenset[tuple[int, int]]:
    """Device and number of every file that a process holds open, as far as we may see it.

    A service that has said nothing for a month still writes to its log.
    """
    return frozenset(_open_files())


def _open_files() -> Iterator[tuple[int, int]]:
    for process in PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            for each in (process / "fd").iterdir():
                with suppress(OSError):
                    entry = each.stat()
                    yield entry.st_dev, entry.st_ino


def _clean_storage(path: UPath, limit: datetime, dry_run: bool) -> Cleaned:
    bucket = path.path.strip("/")
    if not bucket:
        raise FatalError(f"{path}: a whole storage is no folder of logs. Correct UPKEEP_LOG_URLS.")
    try:
        path.fs.invalidate_cache()
        found: Mapping[str, Mapping[str, Any]] = path.fs.find(f"{bucket}/", detail=True)
        old = [name for name, entry in found.items() if _modified(entry, path, name) < limit]
        inside = [name for name in old if name.startswith(f"{bucket}/")]
        if inside and not dry_run:
            path.fs.rm(inside)
    except FileNotFoundError:
        return Cleaned()
    except PermissionError as error:
        raise FatalError(f"{path}: {first_line(error)}. The login needs to list and delete.") from error
    except Exception as error:  # whatever a storage's client raises
        raise RetriableError(f"{path}: {first_line(error)}. Check that the storage answers.") from error
    return Cleaned(len(inside), sum(int(found[name].get("size") or 0) for name in inside))


def _modified(entry: Mapping[str, Any], path: UPath, name: str) -> datetime:
    found: datetime = entry.get("LastModified") or path.fs.modified(name)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
