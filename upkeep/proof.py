"""The proof that the newest backup is one: opened, compared and restored."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import FatalError
from pipeline.messages import first_line, shown
from upkeep import manifest, sealed
from upkeep.backup import backups, made_at, scratch
from upkeep.postgres import restore
from upkeep.settings import UpkeepSettings

if TYPE_CHECKING:
    from sqlalchemy import URL

PREFIX = "upkeep_scratch_"
"""Of the databases into which dumps are restored; one that a killed proof left goes with the next one."""


@dataclass(frozen=True)
class Proof:
    """What the newest backup proved to be.

    backups: how many there are. hours: age of the newest; None without any. wrong_files, wrong_tables: of the
    files and tables in it, those that are missing or others than when it was made. problem: why it cannot be
    opened or restored, in one line; empty: it can.
    """

    backups: int = 0
    hours: float | None = None
    files: int = 0
    wrong_files: int = 0
    tables: int = 0
    wrong_tables: int = 0
    rows: int = 0
    problem: str = ""


def prove(settings: UpkeepSettings, server: "URL", *, now: datetime) -> Proof:
    """Open the newest backup, compare its files, and restore its dumps into scratch databases.

    server: a database whose server takes the scratch databases; its role may create databases.

    Raises:
        FatalError: the role may not create databases.
        RetriableError: the storage does not answer.
    """
    found = backups(settings)
    if not found:
        return Proof(problem="There is no backup.")
    newest = found[0]
    hours = (now - made_at(newest)).total_seconds() / 3600
    with scratch(settings) as folder:
        content = folder / "content"
        content.mkdir()
        try:
            sealed.unseal(newest, content, sealed.identity(settings.backup_identity))
            listed = manifest.read(content, place=newest.name)
        except FatalError as broken:
            return Proof(len(found), hours, wrong_files=1, wrong_tables=1, problem=str(broken))
        return _restored(settings, server, content, listed, Proof(len(found), hours, len(listed.files)))


def _restored(
    settings: UpkeepSettings, server: "URL", content: Path, listed: manifest.Manifest, so_far: Proof
) -> Proof:
    problem, wrong = "", 0
    for name, wanted in listed.tables.items():
        dump = content / "databases" / f"{name}.dump"
        with _scratch_database(server) as url:
            try:
                counts: Mapping[str, int] = restore(dump, url, programs=settings.postgres_bin)
            except FatalError as broken:
                counts, problem = {}, f"The dump of {name} cannot be restored: {broken}"
        wrong += sum(counts.get(table) != rows for table, rows in wanted.items())
    tables = sum(len(tables) for tables in listed.tables.values())
    return Proof(
        so_far.backups,
        so_far.hours,
        so_far.files,
        tables=tables,
        wrong_tables=wrong,
        rows=listed.rows,
        problem=problem,
    )


@contextmanager
def _scratch_database(server: "URL") -> "Iterator[URL]":
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError

    name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            left = "SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)"
            for old in connection.scalars(text(left), {"prefix": PREFIX}).all():
                connection.execute(text(f"DROP DATABASE {old} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        yield server.set(database=name)
    except DBAPIError as error:
        raise FatalError(
            f"No scratch database for the proof: {shown(first_line(error.orig))}. "
            f'ALTER ROLE "{server.username}" CREATEDB lets the maintenance make one.'
        ) from error
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()
