"""A rejected workbook, corrected and dropped into the replay folder as it is."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from etl.errors import WorkbookError
from etl.postgres.merge import Merged
from etl.workbook.no_value import FORMULA_WITHOUT_VALUE
from tests.integration.conftest import Correct
from tests.integration.flow import Flow
from tests.integration.stored import checksum, execute, quarantined, query, stored_users
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres


def test_a_corrected_row_is_loaded_and_its_workbook_put_away(
    flow: Flow, tmp_path: Path, correct: Correct
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(email="zoe at x.fr")))
    replay = correct("run-1", {"Email": "zoe@x.fr"})
    loaded = flow.run(workbook(tmp_path / "e.xlsx", ALI), "run-2")
    assert loaded == Merged(inserted=1, updated=0, unchanged=1)
    assert [user["interests"] for user in stored_users(flow.engine)] == [["java"], ["linux", "python"]]
    assert not replay.exists()
    assert (replay.parent / "done" / "run-2" / replay.name).exists()


def test_the_next_run_does_not_read_it_again(flow: Flow, tmp_path: Path, correct: Correct) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(email="zoe at x.fr")))
    correct("run-1", {"Email": "zoe@x.fr"})
    daily = workbook(tmp_path / "e.xlsx", ALI)
    flow.run(daily, "run-2")
    assert flow.run(daily, "run-3").rows == 1


def test_a_replay_does_not_count_in_the_ratio_of_valid_rows(
    flow: Flow, gated: Flow, tmp_path: Path, correct: Correct
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, *(row(email=f"bad{number}") for number in range(3))))
    correct("run-1", {"Email": "zoe@x.fr"})
    assert gated.run(workbook(tmp_path / "e.xlsx", ALI), "run-2") == Merged(1, 0, 1)
    assert [kept["row_number"] for kept in quarantined(flow.engine) if kept["run_id"] == "run-2"] == [3, 4]


def test_a_row_that_is_still_wrong_comes_back_with_its_first_time(
    flow: Flow, tmp_path: Path, correct: Correct
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(email="zoe at x.fr")))
    correct("run-1", {"Email": "zoe AT x.fr"})
    flow.run(workbook(tmp_path / "e.xlsx", ALI), "run-2")
    sheets = [load_workbook(flow.rejected(run)).worksheets[0] for run in ("run-1", "run-2")]
    assert [sheet.cell(1, sheet.max_column).value for sheet in sheets] == ["_extracted_at"] * 2
    times = [sheet.cell(2, sheet.max_column).value for sheet in sheets]
    assert times[0] == times[1]


def test_a_formula_without_a_value_clears_nothing_now_or_when_its_row_is_replayed(
    flow: Flow, tmp_path: Path, correct: Correct
) -> None:
    flow.run(workbook(tmp_path / "c.xlsx", ZOE))
    path = workbook(tmp_path / "d.xlsx", ALI, row(age="=30+1", phone="=A1", gender="homme"))
    flow.run(path, "run-2")
    kept = next(each for each in quarantined(flow.engine))
    assert (kept["reasons"], kept["source"]["Téléphone"]) == (
        ["formula_without_value"],
        FORMULA_WITHOUT_VALUE,
    )
    correct("run-2", {"Âge": "32"})
    flow.run(workbook(tmp_path / "e.xlsx", ALI), "run-3")
    (zoe,) = [user for user in stored_users(flow.engine) if user["email"] == "zoe@x.fr"]
    assert (zoe["age"], zoe["gender"], zoe["phone"]) == (32, "M", "06 11 22 33 44")


def test_a_user_who_changed_since_is_not_overwritten(flow: Flow, tmp_path: Path, correct: Correct) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(age="douze")))
    flow.run(workbook(tmp_path / "e.xlsx", row(phone="07")), "run-2")
    before = checksum(flow.engine)
    correct("run-1", {"Âge": "21"})
    loaded = flow.run(workbook(tmp_path / "f.xlsx", ALI), "run-3")
    assert loaded == Merged(inserted=0, updated=0, unchanged=1)
    assert checksum(flow.engine) == before
    kept = quarantined(flow.engine)[-1]
    assert (kept["run_id"], kept["reasons"], kept["email"]) == ("run-3", ["newer_user"], "zoe@x.fr")
    assert kept["source"]["Téléphone"] == ZOE[4]


def test_a_user_who_did_not_change_since_is_updated(flow: Flow, tmp_path: Path, correct: Correct) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    flow.run(workbook(tmp_path / "e.xlsx", row(age="quarante")), "run-2")
    correct("run-2", {"Âge": "40"})
    assert flow.run(workbook(tmp_path / "f.xlsx", ALI), "run-3") == Merged(1, 1, 0)
    assert [user["age"] for user in stored_users(flow.engine)] == [44, 40]


def test_a_replay_loses_against_the_same_person_in_the_daily_workbook(
    flow: Flow, tmp_path: Path, correct: Correct
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(age="quarante")))
    correct("run-1", {"Âge": "40"})
    flow.run(workbook(tmp_path / "e.xlsx", row(age=41)), "run-2")
    assert [user["age"] for user in stored_users(flow.engine)] == [44, 41]
    assert quarantined(flow.engine)[-1]["status"] == "duplicate"


def test_a_retry_of_the_stage_quarantines_newer_users_once(
    flow: Flow, tmp_path: Path, correct: Correct
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(age="douze")))
    flow.run(workbook(tmp_path / "e.xlsx", ZOE), "run-2")
    correct("run-1", {"Âge": "21"})
    flow.run_to_stage(workbook(tmp_path / "f.xlsx", ALI), "run-3")
    assert flow.stage("run-3").newer_users == 1
    newer = query(flow.engine, "SELECT 1 FROM quarantine WHERE reasons = '{newer_user}'")
    assert len(newer) == 1


def test_a_closed_run_leaves_the_workbook_where_it_is(flow: Flow, tmp_path: Path, correct: Correct) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(email="zoe at x.fr")))
    replay = correct("run-1", {"Email": "zoe@x.fr"})
    staged = flow.run_to_stage(workbook(tmp_path / "e.xlsx", ALI), "run-2")
    execute(flow.engine, f"DROP TABLE {staged.gate.facts['staging_table']} CASCADE")
    with pytest.raises(Exception, match="Clear the task stage_users"):
        flow.load("run-2")
    assert replay.exists()


def test_a_workbook_without_the_marker_is_refused(flow: Flow, tmp_path: Path) -> None:
    folder = Path(flow.settings.replay_path)
    folder.mkdir()
    workbook(folder / "mine.xlsx", ZOE)
    with pytest.raises(WorkbookError, match=r"mine.xlsx, sheet 'Feuil1': no column '_extracted_at'"):
        flow.run(workbook(tmp_path / "d.xlsx", ALI))
