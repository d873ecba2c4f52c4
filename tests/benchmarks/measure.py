"""Seconds and peak memory of one step, in a process of its own."""

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Generic, TypeVar

Job = TypeVar("Job")
Answer = TypeVar("Answer")

# Linux counts in KiB, macOS in bytes.
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Measure:
    """One step: seconds of wall clock, and the peak resident bytes of its process or its largest child."""

    step: str
    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Step(Generic[Job]):
    """One step of a flow: its name and the function (of a module, so that another process finds it)."""

    name: str
    run: Callable[[Job], object]


def in_own_process(function: Callable[..., Answer], *arguments: object) -> Answer:
    """What the function returns or raises, called in a fresh process that ends with it."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def measure(step: Step[Job], job: Job, *, warm_up: Job) -> Measure:
    """Run the step in a fresh process, first on the tiny job `warm_up`, so that no import is measured.

    Raises what the step raises.
    """
    # The peak of a spawned process starts at its parent's: keep this process small (no pandas in it).
    return in_own_process(_measured, step, job, warm_up)


def _measured(step: Step[Job], job: Job, warm_up: Job) -> Measure:
    step.run(warm_up)
    start = time.perf_counter()
    step.run(job)
    seconds = time.perf_counter() - start
    # Also of the process that a workbook is read in.
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak = max(peaks) * _MAXRSS_UNIT
    return Measure(step.name, seconds, peak)
