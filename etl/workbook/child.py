"""A piece of work in a process of its own, so that an abort, a panic or a flood of memory ends only that."""

import faulthandler
import json
import mmap
import os
import resource
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from etl.errors import WorkbookError
from pipeline.messages import first_line, shown

MEGABYTE = 1_000_000

Tell = Callable[[str], None]
Work = Callable[[IO[bytes], Tell], Any]
"""Writes into a file what is large, tells where it is, and returns the rest as plain JSON values."""


@dataclass(frozen=True)
class Answer:
    """What a child returned. returned: plain JSON values. data: what it wrote, mapped into memory."""

    returned: Any
    data: pa.Buffer


class ChildFailedError(Exception):
    """The child did not return.

    where: what it told last. reason: why, for a person. detail: the error's own words, for the log.
    """

    def __init__(self, where: str, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.where, self.reason, self.detail = where, reason, detail


def in_child(work: Work, *, memory_mb: int, seconds: int) -> Answer:
    """Do a piece of work in a forked process, which has imported already what this one has.

    memory_mb: what it may take beside what this process has. seconds: how long it may run.

    Raises:
        WorkbookError: as the work raised it.
        ChildFailedError: it ended in any other way.
    """
    with tempfile.TemporaryFile() as data, tempfile.TemporaryFile() as stderr:
        read_end, write_end = os.pipe()
        child = _fork()
        if child == 0:
            os.close(read_end)
            _be_child(work, data, stderr, write_end, memory_mb=memory_mb, seconds=seconds)
        os.close(write_end)
        with _ending(child) as status, os.fdopen(read_end, "rb") as told:
            lines = [json.loads(line) for line in told if line.endswith(b"\n")]
            status.append(os.waitpid(child, 0)[1])
        answers = {name: value for line in lines for name, value in line.items()}
        if "refused" in answers:
            raise WorkbookError(answers["refused"])
        if "returned" in answers:
            return Answer(answers["returned"], _mapped(data))
        reason = answers.get("failed") or _death(status[0], stderr, memory_mb=memory_mb, seconds=seconds)
        raise ChildFailedError(answers.get("at", ""), reason, answers.get("detail", ""))


def _fork() -> int:
    with warnings.catch_warnings():
        # Other threads are not in the child, which runs nothing that waits for them.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


@contextmanager
def _ending(child: int) -> Iterator[list[int]]:
    """Whatever ends the wait for the child ends the child."""
    status: list[int] = []
    try:
        yield status
    finally:
        if not status:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _be_child(
    work: Work, data: IO[bytes], stderr: IO[bytes], pipe: int, *, memory_mb: int, seconds: int
) -> None:
    """Work, tell the parent, and end without anything that the parent does when it ends."""

    def tell(**line: object) -> None:
        os.write(pipe, json.dumps(line).encode() + b"\n")

    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        # Where one reports crashes, it kept the way to the parent's output.
        faulthandler.disable()
        os.dup2(stderr.fileno(), 1)
        os.dup2(stderr.fileno(), 2)
        signal.alarm(seconds)
        _limit(memory_mb * MEGABYTE)
        returned = work(data, lambda where: tell(at=where))
        data.flush()
        _write_all(pipe, json.dumps({"returned": returned}).encode() + b"\n")
    except WorkbookError as error:
        tell(refused=str(error))
    except (MemoryError, pa.ArrowMemoryError):
        tell(failed=_too_much(memory_mb))
    except BaseException as error:  # noqa: BLE001 - a panic of the reader is no Exception
        tell(failed="the reader gave up on it", detail=f"{type(error).__name__}: {shown(first_line(error))}")
    finally:
        os._exit(0)


def _write_all(pipe: int, line: bytes) -> None:
    while line:
        line = line[os.write(pipe, line) :]


def _limit(size: int) -> None:
    """Let this process take so many bytes more, and leave no image of its memory when it is aborted."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = Path("/proc/self/statm")
    if pages.exists():
        taken = int(pages.read_text().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = taken + size
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


def _death(status: int, stderr: IO[bytes], *, memory_mb: int, seconds: int) -> str:
    """Why a child that told nothing ended."""
    stderr.seek(0)
    said = stderr.read(100_000).decode(errors="replace")
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGALRM:
        return f"not read within {seconds} seconds (ETL_READ_SECONDS)"
    if number == signal.SIGKILL or "memory allocation" in said or "MemoryError" in said:
        return _too_much(memory_mb)
    return f"the reader was ended by signal {number}" if number else "the reader ended without a word"


def _too_much(memory_mb: int) -> str:
    return f"reading it takes more than {memory_mb:,} MB of memory (ETL_READ_MEMORY_MB)"


def _mapped(data: IO[bytes]) -> pa.Buffer:
    if not os.fstat(data.fileno()).st_size:
        return pa.py_buffer(b"")
    return pa.py_buffer(mmap.mmap(data.fileno(), 0, access=mmap.ACCESS_READ))
