"""A backup becomes the state of this machine's stack: made whole beside it, then swapped in."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url
from upath import UPath

from local.errors import LocalStackError
from local.settings import StackSettings
from local.stack import postgres
from local.stack.credentials import replace_private, stored_credentials
from local.stack.environment import METADATA_DATABASE, USERS_DATABASE, database_url
from local.stack.stack import Stack
from local.stack.waiting import wait_until
from pipeline import private
from pipeline.messages import last_line
from upkeep import manifest, sealed
from upkeep.backup import AIRFLOW, USERS
from upkeep.postgres import restore as restore_dump

DATABASES = {AIRFLOW: METADATA_DATABASE, USERS: USERS_DATABASE}
SECRETS = {
    "fernet_key": "AIRFLOW__CORE__FERNET_KEY",
    "jwt_secret": "AIRFLOW__API_AUTH__JWT_SECRET",
    "session_secret": "AIRFLOW__API__SECRET_KEY",
}
"""The stack's credentials, by their variables in the environment of a backup."""
STOP_SECONDS = 60


@dataclass(frozen=True)
class Restored:
    """What was restored. rows: of all tables. dags: names of DAG files that were not here.

    files: folder with the other files of the backup. before: folder with what was here; None: nothing was.
    """

    made_at: str
    rows: int
    dags: tuple[str, ...]
    files: Path
    before: Path | None


def restore(settings: StackSettings, backup: str, identity: Path) -> Restored:
    """Bring a stack, which is stopped for it, to the state of a backup (a path or an fsspec URL).

    identity: file with the age identity that opens it. Whatever is wrong with the backup is found before
    anything here is touched.

    Raises:
        FatalError: the backup is broken, foreign, or for another identity; LocalStackError: without one.
        RetriableError: its storage does not answer.
    """
    if not backup:
        raise LocalStackError("Which backup? make restore BACKUP=var/backup/backups/backup-….tar.age")
    if not identity.is_file():
        raise LocalStackError(
            f"No identity at {identity}, and a backup opens with nothing else. Copy it there, or name it: "
            "make restore BACKUP=… IDENTITY=…"
        )
    beside = settings.model_copy(update={"root": settings.root.with_name(f"{settings.root.name}.restoring")})
    with _emptied(beside.root):
        content = beside.root / "content"
        private.make_folder(content)
        sealed.unseal(UPath(backup), content, sealed.identity(str(identity)))
        found = manifest.read(content, place=backup)
        _restore_databases(beside, content, found)
        _write_credentials(settings, beside, content)
        Stack(settings).stop()
        before, files = _swap(settings, beside)
        return Restored(found.made_at, found.rows, _missing_dags(settings, files), files, before)


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    shutil.rmtree(folder, ignore_errors=True)
    private.make_folder(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _restore_databases(beside: StackSettings, content: Path, found: manifest.Manifest) -> None:
    """Restore the dumps into a PostgreSQL of their own, and compare what is in it then."""
    postgres.prepare(beside)
    with _running(beside):
        for name, database in DATABASES.items():
            postgres.create_database(beside, database)
            dump = content / "databases" / f"{name}.dump"
            counts = restore_dump(dump, make_url(database_url(beside, database)))
            if counts != found.tables[name]:
                raise LocalStackError(
                    f"The dump of {name} restores {sum(counts.values()):,} rows, and "
                    f"{sum(found.tables[name].values()):,} were dumped. Nothing was "
                    "changed; take another backup."
                )


@contextmanager
def _running(settings: StackSettings) -> Iterator[None]:
    program = postgres.program(settings)
    log = settings.root / "postgresql.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            program.command, stdout=file, stderr=file, user=program.user, group=program.user
        )
    try:
        ended_or_ready = lambda: server.poll() is not None or postgres.is_ready(settings)  # noqa: E731
        if not wait_until(ended_or_ready, seconds=settings.start_timeout) or server.poll() is not None:
            raise LocalStackError(f"PostgreSQL did not start for the restore: {last_line(log.read_text())}")
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(STOP_SECONDS)


def _write_credentials(settings: StackSettings, beside: StackSettings, content: Path) -> None:
    """The secrets of the backup; a cluster that is here keeps its own password and key."""
    environment = json.loads((content / "environment.json").read_text())
    secrets = {name: environment[variable] for name, variable in SECRETS.items() if variable in environment}
    replace_private(beside.credentials_path, json.dumps({**_of_cluster(settings, content), **secrets}))
    stored_credentials(beside.credentials_path)


def _of_cluster(settings: StackSettings, content: Path) -> Mapping[str, str]:
    if settings.elasticsearch_folder.exists():
        known = asdict(stored_credentials(settings.credentials_path))
    else:
        file = content / "files" / settings.credentials_path.name
        known = json.loads(file.read_text()) if file.exists() else {}
        # It is the key of a cluster that is not here: the first start makes another.
        known["elasticsearch_api_key"] = ""
    return {name: value for name, value in known.items() if name.startswith("elasticsearch_")}


def _swap(settings: StackSettings, beside: StackSettings) -> tuple[Path | None, Path]:
    """Put what was made into its place; returns where what was there is, and the backup's other files."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    before, files = settings.root / f"before-{now}", settings.root / f"restored-{now}"
    private.make_folder(settings.root)
    before.mkdir(mode=private.FOLDER)
    (beside.root / "content" / "files").rename(files)
    pairs = [
        (beside.postgres_data, settings.postgres_data),
        (beside.credentials_path, settings.credentials_path),
    ]
    moved = [(place, before / place.name) for _, place in pairs if place.exists()]
    try:
        for place, kept in moved:
            place.rename(kept)
        for made, place in pairs:
            made.rename(place)
    except OSError:
        for place, kept in moved:
            if kept.exists():
                shutil.rmtree(place, ignore_errors=True)
                kept.rename(place)
        raise
    if not moved:
        before.rmdir()
    return (before if moved else None), files


def _missing_dags(settings: StackSettings, files: Path) -> tuple[str, ...]:
    """Copy the DAG files that are not here; those that are here stay as they are."""
    backed_up = files / settings.dags_folder.name
    missing = [
        name
        for path in sorted(backed_up.rglob("*.py"))
        if not (settings.dags_folder / (name := path.relative_to(backed_up).as_posix())).exists()
    ]
    for name in missing:
        target = settings.dags_folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(backed_up / name, target)
    return tuple(missing)
