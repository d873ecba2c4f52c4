"""A real HTTP server that plays every channel: it keeps what it gets, and answers as a test wants."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request. body: its JSON."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Receiver:
    """The server.

    answers: statuses of the next answers, then 200. slow: seconds before each; hang: what each waits for.
    """

    port: int
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    slow: float = 0.0
    hang: threading.Event | None = None

    @property
    def taken(self) -> list[Received]:
        """What was answered with 200."""
        return [each for each in self.received if each.headers.get("test-status") == "200"]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A server on 127.0.0.1 as long as this lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.playing = playing = Receiver(server.server_port)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield playing
    finally:
        if playing.hang is not None:
            playing.hang.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        playing: Receiver = self.server.playing  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        status = playing.answers.pop(0) if playing.answers else 200
        headers = {name.lower(): value for name, value in self.headers.items()} | {"test-status": str(status)}
        playing.received.append(Received(self.path, headers, json.loads(raw)))
        time.sleep(playing.slow)
        if playing.hang is not None:
            playing.hang.wait(30)
        answer = b"ok" if status == 200 else b"no"
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing: what came is kept."""
