"""Replay and erasure where the tables say neither when somebody changed nor may be deleted from by us."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from etl.postgres.merge import Merged
from etl.upkeep.erase import erase
from tests.integration.flow import Flow
from tests.integration.platform.people import fills_in, profile, signs_up
from tests.integration.stored import query
from tests.platform.users.models import Interest, Person
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres


def correct(flow: Flow, run: str, **cells: str) -> None:
    """Put right cells of the first row of a run's rejected workbook, and drop it for replay."""
    book = load_workbook(flow.rejected(run))
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for header, value in cells.items():
        sheet.cell(2, columns[header]).value = value
    target = Path(flow.settings.replay_path) / flow.rejected(run).name
    target.parent.mkdir(exist_ok=True)
    book.save(target)


def reasons(flow: Flow) -> list[str]:
    return [each["reason"] for each in query(flow.engine, "SELECT reasons[1] AS reason FROM quarantine")]


def test_a_person_who_was_there_before_the_first_run_and_did_not_change_is_updated(
    flow: Flow, tmp_path: Path
) -> None:
    fills_in(signs_up("zoe@x.fr"), "Chess")
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(email="zoe at x.fr")))
    correct(flow, "run-1", Email="zoe@x.fr")
    assert flow.run(workbook(tmp_path / "e.xlsx", ALI), "run-2") == Merged(0, 1, 1)
    assert profile("zoe@x.fr")["interests"] == ["Linux", "Python"]


@pytest.mark.parametrize("edit", ["phone", "interests", "sign up"])
def test_a_person_who_changed_since_is_left_alone(flow: Flow, tmp_path: Path, edit: str) -> None:
    if edit != "sign up":
        fills_in(signs_up("zoe@x.fr"), "Chess")
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(age="?")))
    match edit:
        case "phone":
            Person.objects.filter(email="zoe@x.fr").update(phone="07")
        case "interests":
            Interest.objects.filter(name="Chess").update(name="Go")
        case _:
            signs_up("zoe@x.fr")
    before = profile("zoe@x.fr")
    correct(flow, "run-1", Âge="40")
    assert flow.run(workbook(tmp_path / "e.xlsx", ALI), "run-2") == Merged(0, 0, 1)
    assert profile("zoe@x.fr") == before
    assert reasons(flow)[-1] == "newer_user"


def test_a_person_who_changes_between_stage_and_load_is_left_alone(flow: Flow, tmp_path: Path) -> None:
    fills_in(signs_up("zoe@x.fr"), "Chess")
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(age="?")))
    correct(flow, "run-1", Âge="40")
    assert flow.run_to_stage(workbook(tmp_path / "e.xlsx", ALI), "run-2").valid_rows == 2
    Interest.objects.filter(name="Chess").update(name="Go")
    assert flow.load("run-2") == Merged(0, 0, 1)
    assert (profile("zoe@x.fr")["name"], reasons(flow)[-1]) == ("Somebody", "newer_user")


def test_a_person_whom_a_nightly_run_changed_since_is_left_alone(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(age="?")))
    flow.run(workbook(tmp_path / "e.xlsx", row(phone="07")), "run-2")
    correct(flow, "run-1", Âge="40")
    assert flow.run(workbook(tmp_path / "f.xlsx", ALI), "run-3") == Merged(0, 0, 1)
    assert profile("zoe@x.fr")["phone"] == "07"


def test_an_erasure_forgets_all_of_ours_and_names_the_account_that_stays(flow: Flow, tmp_path: Path) -> None:
    person = signs_up("Zoe@x.fr")
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, row(age="?"), ALI))
    erased = erase(flow.engine, flow.settings, "zoe@x.fr")
    assert erased.accounts == (str(person.pk),)
    assert {"quarantine", "users_seen"} <= set(erased.places)
    assert query(flow.engine, "SELECT * FROM users_seen") == []
    assert Person.objects.get(pk=person.pk).name == "Zoé Martin"
