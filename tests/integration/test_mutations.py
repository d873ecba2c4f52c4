"""One rule taken out at a time: the gate closes each time, and `users` stays as it was."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import Connection, Engine, Table, and_

from etl.contract import COLUMNS, Reason
from etl.errors import MergeError
from etl.kinds import Age
from etl.postgres import copy_in, expressions
from etl.rows import verdicts as rules
from etl.rows.values import Flags, Read
from etl.steps import stage
from etl.workbook import zip_workbook
from etl.workbook.reader import with_texts
from report.gate_report import GateReport
from tests.gates import GateClosed
from tests.integration.flow import Flow
from tests.integration.stored import checksum, execute, query
from tests.workbooks import ALI, ZOE, Row, row, workbook

pytestmark = pytest.mark.postgres

GOOD = [row(email=f"user{number}@x.fr") for number in range(10)]


@pytest.fixture
def before(flow: Flow, tmp_path: Path) -> str:
    """Zoé, Ali and the ten good users are stored already; the checksum of `users`."""
    flow.run(workbook(tmp_path / "before.xlsx", ZOE, ALI, *GOOD), "run-0")
    return checksum(flow.engine)


def closed(gated: Flow, tmp_path: Path, *rows: Row) -> GateReport:
    """The report of the gate that stops a run over these rows."""
    with pytest.raises(GateClosed) as stop:
        gated.run(workbook(tmp_path / "mutant.xlsx", *rows), "mutant")
    return stop.value.report


def failures(report: GateReport) -> tuple[str, set[str]]:
    """The gate, and the columns and types of what closed it."""
    return report.gate, {f"{outcome.column}: {outcome.expectation}" for outcome in report.critical}


def forget(monkeypatch: pytest.MonkeyPatch, reason: Reason) -> None:
    """Take one reason out of what the transform finds."""
    whole = rules.reasons_of

    def forgetful(read: Mapping[str, Read]) -> Flags:
        reasons = whole(read)
        del reasons[reason.value]
        return reasons

    monkeypatch.setattr(rules, "reasons_of", forgetful)


def test_without_a_mutation_the_gates_are_open(gated: Flow, tmp_path: Path, before: str) -> None:
    loaded = gated.run(workbook(tmp_path / "d.xlsx", *GOOD, row(email="young@x.fr", age=7)), "run-1")
    assert (loaded.rows, loaded.unchanged) == (10, 10)
    assert checksum(gated.engine) == before


@pytest.mark.parametrize(
    ("bad", "reason", "failure"),
    [
        (row(email="no-address"), Reason.INVALID_EMAIL, "email: expect_column_values_to_match_regex"),
        (row(email=None), Reason.MISSING_EMAIL, "email: expect_column_values_to_not_be_null"),
        (row(full_name=None), Reason.MISSING_NAME, "full_name: expect_column_values_to_not_be_null"),
    ],
    ids=["email rule", "missing email", "missing name"],
)
def test_a_rule_about_names_and_emails(
    gated: Flow,
    tmp_path: Path,
    before: str,
    monkeypatch: pytest.MonkeyPatch,
    bad: Row,
    reason: Reason,
    failure: str,
) -> None:
    forget(monkeypatch, reason)
    assert failures(closed(gated, tmp_path, *GOOD, bad)) == ("users_ready", {failure})
    assert checksum(gated.engine) == before


def test_the_age_rule(gated: Flow, tmp_path: Path, before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wider = [replace(column, kind=Age(0, 100)) if column.field == "age" else column for column in COLUMNS]
    monkeypatch.setattr(rules, "COLUMNS", wider)
    report = closed(gated, tmp_path, *GOOD, row(email="young@x.fr", age=7))
    assert failures(report) == ("users_ready", {"age: expect_column_values_to_be_between"})
    assert [example.place for example in report.critical[0].examples] == ["mutant.xlsx, Feuil1, row 12"]
    assert checksum(gated.engine) == before


def test_the_dedupe(gated: Flow, tmp_path: Path, before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = np.zeros(len(GOOD) + 1, dtype=bool)
    monkeypatch.setattr(rules, "earlier_duplicates", lambda _source, *, valid: nobody)
    report = closed(gated, tmp_path, *GOOD, GOOD[0])
    assert failures(report) == ("users_ready", {"email: expect_column_values_to_be_unique"})
    texts = {example.text for example in report.critical[0].examples}
    assert texts == {f"mutant.xlsx, Feuil1, row {row}: u…@x.fr" for row in (2, 12)}
    assert checksum(gated.engine) == before


def test_a_transform_that_loses_a_row(
    gated: Flow, tmp_path: Path, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rules.give_verdicts
    monkeypatch.setattr(
        "etl.steps.transform.give_verdicts", lambda source, **how: whole(source, **how).iloc[1:]
    )
    assert failures(closed(gated, tmp_path, *GOOD)) == (
        "users_ready",
        {"None: expect_table_row_count_to_equal"},
    )
    assert checksum(gated.engine) == before


def test_the_conflict_clause_of_the_merge(
    gated: Flow, tmp_path: Path, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Never true, and it names both tables, as the clause does.
    monkeypatch.setattr(
        expressions,
        "same_user",
        lambda users, staged: and_(users.c.email.is_(None), staged.c.email.is_(None)),
    )
    assert failures(closed(gated, tmp_path, *GOOD)) == (
        "users_next",
        {"email_key: expect_column_values_to_be_unique"},
    )
    assert checksum(gated.engine) == before


def test_a_conflict_clause_that_minds_the_case(
    gated: Flow, tmp_path: Path, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(gated.engine, "UPDATE users SET email = upper(email)")
    monkeypatch.setattr(expressions, "same_user", lambda users, staged: users.c.email == staged.c.email)
    assert failures(closed(gated, tmp_path, *GOOD)) == (
        "users_next",
        {"email_key: expect_column_values_to_be_unique"},
    )


def test_a_next_table_in_which_users_vanish(
    gated: Flow, tmp_path: Path, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = expressions.next_users
    monkeypatch.setattr(stage, "next_users", lambda tables: whole(tables).selects[1])
    report = closed(gated, tmp_path, *GOOD)
    assert failures(report) == ("users_next", {"None: unexpected_rows_expectation"})
    assert checksum(gated.engine) == before


@pytest.fixture
def losing_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage whose COPY loses the first valid row."""
    whole = copy_in.copy_frame

    def losing(connection: Connection, rows: pd.DataFrame, table: Table) -> int:
        of_staged = "seq" in rows and "email" in rows
        return whole(connection, rows.iloc[1:] if of_staged else rows, table)

    monkeypatch.setattr(stage, "copy_frame", losing)


