"""Publishing on storage that gives out: the verdict stands, and says what is missing."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from report.past import NO_PAST
from report.publish import Beside, publish
from report.store import GREAT_EXPECTATIONS, Store
from tests.report.test_store import largest_file
from tests.report.users_reports import users_ready
from tests.s3 import S3Server

REPORT = users_ready(1)
BESIDE = Beside(result="{}", rows="check\r\n", page=lambda _: "<html></html>")


def missing(store: Store) -> str:
    """What the report says is missing, after a verdict was published."""
    made = publish(REPORT, NO_PAST, BESIDE, store)
    assert replace(made, unpublished=()) == REPORT
    return "\n".join(made.unpublished)


def test_a_full_disk(tmp_path: Path):
    store = Store(str(tmp_path / "quality"))
    with largest_file(1_000):
        assert "File too large" in missing(store)
    assert (list(store.folders()), list(store.unfinished())) == ([], [])
    assert missing(store) == ""
    assert list(store.folders()) == [REPORT.folder]


def test_a_file_where_the_folder_should_be(tmp_path: Path):
    (tmp_path / "quality").write_text("no folder")
    assert "Not a directory" in missing(Store(str(tmp_path / "quality")))


def test_a_client_that_is_not_installed():
    assert "gcsfs" in missing(Store("gs://bucket/quality"))


def test_a_storage_that_is_away_holds_a_gate_up_for_seconds_only(bucket: str, s3_server: S3Server):
    store = Store(bucket)
    s3_server.stop()
    try:
        started = time.monotonic()
        assert "Could not connect" in missing(store)
        assert time.monotonic() - started < 15
    finally:
        s3_server.start()
    assert missing(store) == ""
    assert list(store.folders()) == [REPORT.folder]


def test_great_expectations_own_page_may_fail_alone(tmp_path: Path):
    def fails(_: str) -> str:
        raise ValueError("a custom expectation without a renderer")

    store = Store(str(tmp_path / "quality"))
    made = publish(REPORT, NO_PAST, replace(BESIDE, page=fails), store)
    [line] = made.unpublished
    assert "a custom expectation without a renderer" in line
    assert GREAT_EXPECTATIONS not in store.files(REPORT.folder)


@pytest.mark.parametrize("name", ["a:b", "a/b"])
def test_a_run_of_any_name_is_published(tmp_path: Path, name: str):
    store = Store(str(tmp_path / "quality"))
    assert publish(replace(REPORT, run=name), NO_PAST, BESIDE, store).unpublished == ()
