"""The users flow against the row-by-row baseline, against itself again, and with a million rows."""

import shutil
import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks import comparison, growth, reading, ten_workbooks, users_flow
from tests.benchmarks.dag_imports import import_seconds
from tests.benchmarks.limits import Limit
from tests.benchmarks.measure import Step, in_own_process, measure
from tests.benchmarks.report import Flow, Report, median_flow
from tests.benchmarks.server import MemoryWatch, Server, throw_away_server
from tests.benchmarks.users_flow import AGAIN, BASELINE, BY_HAND, STEPS, Job

DAG_FILE = Path(__file__).resolve().parents[2] / "dags" / "etl_users_daily.py"
WARM_UP_ROWS = 200
MILLION = 1_000_000

MIN_SPEED_UP = 12.0
MAX_BY_HAND_TIMES = 1.35
MAX_AGAIN = 0.5
MAX_PLATFORM_TIMES = 1.6
MAX_MILLION_TIMES = 5.5
MAX_MEMORY_GB = 1.5
MAX_DAG_SECONDS = 0.5
MAX_LOOK = 0.15
MAX_CHILD_SECONDS = 0.3

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """What every measurement needs: the server, a folder, and the tiny workbook that warms up."""

    server: Server
    folder: Path
    tiny: Path
    progress: Progress


@dataclass(frozen=True)
class Round:
    """One comparison: the product, the product again, into the platform's tables, and both baselines."""

    first: Flow
    again: Flow
    platform: Flow
    baseline: Flow
    by_hand: Flow

    @property
    def by_hand_times(self) -> float:
        """How many times as long as the second baseline, which has no gates, the product takes."""
        return self.first.seconds / self.by_hand.seconds

    @property
    def speed_up(self) -> float:
        """How many times as fast as the baseline the product is."""
        return self.baseline.seconds / self.first.seconds

    @property
    def platform_times(self) -> float:
        """How many times as long as into our own tables the way into the platform's takes."""
        return self.platform.seconds / self.first.seconds

    @property
    def again_share(self) -> float:
        """Stage and load of the second time, as a share of the first (0-1)."""
        return self.again.seconds_of("stage", "load") / self.first.seconds_of("stage", "load")


def run(folder: Path, *, rows: int, repeat: int, million: bool, progress: Progress) -> Report:
    """Measure everything below `folder`; what was measured is deleted, the report is returned."""
    work = folder / "work"
    with ExitStack() as cleanup:
        cleanup.callback(shutil.rmtree, work, ignore_errors=True)
        imports = _dag_limit(progress)
        server = cleanup.enter_context(throw_away_server(folder))
        bench = Bench(server, work, _sample(work, WARM_UP_ROWS), progress)
        workbook = _sample(work, rows)
        rounds = [_round(bench, workbook, rows, number) for number in range(1, repeat + 1)]
        flows = _medians(rounds)
        limits = [*_round_limits(rounds), *_reading_limits(workbook, flows[0]), imports]
        limits.append(growth.limit(_growth(bench)))
        ten = _ten(bench, workbook, rows)
        flows.append(ten)
        limits += ten_workbooks.limits(flows[0], ten)
        if million:
            big = _million(bench)
            flows.append(big)
            limits += _million_limits(flows[0], big)
    return Report(tuple(flows), tuple(limits))


def _sample(folder: Path, rows: int) -> Path:
    """A sample workbook, written by a process of its own so that this one stays small."""
    path = folder / f"users-{rows}.xlsx"
    in_own_process(_write_sample, path, rows)
    return path


def _write_sample(path: Path, rows: int) -> None:
    from local.sample.users import write_workbook

    write_workbook(path, rows=rows)


def _round(bench: Bench, workbook: Path, rows: int, number: int) -> Round:
    product, platform, baseline, hand = (
        f"{name}_{number}" for name in ("product", "platform", "baseline", "by_hand")
    )
    job, warm_up = _jobs(bench, workbook, product)
    other, other_warm_up = _jobs(bench, workbook, baseline)
    third, third_warm_up = _jobs(bench, workbook, hand)
    for each in (other, other_warm_up, third, third_warm_up):
        in_own_process(users_flow.create_tables, each)
    into, into_warm_up = (replace(each, target="django") for each in _jobs(bench, workbook, platform))
    for each in (into, into_warm_up):
        in_own_process(users_flow.migrate_platform, each)
    first = _flow(bench, "first load", rows, STEPS, job, warm_up)
    again = _flow(bench, "the same again", rows, STEPS, _again(job), _again(warm_up))
    django = _flow(bench, "into the platform's tables", rows, STEPS, into, into_warm_up)
    slow = _flow(bench, "baseline", rows, BASELINE, other, other_warm_up)
    quick = _flow(bench, "by hand", rows, BY_HAND, third, third_warm_up)
    for url in (other.url, third.url):
        users = in_own_process(comparison.assert_equal_users, job.url, url)
    done = Round(first, again, django, slow, quick)
    bench.progress(f"round {number}: {users} equal users; {done.speed_up:.1f} times as fast as the baseline")
    _drop(bench, product, platform, baseline, hand)
    return done