@pytest.mark.usefixtures("losing_fill")
def test_a_copy_that_loses_a_row(gated: Flow, tmp_path: Path) -> None:
    report = closed(gated, tmp_path, *GOOD)
    assert failures(report) == ("users_next", {"staged: expect_column_sum_to_be_between"})
    assert (report.critical[0].observed, report.critical[0].threshold) == ("9 rows", "10 rows")


@pytest.mark.usefixtures("losing_fill")
def test_a_copy_that_loses_a_row_is_no_longer_merged_without_the_gate(flow: Flow, tmp_path: Path) -> None:
    with pytest.raises(MergeError, match="9 of 10 staged rows were merged; rolled back"):
        flow.run(workbook(tmp_path / "d.xlsx", *GOOD))
    assert query(flow.engine, "SELECT * FROM users") == []


def test_a_view_that_loses_the_staged_rows(
    gated: Flow, tmp_path: Path, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = expressions.next_users
    monkeypatch.setattr(stage, "next_users", lambda tables: whole(tables).selects[0])
    assert "staged: expect_column_sum_to_be_between" in failures(closed(gated, tmp_path, *GOOD))[1]
    assert checksum(gated.engine) == before


def test_fewer_valid_rows_than_the_threshold(gated: Flow, tmp_path: Path, engine: Engine) -> None:
    bad = [row(email=f"bad{number}") for number in range(3)]
    report = closed(gated, tmp_path, *GOOD, *bad)
    assert failures(report) == ("users_ready", {"status: expect_column_values_to_be_in_set"})
    assert report.critical[0].observed.startswith("76.9")


def without_last_row(grid: pa.RecordBatch) -> pa.RecordBatch:
    """A reader that stops a row too early."""
    return grid.slice(0, len(grid) - 1)


def without_one_cell(grid: pa.RecordBatch) -> pa.RecordBatch:
    """A reader that passes over one cell: the phone of the second user."""
    return with_texts(grid, [((2, [column.field for column in COLUMNS].index("phone")), None)])


def without_last_column(grid: pa.RecordBatch) -> pa.RecordBatch:
    """A reader that stops a column too early."""
    return grid.select(range(grid.num_columns - 1))


@pytest.mark.parametrize(
    ("mutant", "observed"),
    [
        (without_last_row, "mutant.xlsx, Feuil1: 12 rows in the file, 11 read"),
        (without_one_cell, "mutant.xlsx, Feuil1, Téléphone: 12 filled cells in the file, 11 read"),
        (without_last_column, "mutant.xlsx, Feuil1, column K: 12 filled cells in the file, 0 read"),
    ],
)
def test_a_reader_that_drops_something_closes_the_first_gate(
    gated: Flow, tmp_path: Path, before: str, monkeypatch, mutant, observed: str
) -> None:
    whole = zip_workbook.load

    def dropping(*arguments: object) -> dict[str, pa.RecordBatch]:
        return {name: mutant(grid) for name, grid in whole(*arguments).items()}

    monkeypatch.setattr(zip_workbook, "load", dropping)
    report = closed(gated, tmp_path, ZOE, ALI, *GOOD)
    assert report.gate == "users_source"
    assert [outcome.key for outcome in report.critical] == ["sheets_whole"]
    assert observed in report.critical[0].observed
    assert checksum(gated.engine) == before
