"""One person, forgotten in every place; everybody else stays."""

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine
from typer.testing import CliRunner
from upath import UPath

from etl.__main__ import app
from etl.handover import Staged
from etl.upkeep.erase import erase
from tests import workbooks
from tests.integration.flow import Flow
from tests.integration.stored import execute, query, stored_users
from tests.old_workbook import panicking
from tests.workbook_xml import edit
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
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", BAD_ZOE, row(phone="07"), ALI, BAD_ALI), "run-3")
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
    others = {path: path.read_text() for path in root.rglob("*.json")}
    return {str(path.relative_to(root)): held for path, held in {**frames, **books, **others}.items()}


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
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", BAD_ZOE, ZOE, ALI, BAD_ALI))
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
    staging = everywhere.taken(Staged, "run-3").gate.facts["staging_table"]
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


def cells(path: Path) -> list[list[object]]:
    """The rows of all sheets, hidden ones included."""
    return [list(values) for sheet in load_workbook(path).worksheets for values in sheet.values]


def test_the_header_is_where_the_extract_finds_it(flow: Flow) -> None:
    replay = Path(flow.settings.replay_path)
    replay.mkdir()
    path = workbooks.title_rows_above(replay)
    indented = workbooks.offset_table(replay)
    erased = erase(flow.engine, flow.settings, "zoe@x.fr")
    assert erased.places == {str(path): 1, str(indented): 1}
    assert [values[0] for values in cells(path)] == [
        "Utilisateurs InLearning",
        "Export du",
        None,
        "Nom",
        ALI[0],
    ]
    assert cells(indented)[-1] == [None, None, *ALI]


def test_hidden_sheets_and_emails_that_only_the_extract_reads_are_erased(flow: Flow) -> None:
    replay = Path(flow.settings.replay_path)
    replay.mkdir()
    path = workbooks.two_data_sheets(replay)
    edit(path, lambda xml: xml.replace("zoe@x.fr", "_x000B_ZOE@x.fr"))
    book = load_workbook(path)
    book["Février"].append(["Zoé", None, None, "zoe@x.fr"])
    book["Février"].sheet_state = "hidden"
    book.save(path)
    assert erase(flow.engine, flow.settings, "zoe@x.fr").places == {str(path): 2}
    assert [values[3] for values in cells(path)] == ["Email", "Email", "ali@x.fr"]


def test_the_folders_of_runs_may_be_anywhere(flow: Flow, tmp_path: Path) -> None:
    source = workbook(tmp_path / "d.xlsx", BAD_ZOE, ZOE, ALI)
    flow.run(source)
    staging = UPath(f"memory://{tmp_path.name}/staging")
    for path in Path(flow.settings.staging_url).rglob("*.parquet"):
        copy = staging / path.parent.name / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    settings = flow.settings.model_copy(update={"staging_url": str(staging)})
    erased = erase(flow.engine, settings, "zoe@x.fr")
    places = {place: rows for place, rows in erased.places.items() if place.startswith("memory:")}
    assert places == {f"{staging}/run-1/source.parquet": 2, f"{staging}/run-1/verdicts.parquet": 2}
    with (staging / "run-1" / "source.parquet").open("rb") as file:
        assert list(pd.read_parquet(file)["email"]) == ["ali@x.fr"]
    assert erase(flow.engine, settings, "zoe@x.fr").total == 0


def test_a_staging_url_that_cannot_be_looked_at_is_named(everywhere: Flow) -> None:
    settings = everywhere.settings.model_copy(update={"staging_url": "nowhere://runs"})
    erased = erase(everywhere.engine, settings, "zoe@x.fr")
    assert (list(erased.unread), erased.places["users"]) == (["nowhere://runs"], 1)


