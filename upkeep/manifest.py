"""What a backup says of itself: its files with their checksums, and how many rows each table had."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline.errors import FatalError
from pipeline.folder import checksum
from pipeline.handover import as_json, from_json

NAME = "manifest.json"
PRODUCT = "inlearning-data-quality"
VERSION = 1


@dataclass(frozen=True)
class File:
    """A file of a backup: its SHA-256 and its bytes."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    made_at: ISO 8601 in UTC. files: by their path in the backup. tables: rows by table, by the name of the
    database (`airflow`, `users`).
    """

    made_at: str
    files: Mapping[str, File]
    tables: Mapping[str, Mapping[str, int]]
    product: str = PRODUCT
    version: int = VERSION

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(sum(tables.values()) for tables in self.tables.values())


def describe(folder: Path, *, made_at: str, tables: Mapping[str, Mapping[str, int]]) -> Manifest:
    """The manifest of what stands in a folder, written into it."""
    files = {name: File(checksum(str(folder / name)), (folder / name).stat().st_size) for name in _in(folder)}
    manifest = Manifest(made_at, files, tables)
    (folder / NAME).write_text(json.dumps(as_json(manifest), indent=2))
    return manifest


def read(folder: Path, *, place: str) -> Manifest:
    """The manifest of an unpacked backup, whose files are all there and unchanged.

    place: what the backup is called in an error. Raises FatalError, in one line, otherwise.
    """
    try:
        manifest = from_json(Manifest, json.loads((folder / NAME).read_text()))
    except (OSError, ValueError, ValidationError):
        raise FatalError(
            f"{place}: no backup of ours, it has no readable {NAME}. Take another one."
        ) from None
    if (manifest.product, manifest.version) != (PRODUCT, VERSION):
        raise FatalError(
            f"{place}: a backup of {manifest.product}, version {manifest.version}; this restores {PRODUCT}, "
            f"version {VERSION}."
        )
    found = _in(folder)
    wrong = sorted(set(found) ^ set(manifest.files)) or [
        name for name, file in manifest.files.items() if checksum(str(folder / name)) != file.sha256
    ]
    if wrong:
        raise FatalError(
            f"{place}: {len(wrong)} of {len(manifest.files)} files are missing, foreign or changed "
            f"({wrong[0]}). Take another one."
        )
    return manifest


def _in(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != NAME
    )
