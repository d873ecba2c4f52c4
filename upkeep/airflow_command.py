"""Airflow's own command line, on its metadata database, whose address tasks are not given."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import FatalError, RetriableError
from pipeline.messages import shown

METADATA = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
"""The variable by which Airflow knows its database; in a task it leads nowhere."""
SECONDS = 3600


def airflow(url: str, *arguments: str, seconds: float = SECONDS) -> str:
    """What `airflow ARGUMENTS` prints, with the metadata database of an SQLAlchemy URL.

    Raises:
        FatalError: there is no `airflow` here.
        RetriableError: it failed, or took longer than `seconds`; the message has its last error.
    """
    told = f"airflow {' '.join(arguments[:2])}"
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            (_program(), *arguments),
            env={**os.environ, METADATA: url},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RetriableError(f"{told} took longer than {seconds:.0f} s and was ended.") from None
    if done.returncode != 0:
        raise RetriableError(
            f"{told} ended with exit code {done.returncode}: {_reason(done.stderr or done.stdout)}"
        )
    return done.stdout


def _program() -> str:
    beside = Path(sys.executable).with_name("airflow")
    found = str(beside) if beside.exists() else shutil.which("airflow")
    if not found:
        raise FatalError("There is no command airflow here. Run this where Airflow is installed.")
    return found


def _reason(output: str) -> str:
    """The last line that names an error, or the last line, without addresses."""
    lines = [line.strip(" │╭╰─╮╯") for line in output.splitlines()]
    return shown(_last([line for line in lines if "rror" in line]) or _last(lines) or "no reason given")


def _last(lines: Sequence[str]) -> str:
    return next((line for line in reversed(lines) if line), "")
