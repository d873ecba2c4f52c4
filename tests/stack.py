"""One real stack for all tests that need one: on free ports, under a root of its own."""

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.settings import PROJECT, VAR, ElasticsearchSettings, StackSettings
from local.stack.preflight import port_in_use
from local.stack.stack import Stack


@contextmanager
def new_stack(**options: Any) -> Iterator[Stack]:
    """A stack that is not started yet, with the DAGs of the product and of the tests; deleted at the end.

    options: settings that differ, as of `StackSettings`.
    """
    folder = VAR / "test" / f"stack-{time.time_ns():x}"
    dags = folder / "dags"
    dags.mkdir(parents=True)
    for source in (PROJECT / "dags", Path(__file__).parent / "stack_dags"):
        for file in source.glob("*.py"):
            shutil.copy(file, dags)
    usual: dict[str, Any] = {
        "root": folder / "stack",
        "dags_folder": dags,
        "ui_port": free_port(),
        "smtp_port": free_port(),
        "elasticsearch_port": free_port(),
        # A cluster of the developer's own is none of the tests' business.
        "elasticsearch": ElasticsearchSettings(host=None),
        "retry_delay": 1,
        # Programs in Go may be built beside it, on the same cores.
        "start_timeout": 400,
    }
    stack = Stack(StackSettings(**{**usual, **options}))
    try:
        yield stack
    finally:
        stack.clean()
        shutil.rmtree(folder)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def free_ports(count: int) -> int:
    """The first of so many TCP ports in a row on 127.0.0.1 that nobody listens on."""
    while True:
        first = free_port()
        if first + count < 65535 and not any(port_in_use(first + place) for place in range(count)):
            return first
