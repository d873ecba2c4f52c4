"""The system user that Elasticsearch runs as when root starts it: it refuses to run as root."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from local.errors import LocalStackError

SYSTEM_USER = "inlearning-es"


def needed_user() -> str | None:
    """Name of the user to switch to; None: the one who runs this is fine."""
    return SYSTEM_USER if os.geteuid() == 0 else None


def ensure_user(name: str = SYSTEM_USER) -> None:
    """Make the system user unless it is there. Raises LocalStackError when that fails."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", name)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0 and "already exists" not in done.stderr:
            raise LocalStackError(f"Cannot make the system user {name}: {done.stderr.strip()}") from None


def let_through(folder: Path) -> None:
    """Let other users pass (not list) the folders above one that they may use."""
    for parent in folder.resolve().parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def hand_over(folder: Path, name: str) -> None:
    """Give a folder and all that is in it to a user."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, name, name)
