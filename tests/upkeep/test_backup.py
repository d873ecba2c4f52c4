"""A backup of real databases: encrypted, complete, the last seven, and nothing half-written."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text
from upath import UPath

from pipeline.errors import FatalError, RetriableError
from tests.airflow_database import migrated_database
from tests.s3 import S3Server
from upkeep import manifest, sealed
from upkeep.backup import AIRFLOW, USERS, back_up, backups, made_at
from upkeep.postgres import restore
from upkeep.settings import UpkeepSettings

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def airflow_database(postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with migrated_database(postgres, tmp_path_factory.mktemp("home")) as engine:
        yield engine


@pytest.fixture
def users(engine: Engine) -> Engine:
    """A database with 1,000 users."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE users (id int PRIMARY KEY, name text)"))
        connection.execute(text("INSERT INTO users SELECT n, 'Zoé ' || n FROM generate_series(1, 1000) n"))
    return engine


@pytest.fixture
def settings(tmp_path: Path) -> UpkeepSettings:
    dags = tmp_path / "dags"
    (dags / "__pycache__").mkdir(parents=True)
    (dags / "__pycache__" / "a.pyc").write_bytes(b"x")
    (dags / "a.py").write_text("print()")
    (tmp_path / ".env").write_text("AIRFLOW__CORE__FERNET_KEY=secret")
    return UpkeepSettings(
        backup_url=str(tmp_path / "backups"),
        backup_identity=str(tmp_path / "keys" / "identity.txt"),
        backup_paths=f"{dags},{tmp_path / '.env'}",
        scratch_path=str(tmp_path / "scratch"),
    )


@pytest.fixture
def urls(airflow_database: Engine, users: Engine) -> dict[str, URL]:
    return {AIRFLOW: airflow_database.url, USERS: users.url}


def nothing(_folder: Path, _url: str) -> None:
    """No entries: Airflow's command takes seconds, and one test has it run."""


def unpacked(settings: UpkeepSettings, folder: Path) -> manifest.Manifest:
    [newest, *_] = backups(settings)
    folder.mkdir()
    sealed.unseal(newest, folder, sealed.identity(settings.backup_identity))
    return manifest.read(folder, place=newest.name)


def test_it_holds_what_a_new_machine_needs_and_its_counts_are_those_of_what_was_dumped(
    settings: UpkeepSettings,
    urls: dict[str, URL],
    other_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "a key of this test")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "nowhere")
    done = back_up(urls, settings, now=NOW)
    assert done.place.endswith("backup-20261127T040000Z.tar.age")
    whole = tmp_path / "whole"
    found = unpacked(settings, whole)
    assert sorted(found.files) == [
        "airflow/connections.json",
        "airflow/pools.json",
        "airflow/variables.json",
        "databases/airflow.dump",
        "databases/users.dump",
        "environment.json",
        "files/.env",
        "files/dags/a.py",
    ]
    assert found.tables[USERS] == {"public.users": 1000}
    assert "default_pool" in (whole / "airflow" / "pools.json").read_text()
    environment = (whole / "environment.json").read_text()
    assert "a key of this test" in environment
    assert "nowhere" not in environment
    assert restore(whole / "databases" / "users.dump", other_engine.url) == found.tables[USERS]


def test_nobody_else_can_read_it_and_nothing_plain_is_left(
    settings: UpkeepSettings, urls: dict[str, URL], tmp_path: Path
):
    back_up(urls, settings, export=nothing, now=NOW)
    [backup] = Path(settings.backup_url).iterdir()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(settings.backup_identity).stat().st_mode) == 0o600
    assert b"Zo" not in backup.read_bytes()[:64]
    assert backup.read_bytes().startswith(b"age-encryption.org/v1")
    assert list(Path(settings.scratch_path).iterdir()) == []
    stranger = sealed.identity(str(tmp_path / "stranger.txt"))
    (tmp_path / "out").mkdir()
    with pytest.raises(FatalError, match="no backup that this identity opens"):
        sealed.unseal(UPath(backup), tmp_path / "out", stranger)


