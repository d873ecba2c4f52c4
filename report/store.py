"""The files of the report: a folder a verdict, on any storage that fsspec knows, whole or not there.

A folder is written once; nothing is shared between verdicts, so nobody waits for anybody.
"""

import errno
import hashlib
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from upath import UPath

from pipeline import private
from pipeline.names import slug
from report.said import Language

RUNS = "runs"
"""Folder below `QualitySettings.path`: `runs/<gate>/<run>/<when>/`."""

PAGES: Mapping[Language, str] = {"en": "index.html", "fr": "index.fr.html"}
REPORT = "report.json"
RESULT = "result.json"
GREAT_EXPECTATIONS = "great_expectations.html"
ROWS = "rows.csv"
CHECKSUMS = "SHA256SUMS"
"""Written last: a folder that has it is complete."""

WHEN = "%Y%m%dT%H%M%S.%fZ"
WHEN_LENGTH = len("20261124T020000.000000Z")

LONGEST_NAME, LONGEST_PATH = 255, 800
"""Bytes: what file systems take of a name, and S3 of a path with what stands before it. Ours are shorter."""

LOCAL = ("", "file", "local")
# A storage that is away is given up after seconds, not after the two minutes that s3fs takes by default.
OPTIONS: Mapping[str, Mapping[str, Any]] = {"s3": {"config_kwargs": {"retries": {"total_max_attempts": 2}}}}
NO_SUCH_FILE = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.ELOOP)
ATTEMPTS = 3


def folder_of(gate: str, run: str, started: datetime) -> str:
    """The folder of a verdict, relative to the store.

    started: aware; to the microsecond, so that a repeated gate has a folder of its own.
    """
    return f"{RUNS}/{slug(gate)}/{slug(run)}/{started.astimezone(UTC):{WHEN}}"


def when_of(folder: str) -> datetime | None:
    """When the gate of a folder began, as its name says; None when it is no folder of a verdict."""
    name = folder.rpartition("/")[2].removeprefix(".")
    try:
        return datetime.strptime(name[:WHEN_LENGTH], WHEN).replace(tzinfo=UTC)
    except ValueError:
        return None


