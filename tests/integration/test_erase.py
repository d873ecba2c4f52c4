"""One person, forgotten in every place; everybody else stays."""

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine
from typer.testing import CliRunner

from etl.__main__ import app
from etl.erase import erase
from tests import workbooks
from tests.integration.flow import Flow
from tests.integration.stored import query, stored_users
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres

BAD_ZOE = row(age="vingt")
BAD_ALI = row(full_name=None, email="ali@x.fr")


@pytest.fixture
def everywhere(flow: Flow, tmp_path: Path) -> Flow:
    """Zoé and Ali are loaded, staged, quarantined, rejected, replayed and waiting to be replayed."""
    flow.run(workbook(tmp_path / "d.xlsx", BAD_ZOE, ZOE, ALI, BAD_ALI))
    replay = Path(flow.settings.replay_path)
    replay.mkdir()
    flow.rejected("run-1").rename(replay / "rejected-run-1.xlsx")
    flow.run(workbook(tmp_path / "d.xlsx", BAD_ZOE, ZOE, ALI, BAD_ALI), "run-2")
    flow.stage(workbook(tmp_path / "d.xlsx", BAD_ZOE, row(phone="07"), ALI, BAD_ALI), "run-3")
    (replay / "rejected-run-2.xlsx").write_bytes(flow.rejected("run-2").read_bytes())
    return flow


def texts(root: Path) -> dict[str, str]:
    """Everything that the files of a flow hold, as text, by their path."""
    frames = {path: pd.read_parquet(path).to_csv() for path in root.rglob("*.parquet")}
    books = {
        path: str([list(sheet.values) for sheet in load_workbook(path).worksheets])
        for folder in ("replay", "rejected")
        for path in (root / folder).rglob("*.xlsx")
    }
    facts = {path: path.read_text() for path in root.rglob("*.json")}
    return {str(path.relative_to(root)): held for path, held in {**frames, **books, **facts}.items()}


def tables(engine: Engine) -> dict[str, str]:
    """Everything that the tables hold, as text, by their name."""
    names = query(engine, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        each["tablename"]: "\n".join(map(str, query(engine, f"SELECT * FROM {each['tablename']}")))
        for each in names
    }


def holding(text: str, places: dict[str, str]) -> set[str]:
    return {place for place, held in places.items() if text in held}


def test_a_person_is_erased_before_anything_was_loaded(flow: Flow, tmp_path: Path) -> None:
    flow.stage(workbook(tmp_path / "d.xlsx", BAD_ZOE, ZOE, ALI, BAD_ALI))
    assert erase(flow.engine, flow.settings, "zoe@x.fr").total > 0
    assert holding("zoe@x.fr", {**tables(flow.engine), **texts(flow.root)}) == set()


def test_the_person_is_gone_from_every_place_and_nobody_else(everywhere: Flow) -> None:
    before = {**tables(everywhere.engine), **texts(everywhere.root)}
    assert holding("zoe@x.fr", before) == holding("ali@x.fr", before)
    ali = holding("ali@x.fr", before)
    erase(everywhere.engine, everywhere.settings, " ZOE@x.fr")
    after = {**tables(everywhere.engine), **texts(everywhere.root)}
    assert holding("zoe@x.fr", after) == set()
    assert holding("Zoé", after) == set()
    assert holding("ali@x.fr", after) == ali
    assert [user["interests"] for user in stored_users(everywhere.engine)] == [["java"]]


def test_it_says_how_many_rows_were_where(everywhere: Flow) -> None:
    staging = everywhere.folder("run-3").read_facts("staged")["staging_table"]
    erased = erase(everywhere.engine, everywhere.settings, "zoe@x.fr")
    places = {place.removeprefix(f"{everywhere.root}/"): rows for place, rows in erased.places.items()}
    assert places == {
        "user_interests": 2,
        "users": 1,
        "quarantine": 4,
        staging: 1,
        "staging/run-1/source.parquet": 2,
        "staging/run-1/verdicts.parquet": 2,
        "staging/run-2/source.parquet": 3,
        "staging/run-2/verdicts.parquet": 3,
        "staging/run-3/source.parquet": 2,
        "staging/run-3/verdicts.parquet": 2,
        "rejected/rejected-run-2.xlsx": 2,
        "rejected/rejected-run-3.xlsx": 1,
        "replay/rejected-run-2.xlsx": 2,
        "replay/done/run-2/rejected-run-1.xlsx": 1,
    }
    assert erase(everywhere.engine, everywhere.settings, "zoe@x.fr").total == 0


def test_what_is_left_of_a_rejected_workbook_can_still_be_replayed(everywhere: Flow, tmp_path: Path) -> None:
    erase(everywhere.engine, everywhere.settings, "zoe@x.fr")
    loaded = everywhere.run(workbook(tmp_path / "e.xlsx", ALI), "run-4")
    assert loaded.rows == 1
    assert [user["email"] for user in stored_users(everywhere.engine)] == ["ali@x.fr"]


def test_the_command_line(everywhere: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    url = everywhere.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("ETL_DATABASE_URL", url)
    for name in ("staging_url", "replay_path", "rejected_path"):
        monkeypatch.setenv(f"ETL_{name.upper()}", getattr(everywhere.settings, name))
    result = CliRunner().invoke(app, ["erase", "Zoe@X.fr"])
    assert result.exit_code == 0, result.output
    assert "1 rows  users\n" in result.output
    assert "rows of zoe@x.fr erased." in result.output
    assert [user["email"] for user in stored_users(everywhere.engine)] == ["ali@x.fr"]


def test_the_command_line_without_a_database_or_an_email(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ETL_DATABASE_URL", raising=False)
    assert "ETL_DATABASE_URL is not set" in CliRunner().invoke(app, ["erase", "zoe@x.fr"]).output
    assert CliRunner().invoke(app, ["erase"]).exit_code == 2


def test_a_person_whom_nobody_knows_changes_nothing(everywhere: Flow) -> None:
    before = {**tables(everywhere.engine), **texts(everywhere.root)}
    assert erase(everywhere.engine, everywhere.settings, "nobody@x.fr").total == 0
    assert {**tables(everywhere.engine), **texts(everywhere.root)} == before


def test_a_workbook_that_cannot_be_rewritten_is_named(everywhere: Flow) -> None:
    path = workbooks.open_document(everywhere.root / "replay")
    erased = erase(everywhere.engine, everywhere.settings, "zoe@x.fr")
    assert (erased.by_hand, erased.places["users"]) == ((str(path),), 1)