def test_a_recipient_elsewhere_opens_it_when_the_machine_is_lost(
    settings: UpkeepSettings, urls: dict[str, URL], tmp_path: Path
):
    elsewhere = sealed.identity(str(tmp_path / "elsewhere.txt"))
    both = settings.model_copy(update={"backup_recipients": str(elsewhere.to_public())})
    back_up(urls, both, export=nothing, now=NOW)
    (tmp_path / "out").mkdir()
    sealed.unseal(backups(both)[0], tmp_path / "out", elsewhere)
    assert manifest.read(tmp_path / "out", place="it").rows > 1000


@pytest.mark.parametrize("fault", ["cut", "flipped", "foreign"])
def test_a_damaged_or_foreign_file_is_one_line(
    settings: UpkeepSettings, urls: dict[str, URL], tmp_path: Path, fault: str
):
    back_up(urls, settings, export=nothing, now=NOW)
    [backup] = backups(settings)
    content = bytearray(backup.read_bytes())
    content[-100] ^= 1
    damaged = {"cut": bytes(content[:-5000]), "flipped": bytes(content), "foreign": b"PK\3\4 no backup"}
    backup.write_bytes(damaged[fault])
    with pytest.raises(FatalError, match=r"backup-.*(damaged|no backup that this identity opens)") as raised:
        unpacked(settings, tmp_path / "out")
    assert "\n" not in str(raised.value)


def test_a_file_that_was_changed_inside_is_found(tmp_path: Path):
    (tmp_path / "a.txt").write_text("one")
    manifest.describe(tmp_path, made_at=NOW.isoformat(), tables={})
    (tmp_path / "a.txt").write_text("two")
    with pytest.raises(FatalError, match=r"1 of 1 files are missing, foreign or changed \(a.txt\)"):
        manifest.read(tmp_path, place="it")


def test_the_last_seven_stay_and_what_others_put_there(settings: UpkeepSettings, urls: dict[str, URL]):
    place = Path(settings.backup_url)
    place.mkdir()
    (place / "mine.txt").write_text("mine")
    for day in range(1, 8):
        (place / f"backup-202611{day:02}T040000Z.tar.age").write_bytes(b"x")
    done = back_up(urls, settings, export=nothing, now=NOW)
    assert done.removed == ("backup-20261101T040000Z.tar.age",)
    assert len(backups(settings)) == 7
    assert (place / "mine.txt").exists()
    assert made_at(backups(settings)[0]) == NOW


def test_what_should_be_in_it_and_is_not_there_ends_it_with_nothing_written(
    settings: UpkeepSettings, urls: dict[str, URL], tmp_path: Path
):
    wrong = settings.model_copy(update={"backup_paths": str(tmp_path / "gone")})
    with pytest.raises(FatalError, match=r"gone of UPKEEP_BACKUP_PATHS is not there\. Nothing was backed up"):
        back_up(urls, wrong, export=nothing, now=NOW)
    assert backups(settings) == []


def test_a_database_that_is_away_is_tried_again(
    settings: UpkeepSettings, urls: dict[str, URL], tmp_path: Path
):
    away = urls[USERS].set(query={"host": str(tmp_path)})
    with pytest.raises(RetriableError, match="Check that PostgreSQL is up"):
        back_up({AIRFLOW: away, USERS: away}, settings, export=nothing, now=NOW)


def test_on_s3_it_appears_whole_and_a_storage_that_is_away_leaves_the_others_alone(
    settings: UpkeepSettings, urls: dict[str, URL], bucket: str, s3_server: S3Server, tmp_path: Path
):
    remote = settings.model_copy(update={"backup_url": f"{bucket}/backups", "backup_keep": 1})
    back_up(urls, remote, export=nothing, now=NOW - timedelta(days=1))
    done = back_up(urls, remote, export=nothing, now=NOW)
    assert done.removed == ("backup-20261126T040000Z.tar.age",)
    assert [path.name for path in UPath(remote.backup_url).iterdir()] == ["backup-20261127T040000Z.tar.age"]
    assert unpacked(remote, tmp_path / "out").tables[USERS] == {"public.users": 1000}
    s3_server.stop()
    try:
        with pytest.raises(RetriableError, match="cannot be written"):
            back_up(urls, remote, export=nothing, now=NOW + timedelta(days=1))
    finally:
        s3_server.start()
    assert len(backups(remote)) == 1
