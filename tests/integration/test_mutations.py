"""One rule taken out at a time: the gate must close, and `users` stay as it was."""

import numpy as np
import pytest

from etl import transform as rules
from etl.contract import Reason
from tests.integration.stored import checksum
from tests.integration.flow import GateClosed
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres

GOOD = [row(email=f"user{number}@x.fr") for number in range(20)]


def without(reason):
    """The transform's reasons, without one of them."""
    joined = rules._any

    def forgetful(flags, rows):
        return joined({code: flag for code, flag in flags.items() if code != reason.value}, rows)

    return forgetful


@pytest.mark.parametrize(
    ("bad", "reason", "expectation"),
    [
        (row(email="young@x.fr", age=7), None, "ages"),
        (row(email="not-an-address"), Reason.INVALID_EMAIL, "expect_column_values_to_match_regex"),
        (row(email=None), Reason.MISSING_EMAIL, "expect_column_values_to_not_be_null"),
        (
            row(email="nobody@x.fr", full_name=None),
            Reason.MISSING_NAME,
            "expect_column_values_to_not_be_null",
        ),
    ],
    ids=["age", "email", "missing email", "missing name"],
)
def test_a_rule_of_the_transform(gated, tmp_path, engine, monkeypatch, bad, reason, expectation):
    gated.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    before = checksum(engine)
    if reason:
        monkeypatch.setattr(rules, "_any", without(reason))
    else:
        monkeypatch.setattr(rules, "MIN_AGE", 0)
        expectation = "expect_column_values_to_be_between"
    with pytest.raises(GateClosed) as closed:
        gated.run(workbook(tmp_path / "e.xlsx", *GOOD, bad), "run-2")
    assert closed.value.report.gate == "users_ready"
    assert expectation in [outcome.expectation for outcome in closed.value.report.critical]
    assert checksum(engine) == before


def test_the_dedupe(gated, tmp_path, monkeypatch):
    monkeypatch.setattr(
        rules, "earlier_duplicates", lambda source, *, valid: np.zeros(len(source), dtype=bool)
    )
    with pytest.raises(GateClosed) as closed:
        gated.run(workbook(tmp_path / "d.xlsx", *GOOD, GOOD[0]))
    (outcome,) = closed.value.report.critical
    assert (closed.value.report.gate, outcome.expectation) == (
        "users_ready",
        "expect_column_values_to_be_unique",
    )
    assert {example.row for example in outcome.examples} == {2, 22}
    assert {example.value for example in outcome.examples} == {"u…@x.fr"}


def test_a_row_lost_by_the_transform(gated, tmp_path, monkeypatch):
    whole = rules.transform
    monkeypatch.setattr("etl.verdicts.transform", lambda source, **options: whole(source, **options).iloc[1:])
    with pytest.raises(GateClosed) as closed:
        gated.run(workbook(tmp_path / "d.xlsx", *GOOD))
    assert "expect_table_row_count_to_equal" in [each.expectation for each in closed.value.report.critical]


def test_the_conflict_clause_of_the_merge(gated, tmp_path, engine, monkeypatch):
    gated.run(workbook(tmp_path / "d.xlsx", *GOOD))
    before = checksum(engine)
    monkeypatch.setattr("etl.merge.same_user", lambda users, staged: staged.c.email == "nobody")
    with pytest.raises(GateClosed) as closed:
        gated.run(workbook(tmp_path / "d.xlsx", *GOOD), "run-2")
    assert closed.value.report.gate == "users_next"
    assert "expect_column_values_to_be_unique" in [each.expectation for each in closed.value.report.critical]
    assert checksum(engine) == before


def test_the_case_of_stored_emails(gated, tmp_path, engine, monkeypatch):
    gated.run(workbook(tmp_path / "d.xlsx", *GOOD))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET email = upper(email)")
    monkeypatch.setattr("etl.merge.same_user", lambda users, staged: users.c.email == staged.c.email)
    with pytest.raises(GateClosed, match="users_next closed"):
        gated.run(workbook(tmp_path / "d.xlsx", *GOOD), "run-2")


def test_users_who_vanish_from_the_next_table(gated, tmp_path, monkeypatch):
    from etl import stage

    gated.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    whole = stage.next_users
    monkeypatch.setattr(stage, "next_users", lambda tables: whole(tables).selects[1])
    with pytest.raises(GateClosed) as closed:
        gated.run(workbook(tmp_path / "e.xlsx", ZOE), "run-2")
    assert "unexpected_rows_expectation" in [each.expectation for each in closed.value.report.critical]


def test_too_few_valid_rows_close_the_gate_and_quarantine_them(gated, tmp_path, engine):
    with pytest.raises(GateClosed, match=r"users_ready closed"):
        gated.run(workbook(tmp_path / "d.xlsx", *GOOD[:7], *[row(email=f"bad{n}") for n in range(3)]))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM quarantine").scalar() == 3
    assert gated.rejected("run-1").exists()


def test_the_ratio_of_exactly_eighty_percent_passes(gated, tmp_path):
    loaded = gated.run(workbook(tmp_path / "d.xlsx", *GOOD[:8], *[row(email=f"bad{n}") for n in range(2)]))
    assert loaded.inserted == 8
