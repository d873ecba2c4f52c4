"""What a scrape answers: the newest figures, or the last known ones while the database is away."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg2.errors import UndefinedTable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from metrics.families import of_checks, of_gates, of_reading, of_steps
from metrics.latest import latest_steps, latest_verdicts
from pipeline.messages import first_line
from report.gate_report import GateReport
from report.step_runs import StepRun

log = logging.getLogger(__name__)

Row = TypeVar("Row")


@dataclass(frozen=True)
class Reading:
    """What the database held. read_at: when; None: nothing was ever read."""

    verdicts: tuple[GateReport, ...] = ()
    steps: tuple[StepRun, ...] = ()
    read_at: datetime | None = None


class QualityCollector(Collector):
    """The figures of one database; a scrape reads them, one at a time, and never raises.

    While the database is away, what was read last stays: a closed gate is not open because nobody can ask.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.last = Reading()
        self.lock = threading.Lock()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure, of now."""
        with self.lock:
            began = time.perf_counter()
            up = self._read()
            seconds, last = time.perf_counter() - began, self.last
        now = datetime.now(UTC)
        yield from of_reading(up=up, seconds=seconds, read_at=last.read_at)
        yield from of_gates(last.verdicts, now=now)
        yield from of_checks(last.verdicts)
        yield from of_steps(last.steps, now=now)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: registering must not ask the database."""
        yield from ()

    def _read(self) -> bool:
        try:
            self.last = read(self.engine)
        except SQLAlchemyError as error:
            log.warning("The database with the verdicts does not answer: %s", first_line(error))
            return False
        except (KeyError, TypeError, ValueError) as error:
            log.warning("A row cannot be read: %s: %s", type(error).__name__, first_line(error))
            return False
        return True


def read(engine: Engine) -> Reading:
    """The newest verdicts and steps. Raises SQLAlchemyError when the database does not answer."""
    now = datetime.now(UTC)
    with engine.connect() as connection:
        verdicts = _unless_missing(connection, latest_verdicts)
        steps = _unless_missing(connection, latest_steps)
    return Reading(tuple(verdicts), tuple(steps), now)


def _unless_missing(connection: Connection, ask: Callable[[Connection], list[Row]]) -> list[Row]:
    """What is found; nothing as long as nobody has made the table: the exporter never does."""
    try:
        with connection.begin():
            return ask(connection)
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            return []
        raise
