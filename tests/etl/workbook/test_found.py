"""Which workbooks a run reads, and when they are ready."""

import os
import threading
import time
from contextlib import contextmanager

import pytest

from etl.errors import WorkbookError, WorkbookNotReadyError
from etl.workbook import found


def names(paths):
    return [path.name for path in paths]


def test_a_folder_stands_for_its_workbooks_in_name_order(tmp_path):
    for name in ("b.xlsx", "a.XLSX", "~$a.xlsx", ".hidden.xlsx", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    assert names(found.find(str(tmp_path))) == ["a.XLSX", "b.xlsx"]


def test_a_glob_stands_for_what_it_matches(tmp_path):
    for name in ("users-1.xlsx", "users-2.xlsx", "courses.xlsx"):
        (tmp_path / name).write_bytes(b"x")
    assert names(found.find(str(tmp_path / "users-*.xlsx"))) == ["users-1.xlsx", "users-2.xlsx"]


@pytest.mark.parametrize("name", ["data[1].xlsx", "what?.xlsx", "all*.xlsx", "folder[1]"])
def test_what_is_there_under_this_very_name_is_no_glob(tmp_path, name):
    path = tmp_path / name
    if path.suffix:
        path.write_bytes(b"x")
    else:
        path.mkdir()
        (path / name).with_suffix(".xlsx").write_bytes(b"x")
    (tmp_path / "data1.xlsx").write_bytes(b"x")
    assert names(found.find(str(path))) == [f"{path.stem}.xlsx"]


@pytest.mark.parametrize("path", ["data.xlsx", "", "none-*.xlsx"])
def test_nothing_there_may_come_later(tmp_path, path):
    with pytest.raises(WorkbookNotReadyError, match=r"no workbook there\. Deliver it"):
        found.find(str(tmp_path / path))


def test_a_file_that_is_no_workbook_never_will_be_one(tmp_path):
    (tmp_path / "data.csv").write_text("Nom;Email")
    with pytest.raises(WorkbookError, match=r"data\.csv: not a workbook"):
        found.find(str(tmp_path / "data.csv"))


@pytest.mark.parametrize("lock", ["~$data.xlsx", ".~lock.data.xlsx#"])
def test_an_open_workbook_is_not_ready(tmp_path, lock):
    path = tmp_path / "data.xlsx"
    path.write_bytes(b"x")
    (tmp_path / lock).write_bytes(b"")
    with pytest.raises(WorkbookNotReadyError, match="open in a spreadsheet program"):
        found.take([path], settle_seconds=0)


def test_a_workbook_that_grows_is_not_ready(tmp_path):
    path = tmp_path / "data.xlsx"
    path.write_bytes(b"x")

    def write_on():
        time.sleep(0.1)
        path.write_bytes(b"xx")

    writer = threading.Thread(target=write_on)
    writer.start()
    with pytest.raises(WorkbookNotReadyError, match="still being written"):
        found.take([path], settle_seconds=0.5)
    writer.join()


def test_the_checksum_is_of_the_bytes_not_of_name_or_date(tmp_path):
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    first.write_bytes(b"same")
    second.write_bytes(b"same")
    os.utime(second, (1, 1))
    one, other = found.take([first, second], settle_seconds=0)
    assert one.checksum == other.checksum
    assert found.combined_checksum([one]) != found.combined_checksum([one, other])


def test_a_workbook_that_goes_while_it_is_looked_at_may_come_back(tmp_path):
    with pytest.raises(WorkbookNotReadyError, match="gone while it was looked at"):
        found.take([tmp_path / "data.xlsx"], settle_seconds=0)


def test_a_workbook_of_somebody_else_that_may_not_be_read_is_named_with_its_owner(tmp_path, monkeypatch):
    (tmp_path / "data.xlsx").write_bytes(b"PK")
    (tmp_path / "data.xlsx").chmod(0)
    tmp_path.chmod(0o755)
    # From inside: the folders above are not everybody's.
    monkeypatch.chdir(tmp_path)
    owner = os.getuid()
    with as_somebody_else(), pytest.raises(WorkbookError) as refused:
        found.take(found.find("data.xlsx"), settle_seconds=0)
    assert f"(it belongs to uid {owner}, mode 0)" in str(refused.value)
    assert "data.xlsx: uid " in str(refused.value)


@contextmanager
def as_somebody_else():
    """Whoever runs the tests, without the rights of root."""
    mine = os.geteuid()
    if not mine:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(mine)
