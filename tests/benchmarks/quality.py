"""The quality report over a long history: what is read and written when somebody opens the overview."""

import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url

from report.history import columns_of, last_of_each_gate, reports_of_gate
from report.overview import overview_page
from report.site import Site
from tests.benchmarks import publishing
from tests.benchmarks.history import fill, seconds
from tests.benchmarks.limits import Limit
from tests.benchmarks.measure import Measure
from tests.benchmarks.report import Flow, Report
from tests.benchmarks.server import throw_away_server
from tests.report.histories import five_gates

FEW = 500
"""Stored verdicts with which the long history is compared: 100 of each gate, more than are read."""
DRAWN, COUNTED = 30, 90
"""Verdicts of each gate: on the cards, and for the commonest reasons."""
READ_DRAWN = f"read the last {DRAWN} of each gate"
READ_COUNTED = f"read the last {COUNTED} of each gate"
READ_CLOSED = f"read the last {COUNTED} closed ones of a gate"
WRITE = "write the page"

MAX_OVERVIEW_SECONDS = 1.0
MAX_GROWTH = 1.5

Progress = Callable[[str], None]


def run(folder: Path, *, verdicts: int, repeat: int, progress: Progress) -> Report:
    """Measure the overview, and publishing, at few and at many stored verdicts.

    folder: for the server's data. verdicts: rows of `quality_runs`, of five gates. repeat: the median counts.
    """
    with throw_away_server(folder / "quality") as server:
        few, many = (
            measured(server.create_database(f"verdicts_{stored}"), stored, repeat, progress)
            for stored in (FEW, verdicts)
        )
        published = publishing.run(
            server, folder / "quality", verdicts=verdicts, repeat=repeat, progress=progress
        )
    return Report((few, many, *published.flows), (*limits(few, many), *published.limits))


def measured(url: str, stored: int, repeat: int, progress: Progress) -> Flow:
    """The steps of the overview with so many stored verdicts."""
    progress(f"storing {stored:,} verdicts")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg2"))
    fill(engine, islice(rows(), stored))
    progress("reading them, and writing the page")
    history = last_of_each_gate(engine, limit=COUNTED)
    gate, now, site = next(iter(history)), datetime.now(UTC), Site()
    steps: dict[str, Callable[[], object]] = {
        READ_DRAWN: lambda: last_of_each_gate(engine, limit=DRAWN),
        READ_CLOSED: lambda: reports_of_gate(engine, gate, limit=COUNTED, state="closed"),
        READ_COUNTED: lambda: last_of_each_gate(engine, limit=COUNTED),
        WRITE: lambda: overview_page(history, "en", now=now, site=site),
    }
    measures = [Measure(name, median_seconds(step, repeat), 0) for name, step in steps.items()]
    engine.dispose()
    return Flow("quality report", stored, tuple(measures))


def rows() -> Iterator[dict[str, Any]]:
    """Rows of `quality_runs` without an end: the invented nights of five gates, again and again."""
    gates = five_gates().values()
    began = datetime(2020, 1, 1, tzinfo=UTC)
    # The oldest of each gate is the first.
    nights = cycle(zip(*(reversed(reports) for reports in gates), strict=False))
    for number, report in enumerate(report for night in nights for report in night):
        yield columns_of(report) | {"started_at": began + timedelta(hours=number)}


def median_seconds(step: Callable[[], object], repeat: int) -> float:
    """Seconds that the step takes, once it is warm."""
    step()
    return statistics.median(seconds(step) for _ in range(repeat))


def limits(few: Flow, many: Flow) -> tuple[Limit, ...]:
    """The overview is quick, and no slower with a long history."""
    opened, opened_few = (flow.seconds_of(READ_COUNTED, WRITE) for flow in (many, few))
    growth = many.seconds_of(READ_COUNTED) / few.seconds_of(READ_COUNTED)
    return (
        Limit(f"the overview at {many.rows:,} verdicts", opened, "at most", MAX_OVERVIEW_SECONDS, "s"),
        Limit(f"the same at {few.rows:,} verdicts", opened_few, "at most", MAX_OVERVIEW_SECONDS, "s"),
        Limit(f"reading, {many.rows:,} against {few.rows:,} verdicts", growth, "at most", MAX_GROWTH, "×"),
    )
