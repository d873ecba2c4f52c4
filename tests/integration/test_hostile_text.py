"""Text in a cell is data: loaded or quarantined as it is, and nothing of it is ever executed."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from etl.refused.rejected_workbook import MAX_CELL_CHARACTERS
from etl.workbook.sheets import read_sheets
from tests import awkward_cells
from tests.awkward_cells import HOSTILE_TEXTS, MEGABYTE
from tests.integration.flow import Flow
from tests.integration.stored import quarantined, query, stored_users
from tests.workbook_xml import edit
from tests.workbooks import row, workbook

pytestmark = pytest.mark.postgres


def rejected_cells(flow: Flow, column: str) -> list[tuple[object, str]]:
    """The cells of a column of the rejected workbook, with their types (`s`: text, `f`: formula)."""
    sheet = load_workbook(flow.rejected("run-1")).worksheets[0]
    return [(cell.value, cell.data_type) for cell in sheet[column][1:]]


def test_names_are_loaded_as_they_are(flow: Flow, tmp_path: Path) -> None:
    flow.run(awkward_cells.hostile_texts(tmp_path))
    assert [user["full_name"] for user in stored_users(flow.engine)] == list(HOSTILE_TEXTS)


def test_interests_are_loaded_as_they_are(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", row(interests="'); DROP TABLE users; --|<b>x</b>|\\N|\\.|\"")))
    labels = query(flow.engine, 'SELECT label FROM interests ORDER BY label COLLATE "C"')
    assert [each["label"] for each in labels] == [
        '"',
        "')",
        "--",
        "<b>x</b>",
        "DROP TABLE users",
        "\\.",
        "\\N",
    ]


def test_what_is_no_email_is_text_in_the_quarantine_and_in_the_workbook(flow: Flow, tmp_path: Path) -> None:
    flow.run(awkward_cells.hostile_emails(tmp_path))
    assert [kept["source"]["Email"] for kept in quarantined(flow.engine)] == list(HOSTILE_TEXTS)
    assert {kept["status"] for kept in quarantined(flow.engine)} == {"rejected"}
    assert rejected_cells(flow, "D") == [(text, "s") for text in HOSTILE_TEXTS]
    assert stored_users(flow.engine) == []


def test_a_header_is_text_too(flow: Flow, tmp_path: Path) -> None:
    header = ("Nom", "Email", "'); DROP TABLE users; --", "<script>alert(1)</script>")
    flow.run(workbook(tmp_path / "d.xlsx", ("Zoé", "zoe", "a", "b"), ("Ali", "ali@x.fr"), header=header))
    assert quarantined(flow.engine)[0]["source"] == dict(zip(header, ("Zoé", "zoe", "a", "b"), strict=True))
    sheet = load_workbook(flow.rejected("run-1")).worksheets[0]
    assert [cell.value for cell in sheet[1]][:4] == list(header)


@pytest.mark.parametrize("escaped", ["_x000B_", "_x0000_", "_x0007_", "\uffff"])
def test_a_control_character_in_a_header_is_a_space(flow: Flow, tmp_path: Path, escaped: str) -> None:
    header = ("Nom", "Email", "CentresSIGNd'intérêt", "NoteSIGNlibre")
    path = workbook(tmp_path / "d.xlsx", ("Zoé", "zoe", "Python", "b"), ("Ali", "ali@x.fr"), header=header)
    flow.run(edit(path, lambda xml: xml.replace("SIGN", escaped)))
    shown = ["Nom", "Email", "Centres d'intérêt", "Note libre"]
    (kept,) = quarantined(flow.engine)
    assert kept["source"] == dict(zip(shown, ("Zoé", "zoe", "Python", "b"), strict=True))
    sheet = load_workbook(flow.rejected("run-1")).worksheets[0]
    assert [cell.value for cell in sheet[1]][:4] == shown
    replay = Path(flow.settings.replay_path)
    replay.mkdir()
    sheet["B2"] = "zoe@x.fr"
    sheet.parent.save(replay / "corrected.xlsx")
    flow.run(workbook(tmp_path / "e.xlsx", ("Ali", "ali@x.fr"), header=header[:2]), "run-2")
    assert stored_users(flow.engine)[1]["interests"] == ["python"]


def test_a_header_that_looks_escaped_is_read_back_as_it_was(flow: Flow, tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", ("Zoé", "zoe", "b"), header=("Nom", "Email", "TEXT"))
    flow.run(edit(path, lambda xml: xml.replace("TEXT", "_x005F_x0041_")))
    (sheet,) = read_sheets(str(flow.rejected("run-1")))
    assert "source:_x0041_" in sheet.cells


def test_a_megabyte_is_loaded_whole(flow: Flow, tmp_path: Path) -> None:
    flow.run(awkward_cells.megabyte_cell(tmp_path))
    assert stored_users(flow.engine)[0]["full_name"] == "z" * MEGABYTE


def test_an_interest_of_a_megabyte_is_not_understood_and_the_rest_is_loaded(
    flow: Flow, tmp_path: Path
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", row(interests="Python")))
    path = workbook(tmp_path / "e.xlsx", row(phone="07", interests="Linux, LABEL"))
    noise = "".join(map(str, range(MEGABYTE // 6)))
    flow.run(edit(path, lambda xml: xml.replace("LABEL", noise)), "run-2")
    (zoe,) = stored_users(flow.engine)
    assert (zoe["phone"], zoe["interests"]) == ("07", ["python"])
    assert set(flow.folder("run-2").read_frame("verdicts")["warnings"]) == {"unknown_interests"}


def test_interests_may_be_many(flow: Flow, tmp_path: Path) -> None:
    many = [f"sujet {number}" for number in range(100)]
    flow.run(workbook(tmp_path / "d.xlsx", row(interests=", ".join(many))))
    assert stored_users(flow.engine)[0]["interests"] == sorted(many)


def test_a_megabyte_is_whole_in_the_quarantine_and_cut_in_the_workbook(flow: Flow, tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", row(email="MEGABYTE"))
    noise = "".join(map(str, range(MEGABYTE // 6)))
    flow.run(edit(path, lambda xml: xml.replace("MEGABYTE", noise)))
    (kept,) = quarantined(flow.engine)
    assert (kept["email"], kept["source"]["Email"]) == (noise, noise)
    assert rejected_cells(flow, "D") == [(noise[:MAX_CELL_CHARACTERS], "s")]
    assert "'Email' is cut or cleaned here" in str(rejected_cells(flow, "L")[0][0])


def test_control_characters_are_loaded(flow: Flow, tmp_path: Path) -> None:
    flow.run(awkward_cells.control_characters(tmp_path))
    names = {user["email"]: user["full_name"] for user in stored_users(flow.engine)}
    assert names == {"zoe@x.fr": "Zo\ae", "text@x.fr": "Zo_x0007_e"}


@pytest.mark.parametrize(
    ("escaped", "kept", "shown"),
    [
        ("_x0007_", "a\a@b", "a@b"),
        ("_x0000_", "a\\x00@b", "a@b"),
        ("\uffff", "a\uffff@b", "a@b"),
        ("_x005F_x0007_", "a_x0007_@b", None),
    ],
    ids=["bell", "NUL", "U+FFFF", "text that looks escaped"],
)
def test_control_characters_are_whole_in_the_quarantine(
    flow: Flow, tmp_path: Path, escaped: str, kept: str, shown: str | None
) -> None:
    path = workbook(tmp_path / "d.xlsx", row(email="aSIGN@b"))
    flow.run(edit(path, lambda xml: xml.replace("SIGN", escaped)))
    assert quarantined(flow.engine)[0]["source"]["Email"] == kept
    cell = rejected_cells(flow, "D")[0]
    assert cell == (shown or "a_x005F_x0007_@b", "s")


def test_right_to_left_marks_survive(flow: Flow, tmp_path: Path) -> None:
    flow.run(awkward_cells.directional_marks(tmp_path))
    assert [user["full_name"] for user in stored_users(flow.engine)] == [
        "\u200fزينب\u200f",
        "Zoé \u202exslx.exe",
    ]
    assert quarantined(flow.engine)[0]["source"]["Email"] == "\u200fali@x.fr"
    assert rejected_cells(flow, "D") == [("\u200fali@x.fr", "s")]


def test_a_formula_that_nobody_calculated_is_said_to_be_one(flow: Flow, tmp_path: Path) -> None:
    flow.run(awkward_cells.formulas(tmp_path))
    assert [(kept["row_number"], kept["reasons"]) for kept in quarantined(flow.engine)] == [
        (2, ["formula_without_value"]),
        (3, ["formula_without_value"]),
    ]
