"""The files of the report: a folder a verdict, on any storage that fsspec knows, whole or not there.

A folder is written once and never again; nothing is shared between verdicts, so nobody waits for anybody.
"""

import hashlib
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from upath import UPath

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

LONGEST_NAME = 200


def folder_of(gate: str, run: str, started: datetime) -> str:
    """The folder of a verdict, relative to the store. started: to the microsecond, so a repeated gate has its own."""
    return f"{RUNS}/{slug(gate)}/{slug(run)}/{started:%Y%m%dT%H%M%S.%fZ}"


@dataclass(frozen=True)
class Store:
    """Where the report's files are. url: a path or an fsspec URL."""

    url: str

    @property
    def root(self) -> UPath:
        """The folder of all."""
        return UPath(self.url)

    def write(self, folder: str, files: Mapping[str, str]) -> None:
        """Write the files of a verdict, and a list of their checksums; they appear together.

        Raises OSError, or what the storage's client raises, when they cannot be written; then none is there.
        """
        contents = {name: text.encode() for name, text in files.items()}
        sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items())
        contents[CHECKSUMS] = sums.encode()
        target = self.root / folder
        if isinstance(target, Path):
            _write_folder(target, contents)
        else:
            for name, data in contents.items():
                (target / name).write_bytes(data)

    def read(self, path: str) -> bytes | None:
        """The file at a path below the store; None when there is none, or when the path leads elsewhere."""
        parts = PurePosixPath(path).parts
        wrong = any(part in ("..", "/") or len(part) > LONGEST_NAME or "\0" in part for part in parts)
        if wrong or not parts or path.startswith("/"):
            return None
        target = self.root.joinpath(*parts)
        if isinstance(target, Path) and not target.resolve().is_relative_to(Path(self.url).resolve()):
            return None
        try:
            return target.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def folders(self) -> Iterator[str]:
        """The folders of all complete verdicts, relative to the store, in no order."""
        for file in self.root.glob(f"{RUNS}/*/*/*/{CHECKSUMS}"):
            yield "/".join(file.parent.parts[-4:])

    def delete(self, folder: str) -> None:
        """Delete the folder of a verdict, and those above it that it leaves empty; nothing when it is gone."""
        target = self.root / folder
        if not isinstance(target, Path):
            for file in target.iterdir():
                file.unlink()
            return
        # Out of sight first: a reader sees the folder whole or not at all.
        aside = target.with_name(f".{target.name}.gone-{uuid.uuid4().hex[:8]}")
        try:
            target.rename(aside)
        except FileNotFoundError:
            return
        shutil.rmtree(aside)
        for parent in list(target.parents)[:2]:
            try:
                parent.rmdir()
            except OSError:
                return


def _write_folder(target: Path, contents: Mapping[str, bytes]) -> None:
    """All files at once: written into a folder aside, which is then given its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part-{uuid.uuid4().hex[:8]}")
    part.mkdir()
    try:
        for name, data in contents.items():
            (part / name).write_bytes(data)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
