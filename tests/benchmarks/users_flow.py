"""The steps of the users flow and of its baseline, as functions that a process of its own can call."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from etl.handover import Extraction, Staged, Verdicts
from pipeline.handover import GateInput, as_json, from_json
from tests import gates
from tests.benchmarks.measure import Step

# Nothing heavy at the top: the process that measures must stay small.
if TYPE_CHECKING:
    from sqlalchemy import Engine

    from etl.flow import UsersFlow

Left = TypeVar("Left", Extraction, Verdicts, Staged)


@dataclass(frozen=True)
class Job:
    """One load of one workbook.

    url: libpq URL of its database. folder: for staging, results and pages. target: where the users go.
    """

    workbook: Path
    url: str
    folder: Path
    run: str
    target: Literal["own", "django"] = "own"

    def leave(self, handover: object) -> None:
        """Keep what a step returned for the processes of the steps behind it."""
        path = self._left(type(handover))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(as_json(handover)))

    def taken(self, kind: type[Left]) -> Left:
        """What a step before this one left."""
        return from_json(kind, json.loads(self._left(kind).read_text()))

    def _left(self, kind: type[object]) -> Path:
        return self.folder / "left" / f"{self.run}-{kind.__name__}.json"


@contextmanager
def engine_of(job: Job) -> "Iterator[Engine]":
    """An engine on the job's database, disposed of afterwards."""
    from sqlalchemy import create_engine, make_url

    engine = create_engine(make_url(job.url).set(drivername="postgresql+psycopg2"))
    yield engine
    engine.dispose()


@contextmanager
def flow_of(job: Job) -> "Iterator[UsersFlow]":
    """The users flow of the job's run, with every folder of it in the job's."""
    from etl.flow import UsersFlow
    from etl.settings import UsersSettings

    settings = UsersSettings(
        users_path=str(job.workbook),
        staging_url=str(job.folder / "staging"),
        replay_path=str(job.folder / "replay"),
        rejected_path=str(job.folder / "rejected"),
        settle_seconds=0,
        users_target=job.target,
    )
    with engine_of(job) as engine:
        yield UsersFlow(engine, settings, job.run)


def extract(job: Job) -> None:
    """The workbook into the run's folder."""
    with flow_of(job) as flow:
        job.leave(flow.extract(force=True))


def gate_source(job: Job) -> None:
    """The gate on the extracted rows."""
    _gate(job, "users_source", job.taken(Extraction).gate)


def transform(job: Job) -> None:
    """Verdicts on the rows, and those that are refused into quarantine."""
    with flow_of(job) as flow:
        job.leave(flow.transform(job.taken(Extraction)))


def gate_ready(job: Job) -> None:
    """The gate on the verdicts."""
    _gate(job, "users_ready", job.taken(Verdicts).gate)


def stage(job: Job) -> None:
    """The valid rows into the staging table."""
    with flow_of(job) as flow:
        job.leave(flow.stage(job.taken(Verdicts)))


def gate_next(job: Job) -> None:
    """The gate on `users` as it will be."""
    _gate(job, "users_next", job.taken(Staged).gate)


def load(job: Job) -> None:
    """The merge. A second load of the same workbook must not write a row."""
    with flow_of(job) as flow:
        counts = flow.load(job.taken(Staged)).told.counts
    if job.run.endswith(AGAIN) and counts["unchanged"] != sum(counts.values()):
        raise ValueError(f"the same workbook again: {counts}, where every user should be unchanged")


AGAIN = "-again"
"""What the run of a second load of the same workbook ends in."""

STEPS: tuple[Step[Job], ...] = (
    Step("extract", extract),
    Step("gate users_source", gate_source),
    Step("transform", transform),
    Step("gate users_ready", gate_ready),
    Step("stage", stage),
    Step("gate users_next", gate_next),
    Step("load", load),
)


def row_by_row(job: Job) -> None:
    """The baseline, on the same tables."""
    from tests.benchmarks import row_by_row

    row_by_row.load(job.workbook, job.url)


def by_hand(job: Job) -> None:
    """The second baseline, on the same tables."""
    from tests.benchmarks import by_hand

    by_hand.load(job.workbook, job.url)


BASELINE: tuple[Step[Job], ...] = (Step("row by row", row_by_row),)
BY_HAND: tuple[Step[Job], ...] = (Step("polars, COPY, one merge", by_hand),)


def create_tables(job: Job) -> None:
    """The product's tables, for the baseline."""
    from etl.postgres.schema import METADATA

    with engine_of(job) as engine:
        METADATA.create_all(engine)


def migrate_platform(job: Job) -> None:
    """The platform's tables, made by its own migrations, with the index that keeps emails unique."""
    from etl.postgres.guard import guard
    from etl.postgres.target import DJANGO
    from tests.platform import orm

    with engine_of(job) as engine:
        orm.use(engine.url)
        orm.migrate()
        orm.leave()
        guard(engine, DJANGO)


def _gate(job: Job, suite: str, gate: GateInput) -> None:
    with engine_of(job) as engine:
        gates.check(suite, gate, run=job.run, engine=engine, quality=job.folder / "quality")
