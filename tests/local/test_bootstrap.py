"""Which browser the tests drive: one of the system's, whatever its name."""

import shutil
import subprocess
from pathlib import Path

import pytest

from local.settings import PROJECT


def browser_among(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """What `local/bootstrap installed-browser` says when only these commands are installed."""
    for name in ("bash", "dirname"):
        (folder / name).symlink_to(str(shutil.which(name)))
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        (PROJECT / "local" / "bootstrap", "installed-browser"),
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        (("chromium", "google-chrome"), "chromium"),
        (("chromium-browser",), "chromium-browser"),
        (("google-chrome",), "google-chrome"),
    ],
)
def test_a_browser_of_the_system_is_found(tmp_path: Path, installed: tuple[str, ...], chosen: str):
    done = browser_among(tmp_path, *installed)
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / chosen))


def test_without_one_it_fails_and_prints_nothing(tmp_path: Path):
    done = browser_among(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
