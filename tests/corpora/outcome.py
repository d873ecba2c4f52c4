"""What becomes of one workbook, as the product reads it and as openpyxl does."""

import re
import resource
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.errors import WorkbookError
from etl.workbook.child import ChildFailedError, in_child
from etl.workbook.grid import Grid
from etl.workbook.grids import read_grids
from etl.workbook.limits import USUAL
from tests.corpora.compared import differences, miscounted

LONGEST_SECONDS = 20
LARGEST_MB = 1_000
MOST_MB, MOST_SECONDS = 6_000, 180
"""Of reading and comparing it, at which everything is given up."""
COMPARED_BYTES = 3_000_000
"""Larger workbooks are not read by openpyxl, which takes minutes."""

DEFECTS = ("traceback", "died", "cells differ", "counts differ", "slow", "large")
COMPARING_SECONDS = 60
"""After which openpyxl is given up on a workbook: it lays out some sheets to their last row."""


@dataclass(frozen=True)
class Outcome:
    """What became of a workbook. kind: its class. seconds, megabytes: of reading it. cells: compared ones."""

    kind: str
    detail: str
    seconds: float
    megabytes: float
    cells: int = 0

    @property
    def is_defect(self) -> bool:
        """Whether the product should have done otherwise."""
        return self.kind.startswith(DEFECTS)


def outcome_of(path: Path) -> Outcome:
    """Read a workbook in a process of its own and compare its cells."""
    try:
        done = in_child(lambda *_: vars(look(path)), memory_mb=MOST_MB, seconds=MOST_SECONDS)
    except ChildFailedError as error:
        return Outcome("died" if "signal" in error.reason else "traceback", error.reason, 0, 0)
    return Outcome(**done.returned)


def look(path: Path) -> Outcome:
    """The same in this process."""
    start = time.perf_counter()
    try:
        grids = read_grids(str(path), hidden_cells=1_000_000, limits=USUAL)
    except WorkbookError as error:
        detail = getattr(error.__cause__, "detail", "")
        # What the reader itself panics of is one line; what our own code raises is a defect.
        own = detail and not detail.startswith("PanicException")
        return Outcome(
            "traceback" if own else _class_of(str(error), path), detail or str(error), *_cost(start)
        )
    cost = _cost(start)
    if cost[0] > LONGEST_SECONDS or cost[1] > LARGEST_MB:
        return Outcome("slow" if cost[0] > LONGEST_SECONDS else "large", "", *cost)
    wrong = miscounted(grids)
    if wrong:
        return Outcome("counts differ", wrong, *cost)
    if path.suffix.lower() not in (".xlsx", ".xlsm") or path.stat().st_size > COMPARED_BYTES:
        return Outcome("read", "", *cost)
    compared, different = _in_time(path, grids)
    if compared is None:
        return Outcome("read, openpyxl cannot", different, *cost)
    return Outcome("cells differ" if different else "read and compared", different, *cost, compared)


def _in_time(path: Path, grids: Sequence[Grid]) -> tuple[int | None, str]:
    def give_up(*_: object) -> None:
        raise TimeoutError(f"more than {COMPARING_SECONDS} s")

    rest, before = signal.alarm(COMPARING_SECONDS), signal.signal(signal.SIGALRM, give_up)
    try:
        return differences(path, grids)
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.alarm(rest)


def _cost(start: float) -> tuple[float, float]:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return round(time.perf_counter() - start, 2), round(peak, 1)


def _class_of(message: str, path: Path) -> str:
    """A refusal without what is particular to one workbook."""
    if "\n" in message:
        return "traceback: more than one line"
    text = message.replace(path.name, "").split(". ")[0]
    return "refused: " + re.sub(r"'[^']*'|\(.*\)|\d[\d,]*|cell \S+", "…", text).strip(" ,:")[:90]
