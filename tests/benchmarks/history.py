"""A history of verdicts to measure on."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Engine, insert, text

from report.history import QUALITY_RUNS, create


def fill(engine: Engine, rows: Iterable[dict[str, Any]]) -> None:
    """Store these rows of `quality_runs`."""
    create(engine)
    with engine.begin() as connection:
        connection.execute(insert(QUALITY_RUNS), list(rows))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE quality_runs"))


def seconds(step: Callable[[], object]) -> float:
    """Seconds that the step takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start
