"""What a run leaves: rows in its folder, all else in the handovers, and in those what people are told."""

import json
from pathlib import Path

import pytest

from pipeline.handover import Told, told
from tests.integration.flow import Flow
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres


@pytest.fixture
def staged(flow: Flow, tmp_path: Path) -> Flow:
    """A run with two valid rows, a rejected one and a duplicate, before its load."""
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE, ALI, row(email="ali@x.fr", age="?"), ZOE))
    return flow


def test_each_step_tells_its_counts_and_the_transform_where_the_rejected_rows_are(staged: Flow) -> None:
    left = {step: told(handover) for (_, step), handover in staged.left.items()}
    assert left == {
        "Extraction": Told({"rows": 4}),
        "Verdicts": Told(
            {"rows": 4, "valid": 2, "rejected": 1, "duplicate": 1},
            rejected_workbook=str(staged.rejected("run-1")),
        ),
        "Staged": Told(),
    }
    assert list(left["Verdicts"].counts) == ["rows", "valid", "rejected", "duplicate"]


def test_without_a_rejected_row_no_workbook_is_told(flow: Flow, tmp_path: Path) -> None:
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    assert told(flow.left["run-1", "Verdicts"]).rejected_workbook is None


def test_a_run_leaves_rows_in_its_folder_and_nothing_of_them_in_a_handover(staged: Flow) -> None:
    folder = Path(staged.folder("run-1").url)
    assert {path.name for path in folder.iterdir()} == {"source.parquet", "verdicts.parquet"}
    travels = json.dumps(list(staged.left.values()))
    assert "zoe@x.fr" not in travels
    assert "Zoé" not in travels
