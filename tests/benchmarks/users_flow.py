"""The steps of the users flow and of its baseline, as functions that a process of its own can call."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import Step

# Nothing heavy at the top: the process that measures must stay small.
if TYPE_CHECKING:
    from sqlalchemy import Engine


class GateClosedError(Exception):
    """A gate refused the sample workbook: nothing behind it can be measured."""


@dataclass(frozen=True)
class Job:
    """One load of one workbook. url: libpq URL of its database. folder: for staging, results and pages."""

    workbook: Path
    url: str
    folder: Path
    run: str

    @property
    def run_folder_url(self) -> str:
        """Where the steps leave their frames for each other."""
        return str(self.folder / "staging" / self.run)


@contextmanager
def engine_of(job: Job) -> "Iterator[Engine]":
    """An engine on the job's database, disposed of afterwards."""
    from sqlalchemy import create_engine, make_url

    engine = create_engine(make_url(job.url).set(drivername="postgresql+psycopg2"))
    yield engine
    engine.dispose()


def extract(job: Job) -> None:
    """The workbook into the run's folder."""
    from etl.steps.extract import extract
    from pipeline.folder import RunFolder

    extract(RunFolder(job.run_folder_url), str(job.workbook), settle_seconds=0, force=True)


def gate_source(job: Job) -> None:
    """The gate on the extracted rows."""
    from etl.steps.extract import Extraction
    from pipeline.folder import RunFolder

    facts = Extraction.of(RunFolder(job.run_folder_url)).facts()
    _gate(job, "users_source", facts["batch"], _only(facts, "unknown_columns", "replay_only"))


def transform(job: Job) -> None:
    """Verdicts on the rows, and those that are refused into quarantine."""
    from etl.steps.transform import judge
    from pipeline.folder import RunFolder

    with engine_of(job) as engine:
        rejected = job.folder / f"rejected-{job.run}.xlsx"
        judge(RunFolder(job.run_folder_url), engine, run=job.run, rejected_path=rejected)


def gate_ready(job: Job) -> None:
    """The gate on the verdicts."""
    from etl.steps.extract import Extraction
    from etl.steps.transform import VERDICTS
    from pipeline.folder import RunFolder

    folder = RunFolder(job.run_folder_url)
    extraction = Extraction.of(folder)
    facts: dict[str, object] = {"source_rows": extraction.rows, "replay_only": extraction.replay_only}
    _gate(job, "users_ready", folder.path(VERDICTS), facts)


def stage(job: Job) -> None:
    """The valid rows into the staging table."""
    from etl.steps.stage import stage
    from pipeline.folder import RunFolder

    with engine_of(job) as engine:
        stage(RunFolder(job.run_folder_url), engine, run=job.run)


def gate_next(job: Job) -> None:
    """The gate on `users` as it will be."""
    from etl.steps.stage import STAGED
    from pipeline.folder import RunFolder

    facts = RunFolder(job.run_folder_url).read_facts(STAGED)
    names = ("valid_rows", "users_before", "staging_table", "users_table")
    _gate(job, "users_next", facts["batch"], _only(facts, *names))


def load(job: Job) -> None:
    """The merge. A second load of the same workbook must not write a row."""
    from etl.steps.load import load
    from pipeline.folder import RunFolder

    with engine_of(job) as engine:
        loaded = load(RunFolder(job.run_folder_url), engine, run=job.run)
    if job.run.endswith(AGAIN) and loaded.unchanged != loaded.rows:
        raise ValueError(f"the same workbook again: {loaded}, where every user should be unchanged")


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


BASELINE: tuple[Step[Job], ...] = (Step("row by row", row_by_row),)


def create_tables(job: Job) -> None:
    """The product's tables, for the baseline."""
    from etl.postgres.schema import METADATA

    with engine_of(job) as engine:
        METADATA.create_all(engine)


def _only(facts: dict[str, Any], *names: str) -> dict[str, object]:
    return {name: facts[name] for name in names}


def _gate(job: Job, name: str, batch: str, facts: dict[str, object]) -> None:
    from gx.gate import run_gate
    from gx.settings import QualitySettings

    settings = QualitySettings(path=str(job.folder / "quality"))
    with engine_of(job) as engine:
        report = run_gate(
            name,
            batch,
            run=job.run,
            facts=facts,
            thresholds={},
            settings=settings,
            engine=engine,
            history=engine,
        )
    if not report.passed:
        raise GateClosedError(report.summary)
