"""An S3-compatible server of the tests' own: versitygw, built from its pinned module, on a folder."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import httpx

from local.stack.waiting import wait_until
from tests.stack import free_port

ROOT = Path(__file__).resolve().parent.parent
VERSION = "v1.8.0"
MODULE = f"github.com/versity/versitygw/cmd/versitygw@{VERSION}"
# Minutes on two busy cores, and only the first time.
BUILD_SECONDS = 1200
START_SECONDS = 60.0

LOGIN, PASSWORD = "inlearning", "a-secret-of-the-tests"


def server_program() -> Path:
    """The server, built once per version and kept under var/cache/bin."""
    folder = ROOT / "var" / "cache" / "bin" / f"versitygw-{VERSION}"
    program = folder / "versitygw"
    if not program.exists():
        assert shutil.which("go"), "the S3 server is built with Go: put Go 1.24 or newer on PATH"
        environment = {**os.environ, "GOBIN": str(folder)}
        subprocess.run(["go", "install", MODULE], check=True, timeout=BUILD_SECONDS, env=environment)
    return program


class S3Server:
    """A running server; `stop` and `start` make it go away and come back with what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """How a client finds it and logs in."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": LOGIN,
            "AWS_SECRET_ACCESS_KEY": PASSWORD,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [server_program(), "--quiet", "--port", f"127.0.0.1:{self.port}", "posix", self.folder]
        login = {"ROOT_ACCESS_KEY": LOGIN, "ROOT_SECRET_KEY": PASSWORD}
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **login}, stdout=log, stderr=log)
        assert wait_until(self.answers, seconds=START_SECONDS, every=0.1), "the S3 server does not answer"

    def answers(self) -> bool:
        """Whether anything answers at its port."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/", trust_env=False).status_code > 0
        except httpx.TransportError:
            return False

    def make_bucket(self, name: str) -> None:
        """An empty bucket: the server keeps each as a folder."""
        (self.folder / name).mkdir()

    def stop(self) -> None:
        """End it; nothing when it does not run."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None
