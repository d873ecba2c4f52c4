"""What is kept of the report, on a real PostgreSQL, and on a disk and an S3-compatible server."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from report import step_runs
from report.gate_report import GateReport
from report.history import create, last_of_each_gate, record, reports_of_gate
from report.retention import Pruned, prune
from report.store import CHECKSUMS, PAGES, Store, checksums, folder_of
from tests.report.reports import a_report

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NIGHTS = 10


@pytest.fixture(params=["disk", pytest.param("S3", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(request.getfixturevalue("bucket") if request.param == "S3" else str(tmp_path / "quality"))


@pytest.fixture
def disk(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "quality"))


def published(
    store: Store, engine: Engine | None, *, gate: str = "users_ready", passed: bool = True, **ago: float
) -> str:
    """A verdict so long ago, whose pages link to all verdicts before it; returns its folder."""
    started = NOW - timedelta(**ago)
    folder = folder_of(gate, started.isoformat(), started)
    if engine:
        create(engine)
    past = reports_of_gate(engine, gate, limit=90) if engine else []
    pages = {
        name: "\n".join(f'<a class="open" href="../../../../{each.folder}/{name}"></a>' for each in past)
        for name in PAGES.values()
    }
    store.write(folder, pages)
    if engine:
        record(
            engine,
            a_report(
                gate=gate,
                run=started.isoformat(),
                passed=passed,
                page=f"{folder}/{PAGES['en']}",
                started_at=started.isoformat(),
            ),
        )
    return folder


def nights(store: Store, engine: Engine, *, closed: tuple[int, ...] = ()) -> list[str]:
    """A verdict a night, newest last; returns their folders. closed: so many days ago."""
    days = range(NIGHTS, 0, -1)
    return [published(store, engine, days=day, passed=day not in closed) for day in days]


def pruned(store: Store, engine: Engine, *, keep_days: int = 400, keep_runs: int = 1000) -> Pruned:
    return prune(engine, store, now=NOW, keep_days=keep_days, keep_runs=keep_runs)


def listed(engine: Engine, gate: str = "users_ready") -> list[GateReport]:
    return reports_of_gate(engine, gate, limit=1000)


def dead_links(store: Store) -> list[str]:
    """Links from pages of verdicts to verdicts that are not there."""
    folders = set(store.folders())
    pages = (store.read(f"{folder}/{name}").decode() for folder in folders for name in PAGES.values())
    return [
        link for page in pages for link in re.findall(r"runs/[^/]+/[^/]+/[^/]+", page) if link not in folders
    ]


def test_what_is_older_than_the_days_goes_row_and_folder(store: Store, engine: Engine):
    folders = nights(store, engine, closed=(2,))
    assert pruned(store, engine, keep_days=4) == Pruned(rows=6, folders=6, unfinished=0, mended=8)
    assert sorted(store.folders()) == sorted(folders[-4:])
    assert {report.folder for report in listed(engine)} == set(folders[-4:])
    assert dead_links(store) == []


def test_what_steps_counted_goes_after_the_same_days(disk: Store, engine: Engine):
    for days in (2, 3, 5):
        step_runs.record(engine, dag="d", task="t", run=str(days), seconds=1, figures={})
        ended = step_runs.STEP_RUNS.c.ended_at
        moved = update(step_runs.STEP_RUNS).where(step_runs.STEP_RUNS.c.run == str(days))
        with engine.begin() as connection:
            connection.execute(moved.values({ended: NOW - timedelta(days=days)}))
    pruned(disk, engine, keep_days=4)
    with engine.connect() as connection:
        assert sorted(connection.scalars(select(step_runs.STEP_RUNS.c.run))) == ["2", "3"]


def test_of_each_gate_the_last_so_many_stay(store: Store, engine: Engine):
    folders = nights(store, engine)
    other = published(store, engine, gate="users_source", days=9)
    assert pruned(store, engine, keep_runs=3).rows == 7
    assert sorted(store.folders()) == sorted([*folders[-3:], other])
    assert list(last_of_each_gate(engine, limit=90)) == ["users_ready", "users_source"]


def test_the_last_closed_and_the_last_open_verdict_stay_however_old(disk: Store, engine: Engine):
    folders = nights(disk, engine, closed=(9, 8))
    pruned(disk, engine, keep_days=1, keep_runs=1)
    assert sorted(disk.folders()) == sorted([folders[2], folders[-1]])
    assert [report.passed for report in listed(engine)] == [True, False]
    assert dead_links(disk) == []


def test_a_link_to_what_is_gone_leads_to_the_history_of_its_gate(disk: Store, engine: Engine):
    *_, before, last = nights(disk, engine)
    pruned(disk, engine, keep_runs=2)
    assert disk.read(f"{last}/index.fr.html").decode().splitlines()[:2] == [
        f'<a class="open" href="../../../../{before}/index.fr.html"></a>',
        '<a class="open" href="../../../../gates/users_ready.fr.html"></a>',
    ]
    files = disk.files(last)
    assert files.pop(CHECKSUMS) == checksums(files)


def test_nothing_is_written_when_there_is_nothing_to_delete(disk: Store, engine: Engine):
    nights(disk, engine)
    assert pruned(disk, engine) == Pruned(0, 0, 0, 0)
    assert pruned(disk, engine, keep_days=5) == Pruned(5, 5, 0, 10)
    assert pruned(disk, engine, keep_days=5) == Pruned(0, 0, 0, 0)


def test_folders_without_a_row_go_when_they_are_old(disk: Store, engine: Engine):
    old, young = published(disk, None, days=10), published(disk, None, days=2)
    kept = published(disk, engine, days=1)
    assert pruned(disk, engine, keep_days=5) == Pruned(0, 1, 0, 0)
    assert sorted(disk.folders()) == sorted([young, kept])
    assert old not in disk.folders()


def test_a_folder_that_may_be_about_to_get_its_row_stays(disk: Store, engine: Engine):
    written = published(disk, None, hours=2)
    recorded = published(disk, engine, hours=1)
    pruned(disk, engine, keep_runs=1)
    assert sorted(disk.folders()) == sorted([written, recorded])


def test_half_written_folders_go_after_a_day(store: Store, engine: Engine):
    dead, at_work = published(store, None, hours=25), published(store, None, hours=23)
    for folder in (dead, at_work):
        (store.root / folder / CHECKSUMS).unlink()
    assert pruned(store, engine) == Pruned(0, 0, 1, 0)
    assert list(store.unfinished()) == [at_work]


def test_what_is_not_ours_stays(disk: Store, engine: Engine):
    for path in ("mailed/a", "runs/readme.txt", "runs/users_ready/notes/mine/SHA256SUMS", "other/x/y/z"):
        file = Path(disk.url) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")
    before = sorted(Path(disk.url).rglob("*"))
    pruned(disk, engine, keep_days=1)
    assert sorted(Path(disk.url).rglob("*")) == before


def test_two_at_once_delete_the_same(store: Store, engine: Engine):
    folders = nights(store, engine)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: pruned(store, engine, keep_days=4), range(4)))
    assert sum(each.rows for each in done) == 6
    assert sorted(store.folders()) == sorted(folders[-4:])
    assert list(store.unfinished()) == []
    assert dead_links(store) == []


@pytest.mark.parametrize("step", ["delete", "rewrite"])
def test_what_a_deletion_that_died_left_the_next_one_takes(
    disk: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch, step: str
):
    folders = nights(disk, engine)
    real, calls = getattr(Store, step), []

    def dies(store: Store, *arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(store, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Store, step, dies)
        with pytest.raises(KeyboardInterrupt):
            pruned(disk, engine, keep_runs=4)
    assert len(listed(engine)) == 4
    assert pruned(disk, engine, keep_runs=4).rows == 0
    assert sorted(disk.folders()) == sorted(folders[-4:])
    assert dead_links(disk) == []


def test_checksums_are_right_again_after_a_writer_died_between_two_files(
    disk: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    *_, last = nights(disk, engine)
    real, calls = Path.rename, []

    def dies(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", dies)
        with pytest.raises(KeyboardInterrupt):
            pruned(disk, engine, keep_runs=1)
    pruned(disk, engine, keep_runs=1)
    files = disk.files(last)
    assert files.pop(CHECKSUMS) == checksums(files)
    assert dead_links(disk) == []
