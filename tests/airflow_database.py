"""Metadata databases for tests that run Airflow: copies of one that was migrated once."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, text

from local.settings import PROJECT, VAR
from tests.databases import database

MIGRATED = "migrated"
AIRFLOW = str(Path(sys.executable).with_name("airflow"))


@contextmanager
def migrated_database(postgres: URL, home: Path) -> Iterator[Engine]:
    """An engine on a metadata database of its own, as `airflow db migrate` leaves one.

    home: for an Airflow that migrates, when nobody has done it with these packages.
    """
    with database(postgres, template=_template(postgres, home)) as engine:
        yield engine


def _template(postgres: URL, home: Path) -> str:
    """The name of the migrated database, which stays for the next session."""
    packages = (PROJECT / "requirements-dev.txt").read_bytes()
    name = f"airflow_{hashlib.sha256(packages).hexdigest()[:12]}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with FileLock(VAR / "test" / f"{name}.lock"), admin.connect() as connection:
        if _comment(connection, name) != MIGRATED:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name}"))
            _migrate(postgres.set(database=name), home)
            connection.execute(text(f"COMMENT ON DATABASE {name} IS '{MIGRATED}'"))
    admin.dispose()
    return name


def _comment(connection: Connection, name: str) -> str | None:
    found = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :name"
    return connection.scalar(text(found), {"name": name})


def _migrate(url: URL, home: Path) -> None:
    variables = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url.render_as_string(hide_password=False),
    }
    done = subprocess.run(
        (AIRFLOW, "db", "migrate"), env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
