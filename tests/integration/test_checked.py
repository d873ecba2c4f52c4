"""Of the users as they will be the gate reads those that can be wrong, however many there are."""

from pathlib import Path

import pytest

from etl.postgres.staging import checked_view, missing_view, staging_table
from tests.gates import GateClosed
from tests.integration.conftest import Correct
from tests.integration.flow import Flow
from tests.integration.stored import execute, query
from tests.workbooks import ALI, row, workbook

pytestmark = pytest.mark.postgres

STORED = [row(email=f"user{number}@x.fr") for number in range(20)]


@pytest.fixture
def stored(flow: Flow, tmp_path: Path) -> Flow:
    """Twenty users are stored; a flow without gates."""
    flow.run(workbook(tmp_path / "before.xlsx", *STORED), "run-0")
    return flow


def checked(flow: Flow, staging: object) -> list[tuple[object, object]]:
    """Email and `staged` of the rows that the gate reads."""
    rows = query(flow.engine, f"SELECT email, staged FROM {checked_view(str(staging))} ORDER BY email")
    return [(each["email"], each["staged"]) for each in rows]


def test_the_gate_reads_the_staged_users_and_tells_of_all(stored: Flow, gated: Flow, tmp_path: Path) -> None:
    staged = gated.run_to_stage(workbook(tmp_path / "d.xlsx", STORED[3], ALI), "run-1")
    assert checked(gated, staged.gate.facts["staging_table"]) == [("ali@x.fr", 1), ("user3@x.fr", 1)]
    assert (staged.gate.facts["users_before"], staged.gate.facts["users_after"]) == (20, 21)
    told = query(gated.engine, "SELECT rows FROM quality_runs WHERE gate = 'users_next'")
    assert [each["rows"] for each in told] == [21]


def test_where_nothing_is_staged_one_user_is_looked_at_and_the_gate_is_open(
    stored: Flow, gated: Flow, tmp_path: Path, correct: Correct
) -> None:
    path = workbook(tmp_path / "d.xlsx", ALI, row(email="user3@x.fr", age="?"))
    stored.run(path, "run-1")
    replay = correct("run-1", {"Âge": "21"})
    execute(stored.engine, "UPDATE users SET phone = '07', updated_at = clock_timestamp()")
    staged = gated.run_to_stage(replay, "run-2")
    assert (staged.valid_rows, staged.newer_users) == (0, 1)
    assert len(checked(gated, staged.gate.facts["staging_table"])) == 1
    assert (staged.gate.facts["users_before"], staged.gate.facts["users_after"]) == (21, 21)


def test_a_user_who_lost_the_email_is_read_and_closes_the_gate(
    stored: Flow, gated: Flow, tmp_path: Path
) -> None:
    execute(stored.engine, "ALTER TABLE users ALTER email DROP NOT NULL")
    execute(stored.engine, "UPDATE users SET email = NULL WHERE email = 'user7@x.fr'")
    with pytest.raises(GateClosed) as closed:
        gated.run_to_stage(workbook(tmp_path / "d.xlsx", ALI), "run-1")
    assert {outcome.key for outcome in closed.value.report.critical} == {"email_present"}


def test_a_staging_that_is_dropped_takes_its_views_along(stored: Flow, tmp_path: Path) -> None:
    staged = stored.run_to_stage(workbook(tmp_path / "d.xlsx", ALI), "run-1")
    stored.load("run-1")
    name = str(staged.gate.facts["staging_table"])
    assert name.startswith(staging_table(""))
    left = "SELECT to_regclass('{}') AS left"
    for view in (checked_view(name), missing_view(name)):
        assert query(stored.engine, left.format(view)) == [{"left": None}]
