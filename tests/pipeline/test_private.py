"""What holds personal data is readable by its owner only, also under a umask that forbids nobody anything."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from upath import UPath

from etl.refused.replay import put_away
from local.sample.users import write_workbook
from local.show.mail import Mail, write_html
from pipeline import private
from pipeline.folder import RunFolder
from report.store import Store


@pytest.fixture(autouse=True)
def _lax() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> set[str]:
    """The rights of all that is below a folder, but not its own."""
    return {oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.rglob("*")}


def test_each_absent_folder_is_made_private_and_one_that_is_there_stays(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o777)
    private.make_folder(shared / "rejected" / "old")
    private.make_folder(shared)
    assert (oct(stat.S_IMODE(shared.stat().st_mode)), modes(shared)) == ("0o777", {"0o700"})


def test_a_file_that_was_left_by_others_is_made_private_before_it_is_written(tmp_path: Path) -> None:
    left = tmp_path / ".data.part"
    left.touch(mode=0o666)
    private.create_file(left)
    left.write_text("zoe@x.fr")
    assert modes(tmp_path) == {"0o600"}


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_the_frames_of_a_run(tmp_path: Path, scheme: str) -> None:
    folder = RunFolder.of(f"{scheme}{tmp_path}/ingest/staging", "run-1")
    folder.write_frame("source", pd.DataFrame({"email": ["zoe@x.fr"]}))
    assert modes(tmp_path) == {"0o700", "0o600"}
    assert list(folder.read_frame("source")["email"]) == ["zoe@x.fr"]


def test_a_store_that_is_no_file_system_has_rights_of_its_own() -> None:
    folder = UPath("memory://ingest/staging")
    private.make_folder(folder)
    private.create_file(folder / "part")
    assert folder.exists()


def test_the_failing_rows_and_pages_of_a_verdict(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "quality"))
    store.write("runs/users_ready/run-1/20261126T020000Z", {"rows.csv": "z…@x.fr", "index.html": "x"})
    assert modes(tmp_path) == {"0o700", "0o600"}


def test_replayed_workbooks_are_put_into_a_private_folder(tmp_path: Path) -> None:
    replay = tmp_path / "rejected.xlsx"
    private.create_file(replay)
    put_away([str(replay)], run_name="run-1")
    assert modes(tmp_path) == {"0o700", "0o600"}


def test_the_samples_and_the_mails_that_are_shown(tmp_path: Path) -> None:
    write_workbook(tmp_path / "ETL_users" / "data.xlsx", rows=1)
    write_html(Mail(datetime.now(UTC), "a", "b", "c", "zoe@x.fr"), tmp_path / "shown", 1)
    assert modes(tmp_path) == {"0o700", "0o600"}
