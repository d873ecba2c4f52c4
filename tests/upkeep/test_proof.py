"""The newest backup is proven by restoring it, on real databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from pipeline.errors import FatalError
from upkeep.backup import AIRFLOW, USERS, back_up, backups
from upkeep.proof import PREFIX, prove
from upkeep.settings import UpkeepSettings

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)


@pytest.fixture
def settings(engine: Engine, other_engine: Engine, tmp_path: Path) -> UpkeepSettings:
    """With one backup of two databases, made at `NOW`."""
    for each in (engine, other_engine):
        with each.begin() as connection:
            connection.execute(text("CREATE TABLE t AS SELECT n FROM generate_series(1, 30) n"))
    settings = UpkeepSettings(
        backup_url=str(tmp_path / "backups"),
        backup_identity=str(tmp_path / "identity.txt"),
        backup_paths="",
        scratch_path=str(tmp_path / "scratch"),
    )
    databases = {AIRFLOW: engine.url, USERS: other_engine.url}
    back_up(databases, settings, now=NOW, export=lambda *_: None)
    return settings


def scratch_databases(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        found = text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)")
        return list(connection.scalars(found, {"prefix": PREFIX}))


def test_a_backup_that_restores_is_proven_and_nothing_is_left_of_the_proof(
    settings: UpkeepSettings, engine: Engine
):
    proof = prove(settings, engine.url, now=NOW + timedelta(hours=2))
    assert (proof.backups, proof.hours, proof.files) == (1, 2.0, 3)
    assert (proof.tables, proof.wrong_tables, proof.rows, proof.problem) == (2, 0, 60, "")
    assert scratch_databases(engine) == []
    assert list(Path(settings.scratch_path).iterdir()) == []


def test_a_damaged_backup_and_none_at_all_are_told(settings: UpkeepSettings, engine: Engine):
    [backup] = backups(settings)
    backup.write_bytes(backup.read_bytes()[:-3000])
    damaged = prove(settings, engine.url, now=NOW)
    assert (damaged.wrong_files, damaged.wrong_tables) == (1, 1)
    assert "damaged" in damaged.problem
    backup.unlink()
    assert prove(settings, engine.url, now=NOW).problem == "There is no backup."


def test_a_table_that_restores_with_other_rows_is_wrong(
    settings: UpkeepSettings, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("upkeep.proof.restore", lambda *_, **__: {"public.t": 29})
    assert prove(settings, engine.url, now=NOW).wrong_tables == 2


def test_a_role_that_may_make_no_database_is_told_what_it_lacks(settings: UpkeepSettings, engine: Engine):
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS upkeep_poor"))
        connection.execute(text("CREATE ROLE upkeep_poor LOGIN"))
    try:
        with pytest.raises(FatalError, match='ALTER ROLE "upkeep_poor" CREATEDB'):
            prove(settings, engine.url.set(username="upkeep_poor"), now=NOW)
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP ROLE upkeep_poor"))
