"""The programs of the monitoring, built from their pinned Go modules once and kept."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from local.errors import LocalStackError
from local.settings import VAR

CACHE = VAR / "cache" / "bin"
BUILD_SECONDS = 1200


@dataclass(frozen=True)
class GoProgram:
    """One command of a Go module. package: its path in the module proxy."""

    name: str
    package: str
    version: str

    @property
    def path(self) -> Path:
        """Where it lies, built or not yet."""
        return CACHE / f"{self.name}-{self.version}" / self.name


VICTORIA = "github.com/VictoriaMetrics/VictoriaMetrics/app"
STORE = GoProgram("victoria-metrics", f"{VICTORIA}/victoria-metrics", "v1.151.0")
RULES = GoProgram("vmalert", f"{VICTORIA}/vmalert", "v1.151.0")
# The last one whose UI is in the module.
ALERTS = GoProgram("alertmanager", "github.com/prometheus/alertmanager/cmd/alertmanager", "v0.31.1")
STATSD = GoProgram("statsd_exporter", "github.com/prometheus/statsd_exporter", "v0.31.0")
PROGRAMS = (STORE, RULES, ALERTS, STATSD)


def silent(_step: str) -> None:
    """Show nothing."""


def build(show: Callable[[str], None] = silent) -> None:
    """Build what is not there yet: some minutes, once. Raises LocalStackError without Go or network."""
    if all(program.path.exists() for program in PROGRAMS):
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "monitoring.lock", timeout=BUILD_SECONDS):
        for program in PROGRAMS:
            if not program.path.exists():
                show(f"build {program.name} {program.version} (minutes, once)")
                _build(program)


def _build(program: GoProgram) -> None:
    go = shutil.which("go")
    if go is None:
        raise LocalStackError(
            f"No Go, which builds {program.name}. Install Go 1.24 or newer, or start without MONITORING=1."
        )
    aside = program.path.parent.with_suffix(".part")
    done = subprocess.run(
        (go, "install", f"{program.package}@{program.version}"),
        env={**os.environ, "GOBIN": str(aside)},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise LocalStackError(
            f"Go could not build {program.package}@{program.version}: {reason}. "
            "Check the network and GOPROXY."
        )
    # The folder is whole or not there.
    aside.rename(program.path.parent)
