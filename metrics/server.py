"""The exporter as a process: a small web server with one page."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from sqlalchemy import URL, Engine, create_engine

from metrics.collector import QualityCollector
from metrics.settings import MetricsSettings


def read_only(url: URL, *, patience: int) -> Engine:
    """An engine with one connection, which only reads. patience: seconds to connect, and for a statement."""
    options = f"-c statement_timeout={patience}s -c default_transaction_read_only=on"
    return create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": patience, "options": options},
    )


@contextmanager
def serving(engine: Engine, settings: MetricsSettings) -> Iterator[int]:
    """The exporter, answering while the block runs; its port. Raises OSError when the port is in use."""
    registry = CollectorRegistry()
    registry.register(QualityCollector(engine))
    server, thread = start_http_server(settings.port, addr=settings.host, registry=registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
