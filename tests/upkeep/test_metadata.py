"""Airflow's old rows go by its own command, on a real metadata database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text
from typer.testing import CliRunner

from pipeline.errors import RetriableError
from tests.airflow_database import migrated_database
from upkeep.__main__ import app
from upkeep.airflow_command import METADATA
from upkeep.metadata import clean_metadata

NOW = datetime.now(UTC)
OLDEST = NOW - timedelta(days=30)


@pytest.fixture
def metadata(postgres: URL, tmp_path: Path) -> Iterator[Engine]:
    """A metadata database with a log entry of today, and one of last year."""
    with migrated_database(postgres, tmp_path) as engine:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM log"))
            for then in (NOW, NOW - timedelta(days=365)):
                connection.execute(text("INSERT INTO log (dttm, event) VALUES (:then, 'x')"), {"then": then})
        yield engine


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def logged(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM log WHERE event = 'x'")) or 0)


def test_a_dry_run_counts_then_old_rows_go_and_are_kept_as_csv_where_somebody_wants_them(
    metadata: Engine, tmp_path: Path
):
    archive = tmp_path / "archive"
    dry = clean_metadata(url_of(metadata), older_than=OLDEST, archive=str(archive), dry_run=True)
    assert (dry.rows, logged(metadata), archive.exists()) == ({"log": 1}, 2, False)
    done = clean_metadata(url_of(metadata), older_than=OLDEST, archive=str(archive))
    assert (done.rows["log"], logged(metadata)) == (1, 1)
    [kept] = archive.glob("*log*.csv")
    assert f"{NOW.year - 1}-" in kept.read_text()
    with metadata.connect() as connection:
        left = connection.scalars(text("SELECT relname FROM pg_class WHERE relname ~ '^_airflow_deleted'"))
        assert list(left) == []


def test_a_table_that_cannot_be_cleaned_is_an_error_that_names_it(metadata: Engine):
    with metadata.begin() as connection:
        connection.execute(text("ALTER TABLE log RENAME COLUMN dttm TO moved"))
    with pytest.raises(RetriableError, match=r"airflow db clean ended with exit code 1: .*\['log'\]"):
        clean_metadata(url_of(metadata), older_than=OLDEST)


def test_the_command_works_beside_airflow_and_says_where_it_does_not(
    metadata: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(METADATA, url_of(metadata))
    done = CliRunner().invoke(app, ["metadata"])
    assert done.output.splitlines()[-1] == "        1 rows deleted"
    assert logged(metadata) == 1
    monkeypatch.setenv(METADATA, "airflow-db-not-allowed:///")
    refused = CliRunner().invoke(app, ["metadata"])
    assert refused.exit_code == 1
    assert refused.output == f"{METADATA} is not set: run this beside Airflow, with its environment.\n"
