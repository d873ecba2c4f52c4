"""The folders of old reindex runs go, by the flow's own setting, and nothing else that stands beside them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipeline.folder import RunFolder
from reindex.keeping.prune import prune_folders
from reindex.settings import ReindexSettings
from tests.elasticsearch import RunningElasticsearch
from tests.reindex.flow import Flow
from tests.reindex.own_data import own_index

FRAME = pd.DataFrame({"field": ["cours.titre"]})


def aged(folder: Path, *, days: float) -> Path:
    """The folder, as if nothing had been written into it for so many days."""
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    os.utime(folder, (then, then))
    return folder


def run_folder(staging: Path, frame: str, *, days: float) -> Path:
    RunFolder(str(staging / f"{frame}-{days}")).write_frame(frame, FRAME)
    return aged(staging / f"{frame}-{days}", days=days)


@pytest.mark.parametrize("frame", ["profile", "buckets"])
def test_a_folder_goes_after_so_many_days(frame: str, tmp_path: Path):
    young, old = (run_folder(tmp_path, frame, days=days) for days in (6.9, 7.1))
    assert prune_folders(str(tmp_path), keep_days=7) == 1
    assert (young.exists(), old.exists()) == (True, False)
    assert prune_folders(str(tmp_path), keep_days=6) == 1
    assert not young.exists()


def test_what_a_killed_step_half_wrote_goes_too(tmp_path: Path):
    folder = tmp_path / "manual__1"
    folder.mkdir()
    (folder / ".profile.parquet.part").write_bytes(b"half")
    aged(folder, days=8)
    assert prune_folders(str(tmp_path), keep_days=7) == 1
    assert list(tmp_path.iterdir()) == []


def test_folders_of_users_runs_and_of_others_stay(tmp_path: Path):
    users = run_folder(tmp_path, "source", days=1000)
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "plan.txt").write_text("mine")
    aged(notes, days=1000)
    assert prune_folders(str(tmp_path), keep_days=1) == 0
    assert (users.exists(), notes.exists()) == (True, True)


def test_a_staging_url_that_is_no_local_folder_is_left_to_its_own_rule():
    assert prune_folders("memory://courses-staging", keep_days=1) == 0


def test_a_run_deletes_the_old_ones_at_its_own_staging_url_by_its_own_setting(
    elasticsearch: RunningElasticsearch, served: str, tmp_path: Path
):
    own_index(elasticsearch.admin, served, 1, alias=True, run="sample", documents=2)
    young, old = (run_folder(tmp_path / "courses", "profile", days=days) for days in (2.9, 3.1))
    elsewhere = run_folder(tmp_path / "users", "profile", days=100)
    settings = ReindexSettings(index=served, staging_url=str(tmp_path / "courses"), keep_staging_days=3)
    run = Flow(elasticsearch.cluster_for(served), settings, tmp_path / "courses", run="run-1")
    run.run_all(until="check_cluster")
    assert (young.exists(), old.exists(), elsewhere.exists()) == (True, False, True)
    assert (tmp_path / "courses" / "run-1" / "profile.parquet").exists()
