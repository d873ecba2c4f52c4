"""Folders and files that only their owner may read, whatever the umask is: they hold personal data.

On a storage that is no file system of this machine the rights are the storage's own.
"""

import os
from pathlib import Path

from upath import UPath

FOLDER = 0o700
FILE = 0o600


def make_folder(folder: Path | UPath) -> None:
    """Make a folder, and private ones above it where there is none; one that is there stays as it is."""
    local = _local(folder)
    if local is None:
        folder.mkdir(parents=True, exist_ok=True)
        return
    absent = [each for each in (local, *local.parents) if not each.exists()]
    for each in reversed(absent):
        each.mkdir(mode=FOLDER, exist_ok=True)


def create_file(file: Path | UPath) -> None:
    """Make a file empty and private; whoever writes it then leaves it so."""
    local = _local(file)
    if local is not None:
        descriptor = os.open(local, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE)
        try:
            # One that a killed step left may be older than this rule.
            os.fchmod(descriptor, FILE)
        finally:
            os.close(descriptor)


def _local(place: Path | UPath) -> Path | None:
    if isinstance(place, Path):
        return place
    return Path(place.path) if place.protocol in {"file", "local"} else None
