"""The Java for Elasticsearch: the first full one that is new enough, in the order that people expect."""

from pathlib import Path

import pytest

from local.elasticsearch.jdk import find_jdk
from local.errors import LocalStackError

FULL = "java.base jdk.incubator.vector jdk.zipfs"


def make_java(home: Path, version: str, modules: str = FULL) -> Path:
    """A folder that looks like a Java, without one in it."""
    (home / "bin").mkdir(parents=True)
    for command in ("java", "javac"):
        (home / "bin" / command).touch(mode=0o755)
    (home / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="{modules}"\nOS_NAME="Linux"\n')
    return home


def test_es_java_home_comes_before_java_home_and_that_before_the_usual_folders(tmp_path: Path):
    mine = make_java(tmp_path / "mine", "21.0.4")
    theirs = make_java(tmp_path / "theirs", "25.0.3")
    usual = make_java(tmp_path / "jvm" / "temurin-24", "24")
    folders = [tmp_path / "jvm"]
    both = {"ES_JAVA_HOME": str(mine), "JAVA_HOME": str(theirs)}
    assert find_jdk(both, folders) == mine
    assert find_jdk({"JAVA_HOME": str(theirs)}, folders) == theirs
    assert find_jdk({"PATH": ""}, folders) == usual


def test_one_that_is_too_old_or_not_full_is_passed_over(tmp_path: Path):
    old = make_java(tmp_path / "java-17", "17.0.15")
    make_java(tmp_path / "jvm" / "jlinked", "25", modules="java.base java.sql")
    full = make_java(tmp_path / "jvm" / "full", "21")
    assert find_jdk({"JAVA_HOME": str(old)}, [tmp_path / "jvm"]) == full


def test_a_module_may_be_named_by_its_file_only(tmp_path: Path):
    home = make_java(tmp_path / "jdk", "22", modules="")
    (home / "jmods").mkdir()
    (home / "jmods" / "jdk.incubator.vector.jmod").touch()
    assert find_jdk({"JAVA_HOME": str(home)}, []) == home


def test_the_one_on_the_path_is_found_behind_its_links(tmp_path: Path):
    home = make_java(tmp_path / "jdk", "21")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "javac").symlink_to(home / "bin" / "javac")
    assert find_jdk({"PATH": str(tmp_path / "bin")}, []) == home


def test_none_is_one_line_that_says_what_was_found_and_what_to_do(tmp_path: Path):
    old = make_java(tmp_path / "java-17", "17.0.15")
    make_java(tmp_path / "jvm" / "jlinked", "25", modules="java.base")
    environment = {"ES_JAVA_HOME": str(tmp_path / "gone"), "JAVA_HOME": str(old), "PATH": ""}
    with pytest.raises(LocalStackError) as raised:
        find_jdk(environment, [tmp_path / "jvm"])
    message = str(raised.value)
    assert f"{tmp_path / 'gone'} (no Java)" in message
    assert f"{old} (version 17.0.15)" in message
    assert "jlinked (no module jdk.incubator.vector)" in message
    assert "set ES_JAVA_HOME" in message
    assert "\n" not in message