@pytest.fixture
def command_line(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on the flow's database and folders."""
    monkeypatch.setenv("ETL_DATABASE_URL", flow.engine.url.render_as_string(hide_password=False))
    for name in ("staging_url", "replay_path", "rejected_path"):
        monkeypatch.setenv(f"ETL_{name.upper()}", getattr(flow.settings, name))
    return CliRunner()


def test_the_command_line(everywhere: Flow, command_line: CliRunner) -> None:
    result = command_line.invoke(app, ["erase", "Zoe@X.fr"])
    assert result.exit_code == 0, result.output
    assert "1 rows  users\n" in result.output
    assert "rows of zoe@x.fr erased." in result.output
    assert [user["email"] for user in stored_users(everywhere.engine)] == ["ali@x.fr"]


def test_files_that_cannot_be_read_are_named_at_the_end_and_the_others_are_erased(
    everywhere: Flow, command_line: CliRunner
) -> None:
    replay = Path(everywhere.settings.replay_path)
    broken = [
        Path(everywhere.settings.staging_url) / "run-1" / "source.parquet",
        workbooks.truncated(replay),
        workbooks.missing_required_column(replay),
    ]
    broken[0].write_bytes(b"PAR1")
    result = command_line.invoke(app, ["erase", "zoe@x.fr"])
    assert result.exit_code == 1
    assert f"not read: {broken[1]}: truncated.xlsx: damaged or cut off" in result.stdout
    assert f"not read: {broken[2]}: courriel.xlsx: no column 'Email' in any sheet." in result.stdout
    names = ", ".join(str(path) for path in (broken[0], broken[2], broken[1]))
    assert result.stderr == (
        f"Not read, so the person may still be in there: {names}. Repair or delete them, then erase again.\n"
    )
    for path in broken:
        path.unlink()
    assert holding("zoe@x.fr", {**tables(everywhere.engine), **texts(everywhere.root)}) == set()


def test_a_file_of_which_the_reader_panics_is_one_line_and_the_others_are_erased(
    everywhere: Flow, command_line: CliRunner
) -> None:
    path = panicking(Path(everywhere.settings.replay_path) / "a.xlsx")
    result = command_line.invoke(app, ["erase", "zoe@x.fr"])
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
    assert result.stderr == (
        f"Not read, so the person may still be in there: {path}. Repair or delete them, then erase again.\n"
    )
    (line,) = [line for line in result.stdout.splitlines() if "not read" in line]
    assert line.startswith(f"   not read: {path}: a.xlsx: the reader gave up on it. ")
    path.unlink()
    assert holding("zoe@x.fr", {**tables(everywhere.engine), **texts(everywhere.root)}) == set()


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("DATABASE_URL", "", "ETL_DATABASE_URL is not set: which database?"),
        ("DATABASE_URL", "postgres//u:secret@h/d", "ETL_DATABASE_URL is no URL of a database"),
        ("DATABASE_URL", "postgresql://u:secret@h:p/d", "ETL_DATABASE_URL is no URL of a database"),
        ("DATABASE_URL", "postgresql+psycopg2://u:secret@127.0.0.1:1/d", "connection to server at "),
        ("KEEP_STAGING_DAYS", "week", "ETL_KEEP_STAGING_DAYS: Input should be a valid integer"),
    ],
    ids=["none", "no URL", "no port", "unreachable", "another setting"],
)
def test_a_wrong_setting_is_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, line: str
) -> None:
    monkeypatch.setenv(f"ETL_{variable}", value)
    result = CliRunner().invoke(app, ["erase", "zoe@x.fr"])
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert result.stderr.startswith(line)
    assert "secret" not in result.stderr


def test_tables_that_are_not_ours_are_one_line(flow: Flow, command_line: CliRunner) -> None:
    execute(flow.engine, "CREATE TABLE users (id int)")
    result = command_line.invoke(app, ["erase", "zoe@x.fr"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "users" in result.stderr


def test_the_command_line_needs_an_email(flow: Flow, command_line: CliRunner) -> None:
    assert command_line.invoke(app, ["erase"]).exit_code == 2
    result = command_line.invoke(app, ["erase", " "])
    assert (result.exit_code, result.stderr) == (1, "no email given: python -m etl erase EMAIL\n")


def test_what_a_killed_step_half_wrote_is_deleted_whole(everywhere: Flow) -> None:
    settings = everywhere.settings
    left = [
        Path(settings.staging_url) / "run-1" / ".verdicts.parquet.part",
        Path(settings.staging_url) / "run-9" / ".source.parquet.part",
        Path(settings.rejected_path) / ".rejected-run-9.xlsx.part",
        Path(settings.replay_path) / ".rejected-run-2.xlsx.part",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"zoe@x.fr")
    assert erase(everywhere.engine, settings, "zoe@x.fr").unread == {}
    assert [path.exists() for path in left] == [False] * 4


def test_a_person_whom_nobody_knows_changes_nothing(everywhere: Flow) -> None:
    before = {**tables(everywhere.engine), **texts(everywhere.root)}
    assert erase(everywhere.engine, everywhere.settings, "nobody@x.fr").total == 0
    assert {**tables(everywhere.engine), **texts(everywhere.root)} == before


def test_a_workbook_that_cannot_be_rewritten_is_named(everywhere: Flow) -> None:
    path = workbooks.open_document(everywhere.root / "replay")
    erased = erase(everywhere.engine, everywhere.settings, "zoe@x.fr")
    assert (erased.by_hand, erased.places["users"]) == ((str(path),), 1)
