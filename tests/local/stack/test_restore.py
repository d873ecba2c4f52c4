"""A backup becomes a stack's state, whole or not at all; real PostgreSQL, no Airflow."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text

from local.errors import LocalStackError
from local.settings import VAR, StackSettings
from local.stack import postgres
from local.stack.credentials import stored_credentials
from local.stack.restore import _running, restore
from pipeline.errors import FatalError, PipelineError
from tests.stack import free_port
from upkeep.backup import AIRFLOW, USERS, back_up
from upkeep.settings import UpkeepSettings

FERNET = "the key of the old machine"


@pytest.fixture
def backup(engine: Engine, other_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A backup of two databases of an old machine, each with a table of its own, and of a DAG."""
    for each, name in ((engine, "dag_run"), (other_engine, "users")):
        with each.begin() as connection:
            connection.execute(text(f"CREATE TABLE {name} AS SELECT n FROM generate_series(1, 30) n"))
    for variable in (
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__API__SECRET_KEY",
    ):
        monkeypatch.setenv(variable, FERNET)
    dags = tmp_path / "old" / "dags"
    dags.mkdir(parents=True)
    (dags / "ours.py").write_text("old")
    (dags / "mine.py").write_text("mine")
    settings = UpkeepSettings(
        backup_url=str(tmp_path / "backups"),
        backup_identity=str(tmp_path / "identity.txt"),
        backup_paths=str(dags),
        scratch_path=str(tmp_path / "scratch"),
    )
    databases: dict[str, URL] = {AIRFLOW: engine.url, USERS: other_engine.url}
    return back_up(databases, settings, now=datetime.now(UTC), export=lambda *_: None).place


@pytest.fixture
def machine() -> Iterator[StackSettings]:
    """A machine without a stack. Not in pytest's folder, which every session closes to others."""
    folder = VAR / "test" / f"restore-{time.time_ns():x}"
    dags = folder / "dags"
    dags.mkdir(parents=True)
    (dags / "ours.py").write_text("new")
    yield StackSettings(
        root=folder / "stack",
        dags_folder=dags,
        ui_port=free_port(),
        smtp_port=free_port(),
        elasticsearch_port=free_port(),
    )
    shutil.rmtree(folder)


def rows(settings: StackSettings) -> dict[str, int]:
    """Rows of the tables of both databases of a stack, whose server runs for this."""
    found = {}
    postgres.prepare(settings)
    with _running(settings):
        for database, table in (("airflow", "dag_run"), ("elearning_db", "users")):
            with postgres.connected(settings, database) as connection, connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
                found[table] = cursor.fetchone()[0]
    return found


def test_a_new_machine_gets_the_databases_the_secrets_and_the_dags_that_it_lacks(
    backup: str, machine: StackSettings, tmp_path: Path
):
    done = restore(machine, backup, tmp_path / "identity.txt")
    assert (done.rows, done.dags, done.before) == (60, ("mine.py",), None)
    assert rows(machine) == {"dag_run": 30, "users": 30}
    assert stored_credentials(machine.credentials_path).fernet_key == FERNET
    assert (machine.dags_folder / "ours.py").read_text() == "new"
    assert (done.files / "dags" / "ours.py").read_text() == "old"
    assert not machine.root.with_name("stack.restoring").exists()


def test_what_was_there_is_kept_aside_and_a_cluster_keeps_its_login(
    backup: str, machine: StackSettings, tmp_path: Path
):
    restore(machine, backup, tmp_path / "identity.txt")
    own = stored_credentials(machine.credentials_path).elasticsearch_password
    machine.elasticsearch_folder.mkdir()
    done = restore(machine, backup, tmp_path / "identity.txt")
    assert done.before is not None
    assert {path.name for path in done.before.iterdir()} == {"postgres", "credentials.json"}
    assert stored_credentials(machine.credentials_path).elasticsearch_password == own
    assert rows(machine) == {"dag_run": 30, "users": 30}


def test_a_broken_a_foreign_and_a_missing_backup_and_another_identity_change_nothing(
    backup: str, machine: StackSettings, tmp_path: Path
):
    restore(machine, backup, tmp_path / "identity.txt")
    before = {path: path.stat().st_mtime_ns for path in machine.root.rglob("*")}
    broken, foreign = tmp_path / "broken.age", tmp_path / "foreign.age"
    content = Path(backup).read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    foreign.write_bytes(b"PK\x03\x04")
    (tmp_path / "other.txt").write_text(
        (tmp_path / "identity.txt").read_text().replace("AGE-SECRET-KEY-1", "X")
    )
    for place, key, error in (
        (str(broken), "identity.txt", FatalError),
        (str(foreign), "identity.txt", FatalError),
        (str(tmp_path / "none.age"), "identity.txt", FatalError),
        (backup, "other.txt", FatalError),
        (backup, "none.txt", LocalStackError),
        ("", "identity.txt", LocalStackError),
    ):
        with pytest.raises(error) as raised:
            restore(machine, place, tmp_path / key)
        assert "\n" not in str(raised.value)
        assert isinstance(raised.value, PipelineError)
    assert {path: path.stat().st_mtime_ns for path in machine.root.rglob("*")} == before


def test_a_dump_whose_rows_are_not_those_of_the_manifest_changes_nothing(
    backup: str, machine: StackSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("local.stack.restore.restore_dump", lambda *_: {"public.dag_run": 29})
    with pytest.raises(LocalStackError, match="restores 29 rows, and 30 were dumped"):
        restore(machine, backup, tmp_path / "identity.txt")
    assert not machine.root.exists()
