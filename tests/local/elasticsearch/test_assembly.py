"""The server from Maven Central: whole or not there, and each obstacle is one line."""

import os
import threading
from pathlib import Path

import pytest

from local.elasticsearch import assembly
from local.elasticsearch.assembly import assemble
from local.errors import LocalStackError

FAKE_MAVEN = """#!/bin/sh
for word in "$@"; do
    case "$word" in -DoutputDirectory=*) folder="${word#*=}" ;; esac
done
echo run >> "$(dirname "$0")/runs"
printf 'Progress (1): 30/124 MB\\rProgress (1): 31/124 MB\\rProgress (1): 124/124 MB\\r\\n'
mkdir -p "$folder/sonarqube-26/elasticsearch/lib" "$folder/elasticsearch-9/bin"
touch "$folder/elasticsearch-9/bin/elasticsearch"
"""


def made_maven(folder: Path, script: str) -> str:
    """A command that answers as Maven would, for what cannot be asked of the real one."""
    folder.mkdir(exist_ok=True)
    path = folder / "mvn"
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


def test_without_maven_one_line_names_the_next_step(tmp_path: Path):
    with pytest.raises(LocalStackError, match=r"No Maven \(no-such-mvn\).*ELASTICSEARCH_HOST") as raised:
        assemble(cache=tmp_path / "cache", maven="no-such-mvn")
    assert "\n" not in str(raised.value)


@pytest.mark.process  # of Maven, which takes seconds to say that it reaches nobody
def test_without_network_one_line_has_mavens_reason_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    nowhere = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=1 -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=1"
    monkeypatch.setenv("MAVEN_OPTS", f"-Dmaven.repo.local={tmp_path / 'm2'} {nowhere}")
    with pytest.raises(LocalStackError, match=r"could not fetch org\.elasticsearch.*refused") as raised:
        assemble(cache=tmp_path / "cache")
    assert "\n" not in str(raised.value)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["assembly.lock"]


def test_without_disk_space_one_line_says_how_much_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(assembly, "NEEDED_BYTES", 2**60)
    with pytest.raises(LocalStackError, match="GiB of disk space free"):
        assemble(cache=tmp_path / "cache", maven=made_maven(tmp_path / "bin", FAKE_MAVEN))


def test_a_download_shows_how_far_it_is(tmp_path: Path):
    shown: list[str] = []
    assemble(shown.append, cache=tmp_path / "cache", maven=made_maven(tmp_path / "bin", FAKE_MAVEN))
    assert shown[:3] == [
        "fetch Elasticsearch's scripts (120 MB, once)",
        "fetch Elasticsearch's scripts (120 MB, once): 30 of 124 MB",
        "fetch Elasticsearch's scripts (120 MB, once): 31 of 124 MB",
    ]


def test_two_at_once_assemble_it_once(tmp_path: Path):
    maven = made_maven(tmp_path / "bin", FAKE_MAVEN)
    found: list[Path] = []
    both = [
        threading.Thread(target=lambda: found.append(assemble(cache=tmp_path / "cache", maven=maven)))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=30)
    assert found == [tmp_path / "cache" / assembly.NEWEST.version] * 2
    assert os.listdir(found[0] / "bin") == ["elasticsearch"]  # noqa: PTH208
    one_for_each_archive = 2
    assert len((tmp_path / "bin" / "runs").read_text().split()) == one_for_each_archive
