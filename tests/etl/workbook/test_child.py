"""Whatever ends the process that reads, the one that asked gets one line."""

import os
import signal
import time

import pytest

from etl.errors import WorkbookError
from etl.workbook.child import ChildFailedError, in_child


def child(work, *, memory_mb=512, seconds=30):
    return in_child(lambda data, tell: work(data, tell), memory_mb=memory_mb, seconds=seconds)


def test_the_answer_and_what_was_written_come_back():
    answer = child(lambda data, tell: data.write(b"cells") and {"rows": 3})
    assert (answer.returned, answer.data.to_pybytes()) == ({"rows": 3}, b"cells")


def refuse(data, tell):
    raise WorkbookError("d.xlsx: empty")


def abort(data, tell):
    tell("Feuil1")
    os.abort()


def flood(data, tell):
    tell("Feuil1")
    return len(bytearray(4_000_000_000))


class PanicException(BaseException):
    pass


def panic(data, tell):
    raise PanicException("index out of bounds\nnote: run with RUST_BACKTRACE")


def test_a_refusal_is_raised_as_it_is():
    with pytest.raises(WorkbookError, match=r"^d\.xlsx: empty$"):
        child(refuse)


@pytest.mark.parametrize(
    ("work", "where", "reason"),
    [
        (abort, "Feuil1", r"^the reader was ended by signal 6$"),
        (flood, "Feuil1", r"^reading it takes more than 512 MB of memory \(ETL_READ_MEMORY_MB\)$"),
        (panic, "", r"^the reader gave up on it$"),
        (lambda data, tell: os.kill(os.getpid(), signal.SIGKILL), "", r"takes more than 512 MB"),
        (lambda data, tell: os._exit(3), "", r"^the reader ended without a word$"),
    ],
)
def test_any_other_end_is_said_in_one_line_with_the_sheet(work, where, reason):
    with pytest.raises(ChildFailedError, match=reason) as failure:
        child(work)
    assert failure.value.where == where


def test_a_child_that_hangs_is_ended_in_time():
    start = time.monotonic()
    with pytest.raises(ChildFailedError, match=r"^not read within 1 seconds \(ETL_READ_SECONDS\)$"):
        child(lambda data, tell: time.sleep(60), seconds=1)
    assert time.monotonic() - start < 20


def test_nobody_waits_for_a_child_that_nobody_asks_any_more(monkeypatch):
    """The task is ended while it waits: the child goes with it."""
    started = []
    fork = os.fork

    def noted():
        child = fork()
        started.append(child)
        return child

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fork", noted)
    monkeypatch.setattr(os, "waitpid", _once(interrupted, os.waitpid))
    with pytest.raises(KeyboardInterrupt):
        child(lambda data, tell: None)
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


def _once(first, then):
    calls = iter([first])
    return lambda *arguments: next(calls, then)(*arguments)
