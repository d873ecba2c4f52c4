"""Publishing one verdict where few verdicts are stored, and where many are: it rewrites nothing shared."""

import shutil
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine, delete, make_url

from gx.great_expectations_page import great_expectations_page
from report.gate_report import GateReport
from report.history import QUALITY_RUNS, columns_of, record
from report.looking_back import past_of
from report.past import Past
from report.publish import PAST, Beside, pages, publish
from report.store import CHECKSUMS, PAGES, Store, folder_of
from tests.benchmarks.history import fill, seconds
from tests.benchmarks.limits import Limit
from tests.benchmarks.measure import Measure
from tests.benchmarks.report import Flow, Report
from tests.benchmarks.server import Server
from tests.gx.results import outcome, suite_result
from tests.report.users_reports import users_nights, users_ready

FEW, FULL = 10, 100
"""Stored verdicts: fewer than a page is made with, and as many."""
READ, WRITE, RECORD = f"read the last {PAST} of the gate", "write the folder", "record the row"

MAX_GROWTH = 1.2

CHECKS = 16


def own_page(root: str) -> str:
    """Great Expectations' own page of a gate with as many checks as `users_ready` has."""
    counts = {"element_count": 1000, "unexpected_count": 0, "unexpected_percent": 0.0}
    checks = [outcome(result=counts, column=f"column_{number}") for number in range(CHECKS)]
    return great_expectations_page(suite_result(*checks), root=root)


ROWS = "check,workbook,sheet,row,email_masked,reasons\n" + 310 * "valid_ratio,u.xlsx,Feuil1,7,z…@x.fr,name\n"
BESIDE = Beside(result="{}" * 15_000, rows=ROWS, page=own_page)
"""As large as those of a real gate."""

Progress = Callable[[str], None]


@dataclass
class Stored:
    """A history with its folders. number: of the next verdict."""

    engine: Engine
    store: Store
    verdicts: int
    number: int = 0

    def next_report(self) -> GateReport:
        """A closed gate that nobody has published yet, younger than all that is stored."""
        self.number += 1
        return placed(users_ready(valid=690), self.verdicts + self.number)


def placed(made: GateReport, number: int) -> GateReport:
    """The report as the one of so many hours after the first."""
    started = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    run = f"scheduled__{started.isoformat()}"
    page = f"{folder_of(made.gate, run, started)}/{PAGES['en']}"
    return replace(made, run=run, started_at=started.isoformat(), page=page)


@contextmanager
def stored(server: Server, folder: Path, verdicts: int) -> Iterator[Stored]:
    """So many verdicts of one gate: rows of `quality_runs`, and a folder each."""
    url = make_url(server.create_database(f"published_{verdicts}")).set(drivername="postgresql+psycopg2")
    engine, store = create_engine(url), Store(str(folder / f"published_{verdicts}"))
    shutil.rmtree(store.url, ignore_errors=True)
    nights = users_nights()
    reports = [placed(nights[number % len(nights)], number) for number in range(verdicts)]
    fill(engine, map(columns_of, reports))
    for report in reports:
        place = Path(store.url) / report.folder
        place.mkdir(parents=True)
        (place / CHECKSUMS).touch()
    try:
        yield Stored(engine, store, verdicts)
    finally:
        engine.dispose()
        shutil.rmtree(store.url)


def measured(histories: Sequence[Stored], repeat: int) -> list[Flow]:
    """The steps of a verdict in each, by turns, so that a busy machine slows all."""
    timed: dict[int, list[dict[str, float]]] = {history.verdicts: [] for history in histories}
    for turn in range(repeat + 1):
        for history in histories:
            steps = publish_next(history)
            # The first of each warms up.
            if turn:
                timed[history.verdicts].append(steps)
    return [flow(verdicts, steps) for verdicts, steps in timed.items()]


def publish_next(history: Stored) -> dict[str, float]:
    """Seconds of each step of one verdict, of which nothing is left afterwards."""
    report, found = history.next_report(), list[Past]()
    steps: dict[str, Callable[[], object]] = {
        READ: lambda: found.append(past_of(history.engine, report, limit=PAST)),
        WRITE: lambda: publish(report, found[0], BESIDE, history.store),
        RECORD: lambda: record(history.engine, report),
    }
    timed = {name: seconds(step) for name, step in steps.items()}
    if len(found[0].verdicts) != min(PAST, history.verdicts) or CHECKSUMS not in history.store.files(
        report.folder
    ):
        raise RuntimeError(f"{report.folder} was not published with its past")
    history.store.delete(report.folder)
    with history.engine.begin() as connection:
        connection.execute(delete(QUALITY_RUNS).where(QUALITY_RUNS.c.page == report.page))
    return timed


def flow(verdicts: int, timed: Sequence[dict[str, float]]) -> Flow:
    """The median of each step."""
    steps = (READ, WRITE, RECORD)
    medians = (Measure(step, statistics.median(each[step] for each in timed), 0) for step in steps)
    return Flow("publishing", verdicts, tuple(medians))


def limits(few: Flow, full: Flow, many: Flow) -> tuple[Limit, ...]:
    """Publishing costs the same however much is stored."""
    return tuple(
        Limit(
            f"publishing, {many.rows:,} against {fewer.rows:,} verdicts",
            many.seconds / fewer.seconds,
            "at most",
            MAX_GROWTH,
            "×",
        )
        for fewer in (full, few)
    )


def page_sizes() -> str:
    """The sizes of the files of a closed gate with a full history, in words."""
    report = users_ready(valid=690)
    made = pages(report, Past.of(report, users_nights(PAST)))
    return ", ".join(f"{name} {len(page.encode()) / 1000:.1f} kB" for name, page in made.items())


def run(server: Server, folder: Path, *, verdicts: int, repeat: int, progress: Progress) -> Report:
    """Measure publishing at few and at many stored verdicts. folder: for their files; deleted afterwards."""
    progress(f"a verdict: {page_sizes()}")
    with ExitStack() as stack:
        progress(f"storing {verdicts:,} verdicts with their folders")
        histories = [stack.enter_context(stored(server, folder, each)) for each in (FEW, FULL, verdicts)]
        progress("publishing by turns")
        few, full, many = measured(histories, repeat)
    return Report((few, full, many), limits(few, full, many))
