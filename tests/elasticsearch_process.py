"""An Elasticsearch node as a process of the tests' own, without the supervisor; it can be killed."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil

from local.elasticsearch.account import needed_user
from local.elasticsearch.node import Node, clean_environment
from local.elasticsearch.security import answers_authenticated
from local.errors import LocalStackError
from local.stack.waiting import wait_until

# A dozen seconds on an idle machine; a loaded one takes many times that.
START_SECONDS = 240.0
STOP_SECONDS = 30.0


class NodeProcess:
    """A prepared node that can be started, killed and started again."""

    def __init__(self, node: Node, *, jdk: Path, password: str) -> None:
        self.node = node
        self.jdk = jdk
        self.password = password
        self.launcher: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the node prints."""
        return self.node.folder / "console.log"

    def start(self, *, seconds: float = START_SECONDS) -> None:
        """Start it and wait until it answers the superuser; does nothing when it runs.

        Raises LocalStackError with the end of its log when it does not come up.
        """
        if self.launcher is None or self.launcher.poll() is not None:
            self.launcher = self._launched()
        launcher = self.launcher

        def up_or_dead() -> bool:
            if launcher.poll() is not None:
                raise LocalStackError(f"Elasticsearch ended while starting. {self._log_end()}")
            return answers_authenticated(self.node.url, self.password)

        if not wait_until(up_or_dead, seconds=seconds, every=0.25):
            raise LocalStackError(f"Elasticsearch does not answer after {seconds:.0f} s. {self._log_end()}")

    def pids(self) -> tuple[int, ...]:
        """The launcher's process id and, behind it, the server's; empty when it does not run."""
        if self.launcher is None or self.launcher.poll() is not None:
            return ()
        children = psutil.Process(self.launcher.pid).children(recursive=True)
        return (self.launcher.pid, *(child.pid for child in children))

    def kill(self) -> None:
        """End the server at once (SIGKILL), as a crash does, and wait for its end."""
        processes = [psutil.Process(pid) for pid in self.pids()]
        for process in reversed(processes):
            _ignoring_gone(process.kill)
        self._await(processes)

    def stop(self) -> None:
        """End it in its own way (SIGTERM), and wait; kills it when that takes too long."""
        processes = [psutil.Process(pid) for pid in self.pids()]
        if processes:
            os.kill(processes[0].pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(processes[1:], timeout=STOP_SECONDS)
        for process in alive:
            _ignoring_gone(process.kill)
        self._await(processes)

    def _launched(self) -> subprocess.Popen[bytes]:
        user = needed_user()
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.node.command,
                env={**clean_environment(), **self.node.variables(self.jdk)},
                cwd="/",
                user=user,
                group=user,
                extra_groups=[] if user else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal goes to whoever started it, not to the node.
                start_new_session=True,
            )

    def _await(self, processes: list[psutil.Process]) -> None:
        psutil.wait_procs(processes[1:], timeout=STOP_SECONDS)
        if self.launcher is not None:
            self.launcher.wait(timeout=STOP_SECONDS)

    def _log_end(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-8:]
        return "\n  ".join((f"End of {self.log}:", *lines))


def _ignoring_gone(action: Callable[[], None]) -> None:
    try:
        action()
    except psutil.NoSuchProcess:
        return
