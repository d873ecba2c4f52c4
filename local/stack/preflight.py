"""What must be true before anything starts: free ports and disk space. One line each when it is not."""

import shutil
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from local.errors import LocalStackError
from local.settings import ElasticsearchSettings

LEAST_FREE_BYTES = 3 * 2**30


@dataclass(frozen=True)
class NeededPort:
    """A port on 127.0.0.1, what needs it, and the variable that moves it elsewhere."""

    port: int
    service: str
    variable: str


def check_ports(needed: Iterable[NeededPort]) -> None:
    """Raise LocalStackError for the first port that another program listens on."""
    for need in needed:
        if port_in_use(need.port):
            raise LocalStackError(
                f"Port {need.port} ({need.service}) is in use{by_whom(need.port)}. "
                f"Stop that program or choose another port: {need.variable}=…"
            )


def check_disk(folder: Path, *, least_free: int = LEAST_FREE_BYTES) -> None:
    """Raise LocalStackError when the disk of a folder (there or not yet) has fewer free bytes than that."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < least_free:
        raise LocalStackError(
            f"{existing}: {free / 2**30:.1f} GiB of disk space free, {least_free / 2**30:.0f} GiB needed. "
            "Free some space or set LOCAL_ROOT to a folder on another disk."
        )


def check_certificates(settings: ElasticsearchSettings) -> None:
    """Raise LocalStackError when the certificate authority of a cluster of one's own is not there."""
    if settings.host and settings.ca_certs and not settings.ca_certs.expanduser().is_file():
        raise LocalStackError(f"No file {settings.ca_certs}. Correct ELASTICSEARCH_CA_CERTS or leave it out.")


def port_in_use(port: int) -> bool:
    """Whether 127.0.0.1 cannot be listened on at this port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        # As the services do: a port whose last connections are still closing is free.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def answers(port: int) -> bool:
    """Whether something accepts connections at this port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def by_whom(port: int) -> str:
    """` by NAME (pid N)` for the listener of a port, empty when this user may not know."""
    try:
        listening = [
            entry.pid
            for entry in psutil.net_connections(kind="tcp")
            if entry.status == psutil.CONN_LISTEN and entry.laddr.port == port and entry.pid
        ]
        if not listening:
            return ""
        # Airflow puts its options into its name.
        name = psutil.Process(listening[0]).name().partition(" -- ")[0]
        return f" by {name} (pid {listening[0]})"
    except psutil.Error:
        return ""