def checksums(contents: Mapping[str, bytes]) -> bytes:
    """The list of files that `sha256sum --check` reads."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items())
    return "".join(lines).encode()


@dataclass(frozen=True)
class Store:
    """Where the report's files are. url: a path or an fsspec URL."""

    url: str

    @property
    def root(self) -> Path | UPath:
        """The folder of all. Raises ImportError when the storage's client is not installed."""
        path = UPath(self.url)
        if path.protocol in LOCAL:
            return Path(path.path)
        # A listing that is kept would not show what another process wrote.
        options = {"use_listings_cache": False, **OPTIONS.get(path.protocol, {})}
        remote: UPath = UPath(self.url, **options)
        return remote

    def write(self, folder: str, files: Mapping[str, str]) -> None:
        """Write the files of a verdict, and a list of their checksums; they appear together.

        Where files cannot be renamed, the folder counts as not there until its list of checksums is.
        Raises OSError, or what the storage's client raises, when they cannot be written.
        """
        contents = {name: text.encode(errors="replace") for name, text in files.items()}
        contents[CHECKSUMS] = checksums(contents)
        target = self.root / folder
        if isinstance(target, Path):
            _write_folder(target, contents)
        else:
            for name, data in contents.items():
                _write_file(target / name, data)

    def rewrite(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Write some files of a complete verdict anew, each whole, and the checksums before the last of them.

        Whoever sees by the last file that there is something to write, sees it again after a writer died.
        """
        target = self.root / folder
        names = _listed(_read_file(target / CHECKSUMS))
        contents = {name: files[name] if name in files else _read_file(target / name) for name in names}
        *first, last = files
        for name in (*first, CHECKSUMS, last):
            _write_file(target / name, checksums(contents) if name == CHECKSUMS else files[name])

    def read(self, path: str) -> bytes | None:
        """The file at a path below the store; None when there is none, or when the path leads elsewhere.

        Raises OSError, or what the storage's client raises, when the storage cannot be read.
        """
        parts = PurePosixPath(path).parts
        if not parts or not all(map(_is_name, parts)) or len(path.encode()) > LONGEST_PATH:
            return None
        root = self.root
        target = root.joinpath(*parts)
        try:
            if isinstance(root, Path) and isinstance(target, Path):
                inside = target.resolve().is_relative_to(root.resolve())
                return target.read_bytes() if inside else None
            # Some servers answer for a folder with nothing.
            return _read_file(target) or (b"" if target.is_file() else None)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            if error.errno in NO_SUCH_FILE:
                return None
            raise

    def files(self, folder: str) -> dict[str, bytes]:
        """Every file of a complete verdict, by name; none when there is no such folder."""
        sums = self.read(f"{folder}/{CHECKSUMS}")
        if sums is None:
            return {}
        read = {name: self.read(f"{folder}/{name}") for name in (*_listed(sums), CHECKSUMS)}
        return {name: data for name, data in read.items() if data is not None}

    def folders(self) -> Iterator[str]:
        """The folders of all complete verdicts, relative to the store, in no order."""
        for folder, complete in self._all():
            if complete:
                yield folder

    def unfinished(self) -> Iterator[str]:
        """Folders that a writer or a deletion left half-way, or is at work on."""
        for folder, complete in self._all():
            if not complete:
                yield folder

    def _all(self) -> Iterator[tuple[str, bool]]:
        """Each folder of a verdict, and whether it is complete."""
        root = self.root
        if isinstance(root, Path):
            for path in _below(root / RUNS, levels=3):
                complete = not path.name.startswith(".") and (path / CHECKSUMS).exists()
                yield "/".join(path.parts[-4:]), complete
            return
        found: dict[str, bool] = {}
        for file in root.glob(f"{RUNS}/*/*/*/*"):
            folder = "/".join(file.parent.parts[-4:])
            found[folder] = found.get(folder, False) or file.name == CHECKSUMS
        yield from found.items()

    def delete(self, folder: str) -> None:
        """Delete the folder of a verdict, and those above that it leaves empty; nothing when it is gone."""
        target = self.root / folder
        if isinstance(target, Path):
            _delete_folder(target)
            return
        with suppress(FileNotFoundError, NotADirectoryError):
            # The list of checksums first: without it the folder is not there.
            for file in sorted(target.iterdir(), key=lambda file: file.name != CHECKSUMS):
                with suppress(FileNotFoundError):
                    file.unlink()


def _below(folder: Path, *, levels: int) -> Iterator[Path]:
    """Folders so many levels below one; what somebody deletes meanwhile is left out."""
    if levels == 0:
        yield folder
        return
    with suppress(FileNotFoundError, NotADirectoryError):
        for inner in list(folder.iterdir()):
            if inner.is_dir():
                yield from _below(inner, levels=levels - 1)


def _is_name(part: str) -> bool:
    """Whether a part of a path may be the name of a file of ours."""
    try:
        length = len(part.encode())
    except UnicodeEncodeError:
        return False
    return not part.startswith((".", "/")) and "\0" not in part and length <= LONGEST_NAME


def _listed(sums: bytes) -> list[str]:
    return [line.split("  ", 1)[1] for line in sums.decode().splitlines()]


def _read_file(file: Path | UPath) -> bytes:
    """The content of a file, in one request: a file that is opened first may be another when it is read."""
    if isinstance(file, Path):
        return file.read_bytes()
    return bytes(file.fs.cat_file(file.path))


def _write_file(file: Path | UPath, data: bytes) -> None:
    """Write a file; it appears whole or not at all."""
    if isinstance(file, Path):
        part = file.with_name(f".{file.name}.part-{uuid.uuid4().hex[:8]}")
        private.create_file(part)
        part.write_bytes(data)
        part.rename(file)
    else:
        file.fs.pipe_file(file.path, data)


def _write_folder(target: Path, contents: Mapping[str, bytes]) -> None:
    """All files at once: written into a folder aside, which is then given its name."""
    part = target.with_name(f".{target.name}.part-{uuid.uuid4().hex[:8]}")
    _make(part)
    try:
        for name, data in contents.items():
            private.create_file(part / name)
            (part / name).write_bytes(data)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _make(folder: Path) -> None:
    """Make a folder; a deletion may take an empty one above it away at the same moment."""
    for _ in range(ATTEMPTS):
        with suppress(FileNotFoundError):
            return private.make_folder(folder)
    return private.make_folder(folder)


def _delete_folder(target: Path) -> None:
    """Out of sight first: a reader sees the folder whole or not at all."""
    aside = target.with_name(f".{target.name.lstrip('.')[:WHEN_LENGTH]}.gone-{uuid.uuid4().hex[:8]}")
    try:
        target.rename(aside)
    except FileNotFoundError:
        return
    # Who else deletes what is aside may be quicker with some of its files.
    for _ in range(ATTEMPTS):
        with suppress(FileNotFoundError):
            shutil.rmtree(aside)
            break
    for parent in list(target.parents)[:2]:
        try:
            parent.rmdir()
        except OSError:
            return
