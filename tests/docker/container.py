"""A container without a container engine: `buildah run` runs a command in the files of an image.

`--isolation chroot` keeps this machine's network: a service in the container reaches one outside, and the
other way round.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RUN_TIMEOUT = 300  # seconds

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Store:
    """Where buildah keeps images and containers."""

    folder: Path

    def command(self, *words: str) -> list[str]:
        return ["buildah", "--root", f"{self.folder}/storage", "--runroot", f"{self.folder}/run", *words]

    @contextmanager
    def container(self, image: str, folders: Mapping[str, Path]) -> Iterator["Container"]:
        """A container of the image with these mounts (by their path in it), removed at the end."""
        made = subprocess.run(self.command("from", image), capture_output=True, text=True, check=True)
        name = made.stdout.strip()
        yield Container(self, name, folders)
        subprocess.run(self.command("rm", name), capture_output=True, check=True)


@dataclass(frozen=True)
class Container:
    """A container of an image. folders: the mounts, by their path in it."""

    store: Store
    name: str
    folders: Mapping[str, Path]

    def command(self, *words: str, env: Environment | None = None, user: str | None = None) -> list[str]:
        """What runs these words in the container, as the image's user unless another is named."""
        return self.store.command(
            *("run", "--isolation", "chroot"),
            *(("--user", user) if user else ()),
            *(f"--env={name}={value}" for name, value in (env or {}).items()),
            *(f"--volume={path}:{target}" for target, path in self.folders.items()),
            *(self.name, "--", *words),
        )

    def run(self, *words: str, env: Environment | None = None, user: str | None = None) -> str:
        """Standard output of a command that must succeed."""
        done = self.attempt(*words, env=env, user=user)
        assert done.returncode == 0, f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout.strip()

    def attempt(
        self, *words: str, env: Environment | None = None, user: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The finished process, whatever its exit code."""
        command = self.command(*words, env=env, user=user)
        return subprocess.run(command, capture_output=True, text=True, timeout=RUN_TIMEOUT)

    @contextmanager
    def running(self, *words: str, env: Environment, log: Path) -> Iterator[None]:
        """The command in the background, stopped with all that it started."""
        with log.open("wb") as out:
            command = self.command(*words, env=env)
            process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        try:
            yield
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """End a process and its children: asked first, killed when they do not listen."""
    for way in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, way)
            process.wait(seconds)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def until(true: Callable[[], bool], what: str, seconds: float = 120) -> float:
    """Wait until it is true; returns how many seconds that took, fails after so many."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, f"{what}: not within {seconds} s"
        time.sleep(0.5)
    return time.monotonic() - start
