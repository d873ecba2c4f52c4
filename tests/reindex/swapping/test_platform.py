"""The platform's health after a swap: whatever it answers is text for the report, never an error."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from reindex.swapping import platform
from tests.stack import free_port


class Platform(BaseHTTPRequestHandler):
    """Answers with the status that its path names, or never."""

    def do_GET(self) -> None:
        if self.path == "/silent":
            self.server.released.wait(5)
            return
        self.send_response(int(self.path.removeprefix("/")))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def url() -> Iterator[str]:
    """Address of a platform of one's own."""
    with HTTPServer(("127.0.0.1", 0), Platform) as server:
        server.released = threading.Event()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "said"), [("200", "200 OK after "), ("503", "503 Service Unavailable after ")]
)
def test_what_it_answered(url, path, said):
    assert platform.health(f"{url}/{path}").startswith(said)


def test_a_platform_that_never_answers(url, monkeypatch):
    monkeypatch.setattr(platform, "TIMEOUT_SECONDS", 1.0)
    assert platform.health(f"{url}/silent") == "no answer within 1 s"


def test_a_platform_that_is_away():
    assert platform.health(f"http://127.0.0.1:{free_port()}").startswith("no answer (")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "platform",
        "ftp://platform",
        "http://[",
        "http://platform.invalid/",
        "http://platform..internal/",
        f"http://{'p' * 64}.internal/",
    ],
)
def test_an_address_that_is_none(url):
    said = platform.health(url)
    assert said.startswith("no answer (")
    assert "\n" not in said
