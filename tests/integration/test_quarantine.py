"""Rows that are not loaded: complete in the table `quarantine`, the rejected ones in a workbook, too."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from gx.suites import load
from tests.integration.flow import Flow
from tests.integration.stored import quarantined, query
from tests.workbooks import ALI, HEADER, ZOE, row, workbook

pytestmark = pytest.mark.postgres


def test_a_rejected_row_is_kept_whole_with_its_place_and_all_its_reasons(flow: Flow, tmp_path: Path) -> None:
    bad = row(full_name=None, email=" No-Address ", age="vingt", interests=None)
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, bad, sheet="Janvier"))
    (kept,) = quarantined(flow.engine)
    source = kept.pop("source")
    assert kept == {
        "run_id": "run-1",
        "workbook": "d.xlsx",
        "sheet": "Janvier",
        "row_number": 3,
        "status": "rejected",
        "reasons": ["missing_name", "invalid_email", "age_not_a_number"],
        "email": "no-address",
    }
    typed = {header: str(cell) for header, cell in zip(HEADER, bad, strict=True) if cell is not None}
    assert source == typed


def test_a_column_that_the_contract_does_not_know_is_kept(flow: Flow, tmp_path: Path) -> None:
    flow.run(
        workbook(tmp_path / "d.xlsx", ("Zoé", "zoe", "bleu"), ZOE[:3], header=("Nom", "Email", "Couleur"))
    )
    assert quarantined(flow.engine)[0]["source"] == {"Nom": "Zoé", "Email": "zoe", "Couleur": "bleu"}


def test_a_cell_of_spaces_only_is_left_out_like_an_empty_one(flow: Flow, tmp_path: Path) -> None:
    bad = ("Zoé", "no-address", "   ", None, " f ")
    flow.run(workbook(tmp_path / "d.xlsx", bad, header=("Nom", "Email", "Âge", "Téléphone", "Sexe")))
    assert quarantined(flow.engine)[0]["source"] == {"Nom": "Zoé", "Email": "no-address", "Sexe": " f "}


def test_a_duplicate_is_in_the_table_and_not_in_the_workbook(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", row(email="ZOE@x.fr "), ZOE, ALI))
    (kept,) = quarantined(flow.engine)
    assert (kept["status"], kept["reasons"], kept["row_number"]) == ("duplicate", ["duplicate_email"], 2)
    assert kept["source"]["Email"] == "ZOE@x.fr "
    assert not flow.rejected("run-1").exists()


def test_a_second_transform_replaces_what_the_first_one_quarantined(flow: Flow, tmp_path: Path) -> None:
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE, row(email="no-address")), "run-1")
    flow.run_to_stage(workbook(tmp_path / "e.xlsx", ZOE, row(email="no-address")), "run-2")
    first = quarantined(flow.engine)
    flow.transform("run-2")
    assert quarantined(flow.engine) == first
    assert [kept["run_id"] for kept in first] == ["run-1", "run-2"]


def test_a_retry_without_rejected_rows_takes_the_workbook_back(flow: Flow, tmp_path: Path) -> None:
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE, row(email="no-address")))
    assert flow.rejected("run-1").exists()
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    assert not flow.rejected("run-1").exists()
    assert quarantined(flow.engine) == []


def test_the_workbook_holds_what_the_table_holds(flow: Flow, tmp_path: Path) -> None:
    bad = [row(email="no-address"), row(full_name=None, email="nameless@x.fr")]
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, *bad))
    header, *rows = load_workbook(flow.rejected("run-1")).worksheets[0].iter_rows(values_only=True)
    cells = [
        {name: cell for name, cell in zip(header, values, strict=True) if cell is not None} for values in rows
    ]
    assert [{name: each[name] for name in each if name in HEADER} for each in cells] == [
        kept["source"] for kept in quarantined(flow.engine)
    ]
    assert [str(each["_reasons"]).partition(":")[0] for each in cells] == ["invalid_email", "missing_name"]


def test_no_row_of_a_run_is_in_neither_place(flow: Flow, tmp_path: Path) -> None:
    rows = [ZOE, ALI, row(email="zoe@x.fr"), row(email=""), row(email="x@y"), row(age=101)]
    loaded = flow.run(workbook(tmp_path / "d.xlsx", *rows))
    (count,) = query(flow.engine, "SELECT count(*) FROM quarantine")
    assert loaded.rows + count["count"] == len(rows)


def test_the_gate_is_told_how_many_rows_came_to_what(flow: Flow, tmp_path: Path) -> None:
    flow.extract(workbook(tmp_path / "d.xlsx", ZOE, ALI, ALI, row(full_name=None, email="eva@x.fr")))
    facts = flow.transform().gate.facts
    assert facts == {
        "source_rows": 4,
        "replay_only": False,
        "valid_rows": 2,
        "rejected_rows": 1,
        "duplicate_rows": 1,
    }
    assert set(load("users_ready").counts.values()) < set(facts)
