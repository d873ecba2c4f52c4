"""Workbooks that are read and judged part by part end as in one pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from etl.handover import Extraction, Verdicts
from etl.steps import extract, transform
from pipeline import parts
from tests.integration.flow import Flow
from tests.integration.stored import query, stored_users
from tests.workbooks import ALI, HEADER, ZOE, row, workbook

pytestmark = pytest.mark.postgres

USERS = [row(email=f"user{number}@x.fr", interests=f"Python, Thème {number % 3}") for number in range(7)]
ONE, SEVERAL = 1 << 18, 3


@pytest.fixture
def deliver(tmp_path: Path) -> Path:
    """Workbooks that repeat each other's emails, with other columns, and rows that are refused."""
    folder = tmp_path / "delivered"
    folder.mkdir()
    workbook(
        folder / "a.xlsx", *USERS[:4], row(email="user1@x.fr", full_name="Again"), row(email="no address")
    )
    workbook(
        folder / "b.xlsx", (*ZOE, "x"), (*row(email=" USER2@x.fr ", age="7"), "y"), header=(*HEADER, "Source")
    )
    workbook(folder / "c.xlsx", ("Ali", "ali@x.fr"), ("Same", "user0@x.fr"), header=("Nom", "Email"))
    workbook(folder / "d.xlsx", *USERS[2:], ALI, row(full_name=None))
    return folder


@pytest.fixture
def run(
    engine: Engine, other_engine: Engine, tmp_path: Path, deliver: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], tuple[Flow, dict[str, Any]]]:
    """Run the flow over the folder in parts of so many rows; returns what must not hang on that."""

    def run(rows: int) -> tuple[Flow, dict[str, Any]]:
        for module in (extract, transform, parts):
            monkeypatch.setattr(module, "PART_ROWS", rows)
        of = engine if rows == ONE else other_engine
        flow = Flow(of, tmp_path / f"of-{rows}", gated=False)
        loaded = flow.run(deliver)
        told = flow.taken(Verdicts, "run-1")
        kept = query(of, "SELECT workbook, row_number, status, reasons, email, source FROM quarantine")
        return flow, {
            "loaded": loaded,
            "told": (told.told.counts, told.reasons, told.warnings),
            "facts": flow.taken(Extraction, "run-1").gate.facts,
            "headers": flow.taken(Extraction, "run-1").headers,
            "quarantine": sorted(kept, key=str),
            "users": [{**user, "user_id": None} for user in stored_users(of)],
            "rejected": pd.read_excel(flow.rejected("run-1")).drop(columns="_extracted_at").to_csv(),
        }

    return run


def test_verdicts_users_and_refused_rows_are_those_of_one_pass(run) -> None:
    whole, of_whole = run(ONE)
    many, of_many = run(SEVERAL)
    for frame in ("source", "verdicts"):
        left, right = (flow.folder("run-1").read_frame(frame) for flow in (whole, many))
        pd.testing.assert_frame_equal(
            left.drop(columns="workbook_age_hours", errors="ignore"),
            right.drop(columns="workbook_age_hours", errors="ignore"),
        )
    assert len(list(parts.read_parts(many.folder("run-1"), "verdicts"))) > 4
    assert list(many.folder("run-1").read_frame("verdicts")["status"]).count("duplicate") == 5
    assert of_many == of_whole


def test_a_number_that_two_emails_share_makes_no_duplicate(run, monkeypatch: pytest.MonkeyPatch) -> None:
    _, expected = run(ONE)
    monkeypatch.setattr(
        "pandas.util.hash_pandas_object",
        lambda emails, *, index: pd.Series(7, index=emails.index, dtype="uint64"),
    )
    assert run(SEVERAL)[1] == expected
