"""Databases of the tests' own PostgreSQL.

One that was emptied is as good as a new one, which takes ten times as long.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, text

TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
CHANGED = """
SELECT datacl IS NOT NULL OR datconnlimit <> -1
    OR EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = pg_database.oid)
    OR EXISTS (SELECT FROM pg_default_acl)
    OR EXISTS (SELECT FROM pg_extension WHERE extname <> 'plpgsql')
FROM pg_database WHERE datname = current_database()
"""
"""Whether something else than what stands in the schemas is not as in a new database."""
PUBLIC = """
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


@contextmanager
def database(postgres: URL, *, template: str = "template1") -> Iterator[Engine]:
    """An engine on a database of its own, which is dropped afterwards. template: what it is a copy of."""
    name = _create(postgres, template)
    engine = create_engine(postgres.set(database=name))
    yield engine
    engine.dispose()
    _drop(postgres, name)


class Databases:
    """Databases that tests use one after the other."""

    def __init__(self, postgres: URL) -> None:
        self.postgres = postgres
        self.free: list[str] = []

    @contextmanager
    def empty(self) -> Iterator[Engine]:
        """An engine on an empty database that nobody else uses."""
        name = self.free.pop() if self.free else _create(self.postgres, "template1")
        engine = create_engine(self.postgres.set(database=name))
        yield engine
        engine.dispose()
        if _emptied(self.postgres.set(database=name)):
            self.free.append(name)
        else:
            _drop(self.postgres, name)

    def drop(self) -> None:
        """Drop what nobody uses."""
        while self.free:
            _drop(self.postgres, self.free.pop())


def _emptied(url: URL) -> bool:
    """Make the database as a new one; False when that is not possible."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(TERMINATE))
            if connection.scalar(text(CHANGED)):
                return False
            _replace_schemas(connection)
    finally:
        engine.dispose()
    return True


def _replace_schemas(connection: Connection) -> None:
    for schema in connection.scalars(text(SCHEMAS)).all():
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
    connection.execute(text(PUBLIC))


def _create(postgres: URL, template: str) -> str:
    name = f"test_{uuid.uuid4().hex[:12]}"
    _run(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def _drop(postgres: URL, name: str) -> None:
    _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def _run(postgres: URL, statement: str) -> None:
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()