def _jobs(bench: Bench, workbook: Path, name: str) -> tuple[Job, Job]:
    """The load to measure and the tiny one before it, each with a database and a folder of its own."""
    tiny = f"{name}_tiny"
    return (
        Job(workbook, bench.server.create_database(name), bench.folder / name, name),
        Job(bench.tiny, bench.server.create_database(tiny), bench.folder / tiny, tiny),
    )


def _again(job: Job) -> Job:
    return replace(job, run=f"{job.run}{AGAIN}")


def _flow(bench: Bench, name: str, rows: int, steps: Sequence[Step[Job]], job: Job, warm_up: Job) -> Flow:
    measures = []
    with MemoryWatch(bench.server) as memory:
        for step in steps:
            measures.append(measure(step, job, warm_up=warm_up))
            bench.progress(f"{name}, {step.name}: {measures[-1].seconds:.2f} s")
    return Flow(name, rows, tuple(measures), memory.peak_bytes)


def _drop(bench: Bench, *names: str) -> None:
    for name in names:
        for database in (name, f"{name}_tiny"):
            bench.server.drop_database(database)
            shutil.rmtree(bench.folder / database, ignore_errors=True)


def _million(bench: Bench) -> Flow:
    bench.progress(f"writing a workbook of {MILLION:,} rows")
    job, warm_up = _jobs(bench, _sample(bench.folder, MILLION), "million")
    return _flow(bench, "a million", MILLION, STEPS, job, warm_up)


def _growth(bench: Bench) -> dict[int, float]:
    bench.progress(f"storing {growth.SIZES[-1]:,} users")
    job, warm_up = _jobs(bench, _sample(bench.folder, growth.SIZES[0]), "growth")
    found = in_own_process(growth.gate_seconds, job, warm_up)
    bench.progress(f"gate users_next by users stored: {found}")
    _drop(bench, "growth")
    return found


def _ten(bench: Bench, workbook: Path, rows: int) -> Flow:
    bench.progress(f"{ten_workbooks.BOOKS} workbooks of {rows:,} rows")
    folder = ten_workbooks.write_folder(workbook, bench.folder / "ten")
    job, warm_up = _jobs(bench, folder, "ten_books")
    flow = _flow(bench, "ten workbooks", ten_workbooks.BOOKS * rows, STEPS, job, warm_up)
    _drop(bench, "ten_books")
    return flow


def _medians(rounds: list[Round]) -> list[Flow]:
    return [
        median_flow([each.first for each in rounds]),
        median_flow([each.again for each in rounds]),
        median_flow([each.platform for each in rounds]),
        median_flow([each.baseline for each in rounds]),
        median_flow([each.by_hand for each in rounds]),
    ]


def _round_limits(rounds: list[Round]) -> list[Limit]:
    speed_up = statistics.median(each.speed_up for each in rounds)
    again = statistics.median(each.again_share for each in rounds)
    platform = statistics.median(each.platform_times for each in rounds)
    by_hand = statistics.median(each.by_hand_times for each in rounds)
    return [
        Limit("against the same rows by hand", by_hand, "at most", MAX_BY_HAND_TIMES, "×"),
        Limit("times as fast as row by row", speed_up, "at least", MIN_SPEED_UP, "×"),
        Limit("stage and load of the same again", again, "at most", MAX_AGAIN, "of the first"),
        Limit("into the platform's tables", platform, "at most", MAX_PLATFORM_TIMES, "×"),
    ]


def _reading_limits(workbook: Path, usual: Flow) -> list[Limit]:
    look = in_own_process(reading.look_seconds, workbook) / usual.seconds_of("extract", "transform")
    child = in_own_process(reading.child_seconds)
    return [
        Limit("counting the cells in the file", look, "at most", MAX_LOOK, "of extract and transform"),
        Limit("a process to read in", child, "at most", MAX_CHILD_SECONDS, "s"),
    ]


def _million_limits(usual: Flow, big: Flow) -> list[Limit]:
    times = big.seconds / usual.seconds
    gigabytes = big.peak_bytes / 1e9
    return [
        Limit(f"{big.rows:,} rows against {usual.rows:,}", times, "at most", MAX_MILLION_TIMES, "×"),
        Limit(f"largest process at {big.rows:,} rows", gigabytes, "at most", MAX_MEMORY_GB, "GB"),
    ]


def _dag_limit(progress: Progress) -> Limit:
    progress(f"importing {DAG_FILE.name}")
    return Limit("a DAG file's own import", import_seconds(DAG_FILE), "at most", MAX_DAG_SECONDS, "s")
