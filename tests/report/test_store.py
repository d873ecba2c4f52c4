"""The folders of verdicts: on a disk, and on a real S3-compatible server."""

import hashlib
import multiprocessing
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from report.store import CHECKSUMS, PAGES, REPORT, ROWS, Store, folder_of, when_of
from tests.report.publishers import START, TEXT, folder_number, publish
from tests.s3 import S3Server

PAGE = PAGES["en"]
FOLDER = folder_number(0)
PUBLISHERS = 20


@pytest.fixture(params=["disk", "file URL", pytest.param("S3", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind."""
    match request.param:
        case "S3":
            return Store(request.getfixturevalue("bucket"))
        case "file URL":
            return Store((tmp_path / "quality").as_uri())
    return Store(str(tmp_path / "quality"))


@pytest.fixture
def disk(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "quality"))


def test_what_was_written_is_read_and_listed(store: Store):
    store.write(FOLDER, {PAGE: "Zoé", ROWS: "a,b\n"})
    assert store.read(f"{FOLDER}/{PAGE}") == "Zoé".encode()
    assert (
        store.read(f"{FOLDER}/{CHECKSUMS}")
        == (
            f"{hashlib.sha256('Zoé'.encode()).hexdigest()}  {PAGE}\n"
            f"{hashlib.sha256(b'a,b' + bytes([10])).hexdigest()}  {ROWS}\n"
        ).encode()
    )
    assert list(store.folders()) == [FOLDER]
    assert sorted(store.files(FOLDER)) == sorted([PAGE, ROWS, CHECKSUMS])
    assert list(store.unfinished()) == []


def test_a_store_where_nothing_was_written_yet_is_empty(store: Store):
    assert (list(store.folders()), list(store.unfinished())) == ([], [])
    assert store.read(f"{FOLDER}/{PAGE}") is None
    assert store.files(FOLDER) == {}


def test_the_checksums_are_those_that_sha256sum_checks(disk: Store):
    publish(disk.url, 0)
    done = subprocess.run(["sha256sum", "--check", CHECKSUMS], cwd=disk.root / FOLDER, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_folder_that_is_not_complete_is_not_listed(store: Store):
    publish(store.url, 0)
    publish(store.url, 1)
    (store.root / folder_number(1) / CHECKSUMS).unlink()
    assert list(store.folders()) == [FOLDER]
    assert list(store.unfinished()) == [folder_number(1)]


def test_a_folder_is_deleted_and_nothing_else_is(store: Store):
    publish(store.url, 0)
    publish(store.url, 1)
    store.delete(FOLDER)
    store.delete(FOLDER)
    assert list(store.folders()) == [folder_number(1)]
    assert store.read(f"{FOLDER}/{PAGE}") is None
    assert list(store.unfinished()) == []


def test_a_deleted_folder_leaves_no_empty_one_above_it(disk: Store):
    publish(disk.url, 0)
    store_root = Path(disk.url)
    disk.delete(FOLDER)
    assert sorted(path.name for path in store_root.rglob("*")) == ["runs"]


def test_files_that_are_rewritten_have_new_checksums(store: Store):
    store.write(FOLDER, {PAGE: "z…@x.fr", ROWS: "a\n", REPORT: "{}"})
    store.rewrite(FOLDER, {PAGE: b"erased"})
    files = store.files(FOLDER)
    assert (files[PAGE], files[ROWS]) == (b"erased", b"a\n")
    sums = dict(line.split("  ")[::-1] for line in files.pop(CHECKSUMS).decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "/",
        "..",
        "../secret.txt",
        f"{FOLDER}/../../../../../secret.txt",
        "/etc/passwd",
        "runs",
        FOLDER,
        f"{FOLDER}/",
        f"{FOLDER}/{PAGE}/more",
        f"{FOLDER}/{PAGE}\0",
        "a\0b",
        f"{FOLDER}/none.html",
        "x" * 256,
        "x" * 5_000,
        "é" * 200,
        "/".join(["x" * 200] * 40),
        "/".join(["x" * 200] * 5),
        "\udcff",
        "a\nb",
        "%2e%2e/secret.txt",
        "..\\secret.txt",
        ".hidden",
    ],
    ids=range(24),
)
def test_a_path_that_leads_to_no_file_of_the_store_is_none(store: Store, tmp_path: Path, path: str):
    publish(store.url, 0)
    (tmp_path / "secret.txt").write_text("secret")
    assert store.read(path) is None


def test_a_link_that_leads_out_of_the_store_is_not_followed(disk: Store, tmp_path: Path):
    publish(disk.url, 0)
    (tmp_path / "secret.txt").write_text("secret")
    (Path(disk.url) / FOLDER / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert disk.read(f"{FOLDER}/link.txt") is None


def test_runs_whose_names_differ_in_a_sign_that_no_path_can_hold_have_two_folders(store: Store):
    runs = ["a:b", "a/b", "a b", "a-b"]
    for run in runs:
        store.write(folder_of("users_ready", run, START), {PAGE: run})
    folders = sorted(store.folders())
    assert sorted(store.read(f"{folder}/{PAGE}").decode() for folder in folders) == sorted(runs)


def test_a_folder_says_when_its_gate_began():
    folder = folder_of("g", "r", datetime.fromisoformat("2026-11-24T03:00:00.000001+01:00"))
    assert when_of(folder) == datetime(2026, 11, 24, 2, 0, 0, 1, tzinfo=UTC)
    assert when_of("runs/g/r/.20261124T020000.000001Z.part-12345678") == when_of(folder)
    assert [when_of(name) for name in ("runs/g/r/x", "", "runs/g/r/20261399T020000.000001Z")] == [None] * 3


def test_a_verdict_that_is_there_is_never_overwritten(disk: Store):
    publish(disk.url, 0)
    with pytest.raises(OSError, match="not empty"):
        disk.write(FOLDER, {PAGE: "another"})
    assert disk.read(f"{FOLDER}/{PAGE}") == TEXT.encode()
    assert list(disk.unfinished()) == []


def test_a_reader_in_a_tight_loop_sees_no_torn_file_while_twenty_processes_publish(disk: Store):
    wanted = {PAGES["en"]: TEXT.encode(), PAGES["fr"]: TEXT.encode(), REPORT: b"{}", ROWS: b"a,b\n"}
    ended, torn, looked = threading.Event(), [], []

    def read() -> None:
        while not ended.is_set():
            for number in range(PUBLISHERS):
                found = disk.files(folder_number(number))
                looked.append(bool(found))
                found.pop(CHECKSUMS, None)
                if found and found != wanted:
                    torn.append(number)
            torn.extend(folder for folder in disk.folders() if disk.read(f"{folder}/{PAGE}") is None)

    reader = threading.Thread(target=read)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.report.publishers"])
    with ProcessPoolExecutor(PUBLISHERS, mp_context=context) as pool:
        reader.start()
        done = [pool.submit(publish, disk.url, number) for number in range(PUBLISHERS)]
        wait(done)
        time.sleep(0.1)
        ended.set()
        reader.join()
    assert [each.result() for each in done] == [folder_number(number) for number in range(PUBLISHERS)]
    assert torn == []
    assert {True, False} == set(looked)
    assert sorted(disk.folders()) == sorted(folder_number(number) for number in range(PUBLISHERS))
    assert list(disk.unfinished()) == []


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow larger, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python would keep half of the byte code of what is imported here first.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_of_a_verdict_that_does_not_fit_on_the_disk_nothing_is_left(disk: Store):
    with largest_file(1_000), pytest.raises(OSError, match="too large"):
        publish(disk.url, 0)
    assert (list(disk.folders()), list(disk.unfinished())) == ([], [])
    publish(disk.url, 0)
    assert list(disk.folders()) == [FOLDER]


def test_a_file_where_the_store_should_be_is_an_error_of_the_writer_and_empty_for_the_reader(disk: Store):
    Path(disk.url).write_text("no folder")
    with pytest.raises(OSError, match="Not a directory"):
        publish(disk.url, 0)
    assert disk.read(f"{FOLDER}/{PAGE}") is None


def test_a_writer_that_is_killed_leaves_a_folder_that_is_not_listed(disk: Store):
    code = (
        "import os, sys, pathlib\nfrom tests.report.publishers import publish\n"
        "pathlib.Path.rename = lambda *_: os._exit(9)\npublish(sys.argv[1], 0)"
    )
    assert subprocess.run([sys.executable, "-c", code, disk.url], check=False).returncode == 9
    assert list(disk.folders()) == []
    [left] = disk.unfinished()
    assert when_of(left) == START
    disk.delete(left)
    assert list(disk.unfinished()) == []


def test_a_storage_that_is_away_is_given_up_within_seconds(bucket: str, s3_server: S3Server):
    store = Store(bucket)
    publish(bucket, 0)
    s3_server.stop()
    try:
        for ask in (
            lambda: publish(bucket, 1),
            lambda: store.read(f"{FOLDER}/{PAGE}"),
            lambda: list(store.folders()),
        ):
            assert seconds_to_fail(ask) < 10
    finally:
        s3_server.start()
    assert list(store.folders()) == [FOLDER]


def seconds_to_fail(ask: Callable[[], object]) -> float:
    started = time.monotonic()
    with pytest.raises(Exception, match="Could not connect"):
        ask()
    return time.monotonic() - started


def test_a_storage_whose_client_is_not_installed_says_which_one():
    with pytest.raises(ImportError, match="gcsfs"):
        publish("gs://bucket/quality", 0)


def test_a_listing_shows_what_others_wrote_meanwhile(store: Store):
    publish(store.url, 0)
    assert list(store.folders()) == [FOLDER]
    others = Store(store.url)
    publish(others.url, 1)
    assert sorted(store.folders()) == [FOLDER, folder_number(1)]
    others.delete(FOLDER)
    assert list(store.folders()) == [folder_number(1)]
    assert store.read(f"{FOLDER}/{PAGE}") is None
