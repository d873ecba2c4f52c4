"""Old logs go, whatever is young, open, linked or outside stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner
from upath import UPath

from pipeline.errors import FatalError, RetriableError
from tests.s3 import S3Server
from upkeep.__main__ import app
from upkeep.logs import Cleaned, clean_logs

NOW = datetime.now(UTC)
OLDEST = NOW - timedelta(days=30)


def log(path: Path, *, days: float, text: str = "five!") -> Path:
    """A log file that was last written so many days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    then = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))
    return path


def test_what_was_last_written_more_than_thirty_days_ago_goes_with_the_folders_that_it_leaves_empty(
    tmp_path: Path,
):
    old = log(tmp_path / "dag_id=a" / "run_id=1" / "task_id=t" / "attempt=1.log", days=31)
    young = log(tmp_path / "dag_id=a" / "run_id=2" / "task_id=t" / "attempt=1.log", days=29)
    assert clean_logs([str(tmp_path)], older_than=OLDEST) == Cleaned(1, 5)
    assert not old.parents[1].exists()
    assert young.exists()
    assert clean_logs([str(tmp_path)], older_than=OLDEST) == Cleaned()


def test_a_dry_run_counts_and_deletes_nothing(tmp_path: Path):
    old = log(tmp_path / "dag_id=a" / "attempt=1.log", days=31)
    assert clean_logs([str(tmp_path)], older_than=OLDEST, dry_run=True) == Cleaned(1, 5)
    assert old.exists()


def test_an_empty_folder_that_somebody_else_has_made_stays(tmp_path: Path):
    log(tmp_path / "b" / "old.log", days=31)
    (tmp_path / "b" / "for the next run").mkdir()
    clean_logs([str(tmp_path)], older_than=OLDEST)
    assert [path.name for path in tmp_path.rglob("*")] == ["b", "for the next run"]


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_is_neither_followed_nor_deleted(tmp_path: Path, what: str):
    outside = log(tmp_path / "outside" / "precious.log", days=400)
    logs = tmp_path / "logs"
    logs.mkdir()
    link = logs / "latest"
    link.symlink_to(outside if what == "file" else outside.parent)
    assert clean_logs([str(logs)], older_than=OLDEST) == Cleaned()
    assert outside.exists()
    assert link.is_symlink()


def test_a_log_that_a_quiet_service_still_holds_open_stays(tmp_path: Path):
    quiet, ended = (log(tmp_path / name, days=90) for name in ("quiet.log", "ended.log"))
    with quiet.open("ab"):
        assert clean_logs([str(tmp_path)], older_than=OLDEST) == Cleaned(1, 5)
    assert quiet.exists()
    assert not ended.exists()


def test_a_folder_that_is_not_there_has_no_logs(tmp_path: Path):
    assert clean_logs([str(tmp_path / "none")], older_than=OLDEST) == Cleaned()


def test_the_root_of_a_file_system_and_a_file_are_no_folders_of_logs(tmp_path: Path):
    with pytest.raises(FatalError, match="the whole file system is no folder of logs"):
        clean_logs([str(tmp_path / ".." / "/")], older_than=OLDEST)
    with pytest.raises(FatalError, match="no folder, so it has no logs"):
        clean_logs([str(log(tmp_path / "a.log", days=90))], older_than=OLDEST)


def test_logs_on_s3_go_by_the_date_of_the_object_and_nothing_outside_of_their_folder(bucket: str):
    for name in ("logs/dag_id=a/1.log", "logs/2.log", "logs-of-others/3.log"):
        path = UPath(bucket) / name
        path.write_bytes(b"five!")
    place = f"{bucket}/logs"
    assert clean_logs([place], older_than=OLDEST) == Cleaned()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert clean_logs([place], older_than=tomorrow, dry_run=True) == Cleaned(2, 10)
    assert clean_logs([place], older_than=tomorrow) == Cleaned(2, 10)
    assert [path.name for path in UPath(bucket).rglob("*.log")] == ["3.log"]


def test_a_storage_that_does_not_answer_is_tried_again(bucket: str, s3_server: S3Server):
    s3_server.stop()
    try:
        with pytest.raises(RetriableError, match="Check that the storage answers"):
            clean_logs([f"{bucket}/logs"], older_than=OLDEST)
    finally:
        s3_server.start()


def test_the_command_says_what_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    log(tmp_path / "a" / "1.log", days=8)
    log(tmp_path / "b" / "2.log", days=8)
    monkeypatch.setenv("UPKEEP_LOG_URLS", f"{tmp_path / 'a'}, {tmp_path / 'b'}")
    monkeypatch.setenv("UPKEEP_KEEP_LOG_DAYS", "7")
    assert CliRunner().invoke(app, ["logs", "--dry-run"]).output == "2 log files would be deleted, 10 bytes\n"
    assert CliRunner().invoke(app, ["logs"]).output == "2 log files deleted, 10 bytes\n"
    assert CliRunner().invoke(app, ["logs"]).output == "0 log files deleted, 0 bytes\n"


def test_a_setting_that_cannot_be_used_is_one_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UPKEEP_KEEP_LOG_DAYS", "0")
    done = CliRunner().invoke(app, ["logs"])
    assert done.exit_code == 1
    assert "UPKEEP_KEEP_LOG_DAYS" in done.output
