"""What is old is deleted, and only what this product made."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from etl.upkeep.retention import Pruned, prune, prune_quarantine, prune_staging
from tests.integration.flow import Flow
from tests.integration.stored import checksum, query
from tests.workbooks import ZOE, row, workbook

pytestmark = pytest.mark.postgres

NOTHING = Pruned(quarantined_rows=0, workbooks=0, run_folders=0, staging_tables=0)


@pytest.fixture
def traces(flow: Flow, tmp_path: Path) -> Flow:
    """A published run with a rejected row, and one that was staged and never loaded."""
    path = workbook(tmp_path / "d.xlsx", ZOE, row(email="no-address"))
    flow.run(path, "run-1")
    flow.run_to_stage(path, "run-2")
    return flow


@pytest.mark.parametrize(
    ("days", "pruned"),
    [
        (6, NOTHING),
        (8, Pruned(quarantined_rows=0, workbooks=0, run_folders=2, staging_tables=1)),
        (89, Pruned(quarantined_rows=0, workbooks=0, run_folders=2, staging_tables=1)),
        (91, Pruned(quarantined_rows=2, workbooks=2, run_folders=2, staging_tables=1)),
    ],
)
def test_what_goes_after_so_many_days(traces: Flow, days: int, pruned: Pruned) -> None:
    then = datetime.now(tz=UTC) + timedelta(days=days)
    before = checksum(traces.engine)
    assert prune(traces.engine, traces.settings, now=then) == pruned
    assert prune(traces.engine, traces.settings, now=then) == NOTHING
    assert checksum(traces.engine) == before
    staging = query(traces.engine, "SELECT relname FROM pg_class WHERE relname ~ '^users_(staging|next)_'")
    assert bool(staging) == (pruned.staging_tables == 0)


def test_a_dry_run_counts_what_would_go_and_deletes_nothing(traces: Flow) -> None:
    then = datetime.now(tz=UTC) + timedelta(days=91)
    for _ in range(2):
        assert prune_quarantine(traces.engine, traces.settings, now=then, dry_run=True) == (2, 2)
        assert prune_staging(traces.engine, traces.settings, now=then, dry_run=True) == (2, 1)
    assert prune_quarantine(traces.engine, traces.settings, now=then) == (2, 2)
    assert prune_staging(traces.engine, traces.settings, now=then) == (2, 1)


def test_workbooks_that_were_replayed_go_too(traces: Flow, tmp_path: Path) -> None:
    replay = Path(traces.settings.replay_path)
    replay.mkdir()
    traces.rejected("run-1").rename(replay / "rejected-run-1.xlsx")
    traces.run(workbook(tmp_path / "e.xlsx", ZOE), "run-3")
    done = replay / "done" / "run-3" / "rejected-run-1.xlsx"
    assert done.exists()
    prune(traces.engine, traces.settings, now=datetime.now(tz=UTC) + timedelta(days=91))
    assert not done.exists()


def test_folders_of_other_flows_in_the_same_place_stay(flow: Flow) -> None:
    folder = flow.folder("reindex_weekly-1")
    for frame in ("profile", "buckets"):
        folder.write_frame(frame, pd.DataFrame({"field": ["titre"]}))
    assert prune(flow.engine, flow.settings, now=datetime.now(tz=UTC) + timedelta(days=1000)) == NOTHING
    assert sorted(path.name for path in Path(folder.url).iterdir()) == ["buckets.parquet", "profile.parquet"]


def half_written(flow: Flow) -> list[Path]:
    """What steps leave that are killed while they write: a run's first frame, a rejected workbook."""
    left = [
        Path(flow.settings.staging_url) / "run-9" / ".source.parquet.part",
        Path(flow.settings.rejected_path) / ".rejected-run-9.xlsx.part",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"zoe@x.fr")
    return left


def test_what_a_killed_step_half_wrote_goes_with_the_old_runs(flow: Flow) -> None:
    left = half_written(flow)
    for days, there in ((6, True), (8, False)):
        prune(flow.engine, flow.settings, now=datetime.now(tz=UTC) + timedelta(days=days))
        assert [path.exists() for path in left] == [there, there]
    assert not left[0].parent.exists()


def test_what_others_put_there_stays(traces: Flow) -> None:
    others = [
        Path(traces.settings.staging_url) / "notes" / "plan.txt",
        Path(traces.settings.rejected_path) / "mine.xlsx",
        Path(traces.settings.replay_path) / "rejected-waiting.xlsx",
    ]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    prune(traces.engine, traces.settings, now=datetime.now(tz=UTC) + timedelta(days=1000))
    assert [path.exists() for path in others] == [True, True, True]


def test_without_any_run_there_is_nothing_to_prune(flow: Flow) -> None:
    assert prune(flow.engine, flow.settings) == NOTHING
