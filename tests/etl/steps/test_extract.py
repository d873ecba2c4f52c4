"""Several workbooks, one frame; and what is said when there is nothing to do."""

from datetime import UTC, datetime, timedelta

import pytest

from etl.contract import OPTIONAL_FIELDS, barred
from etl.errors import UnchangedWorkbooks, WorkbookError
from etl.steps.extract import extract
from pipeline.folder import RunFolder
from tests import workbooks
from tests.workbooks import ALI, ZOE, workbook


@pytest.fixture
def folder(tmp_path):
    return RunFolder(str(tmp_path / "run"))


def test_several_workbooks_are_read_in_name_order(tmp_path, folder):
    inbox = tmp_path / "in"
    inbox.mkdir()
    workbook(inbox / "b.xlsx", ALI)
    workbook(inbox / "a.xlsx", ("Zoé", "zoe@x.fr", "x"), header=("Nom", "Email", "Note"))
    extraction = extract(folder, str(inbox), settle_seconds=0)
    source = folder.read_frame("source")
    assert list(source.workbook) == ["a.xlsx", "b.xlsx"]
    assert extraction.gate.facts["unknown_columns"] == ["Note"]
    assert list(source["absent"]) == [barred(OPTIONAL_FIELDS), ""]
    assert (extraction.rows, extraction.told.counts) == (2, {"rows": 2})


def test_an_unchanged_workbook_is_said_to_be_unchanged_unless_forced(tmp_path, folder):
    path = workbook(tmp_path / "data.xlsx", ZOE)
    first = extract(folder, str(path), settle_seconds=0)
    with pytest.raises(UnchangedWorkbooks, match=r"data\.xlsx: unchanged since the last published run"):
        extract(folder, str(path), settle_seconds=0, published_checksum=first.checksum)
    again = extract(folder, str(path), settle_seconds=0, published_checksum=first.checksum, force=True)
    assert again.rows == first.rows


def test_a_replay_is_read_beside_an_unchanged_workbook(tmp_path, folder):
    path = workbook(tmp_path / "data.xlsx", ZOE)
    published = extract(folder, str(path), settle_seconds=0).checksum
    replay = tmp_path / "replay"
    replay.mkdir()
    yesterday = datetime.now(tz=UTC) - timedelta(days=1)
    row = ("Ali", "ali@x.fr", "invalid_email", yesterday.isoformat())
    workbook(replay / "rejected-1.xlsx", row, header=("Nom", "Email", "_reasons", "_extracted_at"))
    extraction = extract(
        folder, str(path), replay_path=str(replay), settle_seconds=0, published_checksum=published
    )
    source = folder.read_frame("source")
    assert (extraction.rows, extraction.replay_rows, extraction.replay_only) == (2, 1, False)
    assert list(source.replay) == [True, False]
    assert source.extracted_at[0] == yesterday
    assert extraction.gate.facts["unknown_columns"] == []


def test_a_workbook_in_the_replay_folder_without_the_marker_is_refused(tmp_path, folder):
    path, replay = workbook(tmp_path / "data.xlsx", ZOE), tmp_path / "replay"
    replay.mkdir()
    workbook(replay / "new.xlsx", ALI)
    with pytest.raises(WorkbookError, match=r"new\.xlsx, sheet 'Feuil1': no column '_extracted_at'"):
        extract(folder, str(path), replay_path=str(replay), settle_seconds=0)


def test_a_broken_marker_names_its_row(tmp_path, folder):
    header = ("Nom", "Email", "_extracted_at")
    path = workbook(
        tmp_path / "r.xlsx", ("A", "a@x.fr", "2026-11-01T02:00:00Z"), ("B", "b@x.fr", "?"), header=header
    )
    with pytest.raises(
        WorkbookError, match=r"r\.xlsx, sheet 'Feuil1', row 3: '_extracted_at' is not a time \(1 rows\)"
    ):
        extract(folder, str(path), settle_seconds=0)


def test_masked_emails_show_the_first_letter_and_the_domain(tmp_path, folder):
    path = workbook(tmp_path / "d.xlsx", workbooks.row(email="Zoe@X.fr"), workbooks.row(email="Ali Haddad"))
    extract(folder, str(path), settle_seconds=0)
    assert list(folder.read_frame("source").email_masked) == ["z…@x.fr", "a…"]


def test_an_aborted_extraction_leaves_no_batch(tmp_path, folder):
    with pytest.raises(WorkbookError):
        extract(folder, str(workbooks.truncated(tmp_path)), settle_seconds=0)
    assert not (tmp_path / "run").exists()
