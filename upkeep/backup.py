"""A backup: databases, Airflow's own entries, the environment and files, in one encrypted file."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from upath import UPath

from pipeline import private
from pipeline.errors import FatalError, RetriableError
from pipeline.messages import first_line
from upkeep import manifest, sealed
from upkeep.airflow_command import METADATA, airflow
from upkeep.postgres import dump
from upkeep.settings import UpkeepSettings

if TYPE_CHECKING:
    from sqlalchemy import URL

AIRFLOW, USERS = "airflow", "users"
"""The databases: Airflow's own, and the one with the users' and the quality tables."""
ENTRIES = ("connections", "variables", "pools")
"""What Airflow exports; its passwords are plain there."""
OURS = re.compile(r"\A(AIRFLOW|ETL_|QUALITY_|REINDEX_|ELASTICSEARCH_|ALERT_|UPKEEP_|LEARNING_PLATFORM_|AWS_)")
"""Variables that are configuration, the fernet key and connections among them."""
BACKUP = re.compile(r"\Abackup-(\d{8}T\d{6}Z)\.tar\.age\Z")
PART = re.compile(r"\A\.backup-.*\.part\Z")
FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class BackedUp:
    """A backup that was made. removed: names of older ones that were deleted for it."""

    place: str
    bytes: int
    files: int
    rows: int
    removed: tuple[str, ...]


def export_entries(folder: Path, url: str) -> None:
    """Write Airflow's `ENTRIES` into a new folder. url: of its database."""
    folder.mkdir()
    for kind in ENTRIES:
        airflow(url, kind, "export", str(folder / f"{kind}.json"))


def back_up(
    databases: "Mapping[str, URL]",
    settings: UpkeepSettings,
    *,
    now: datetime,
    export: Callable[[Path, str], None] = export_entries,
) -> BackedUp:
    """Make a backup, and delete all but the last `backup_keep`.

    databases: `AIRFLOW` and `USERS`. export: writes Airflow's entries into a folder.

    Raises:
        FatalError: something that should be in it is not there, or may not be read.
        RetriableError: a database or the storage does not answer.
    """
    to = _recipients(settings)
    with scratch(settings) as folder:
        content = folder / "content"
        (content / "databases").mkdir(parents=True)
        tables = {
            name: dump(url, content / "databases" / f"{name}.dump", programs=settings.postgres_bin)
            for name, url in databases.items()
        }
        export(content / "airflow", databases[AIRFLOW].render_as_string(hide_password=False))
        _copy_files(content, settings)
        made = manifest.describe(content, made_at=now.astimezone(UTC).isoformat(), tables=tables)
        target = UPath(settings.backup_url) / f"backup-{now.astimezone(UTC).strftime(FORMAT)}.tar.age"
        size = sealed.seal(content, target, to)
    return BackedUp(str(target), size, len(made.files), made.rows, _rotate(settings, now))


def backups(settings: UpkeepSettings) -> list[UPath]:
    """The backups there are, newest first. Raises RetriableError when their place does not answer."""
    place = UPath(settings.backup_url)
    try:
        found = [path for path in place.iterdir() if BACKUP.match(path.name)] if place.exists() else []
    except Exception as error:
        raise RetriableError(f"{place}: {first_line(error)}. Check that the storage answers.") from error
    return sorted(found, key=lambda path: path.name, reverse=True)


def made_at(backup: UPath) -> datetime:
    """When a backup was made, by its name."""
    found = BACKUP.match(backup.name)
    return datetime.strptime(found[1] if found else "", FORMAT).replace(tzinfo=UTC)


@contextmanager
def scratch(settings: UpkeepSettings) -> Iterator[Path]:
    """A private folder for what is plain for a moment; gone at the end."""
    place = Path(settings.scratch_path)
    private.make_folder(place)
    with tempfile.TemporaryDirectory(prefix="upkeep-", dir=place) as folder:
        yield Path(folder)


def _recipients(settings: UpkeepSettings) -> list[object]:
    own = sealed.identity(settings.backup_identity).to_public()
    return [own, *sealed.recipients(settings.recipients)]


def _copy_files(content: Path, settings: UpkeepSettings) -> None:
    found = {name: value for name, value in os.environ.items() if OURS.match(name) and name != METADATA}
    (content / "environment.json").write_text(json.dumps(found, indent=2, sort_keys=True))
    (content / "files").mkdir()
    for place in settings.backup_files:
        source, target = Path(place), content / "files" / Path(place).name
        if not source.exists() or target.exists():
            what = "is not there" if not source.exists() else f"has the name of another: {source.name}"
            raise FatalError(f"{source} of UPKEEP_BACKUP_PATHS {what}. Nothing was backed up.")
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)


def _rotate(settings: UpkeepSettings, now: datetime) -> tuple[str, ...]:
    old = backups(settings)[settings.backup_keep :]
    yesterday = (now - timedelta(days=1)).timestamp()
    half = [
        path
        for path in UPath(settings.backup_url).iterdir()
        if PART.match(path.name) and path.stat().st_mtime < yesterday
    ]
    for path in (*old, *half):
        path.unlink()
    return tuple(path.name for path in old)
