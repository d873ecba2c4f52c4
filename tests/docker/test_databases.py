"""docker/databases.sql on a real, fresh PostgreSQL, as the container of docker-compose.yml runs it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.docker.backing import Postgres, address, postgres

ROOT = Path(__file__).resolve().parents[2]
# Names and passwords that have to be quoted.
SETTINGS = {
    "AIRFLOW_DB_PASSWORD": "a'b",
    "POSTGRES_DB": "e-learning",
    "POSTGRES_USER": "Élève",
    "POSTGRES_PASSWORD": 'c"d',
}

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def made() -> Iterator[Postgres]:
    folder = ROOT / "var" / "test" / f"databases-{os.getpid()}"
    folder.mkdir(parents=True)
    with postgres(folder, SETTINGS) as running:
        yield running
    shutil.rmtree(folder)


def entered(postgres: Postgres, role: str, password: str, database: str) -> str:
    """Who one is after the login; the refusal otherwise."""
    engine = create_engine(address(postgres.port, role, password, database))
    try:
        with engine.connect() as connection:
            return str(connection.execute(text("SELECT current_user")).scalar_one())
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("role", "password", "database"), [("airflow", "a'b", "airflow"), ("Élève", 'c"d', "e-learning")]
)
def test_a_role_enters_its_own_database_with_its_password(
    made: Postgres, role: str, password: str, database: str
) -> None:
    assert entered(made, role, password, database) == role
    with pytest.raises(OperationalError, match="password authentication failed"):
        entered(made, role, "wrong", database)


@pytest.mark.parametrize(
    ("role", "password", "database"), [("airflow", "a'b", "e-learning"), ("Élève", 'c"d', "airflow")]
)
def test_no_role_enters_the_database_of_the_other(
    made: Postgres, role: str, password: str, database: str
) -> None:
    with pytest.raises(OperationalError, match="permission denied for database"):
        entered(made, role, password, database)


def test_nobody_logs_in_as_the_superuser(made: Postgres) -> None:
    with pytest.raises(OperationalError, match="password authentication failed"):
        entered(made, "postgres", "a'b", "postgres")


def test_the_owner_may_make_tables_and_is_no_superuser(made: Postgres) -> None:
    with made.engine.begin() as connection:
        connection.execute(text("CREATE TABLE made_by_owner (n int)"))
        assert (
            connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar()
            is False
        )
