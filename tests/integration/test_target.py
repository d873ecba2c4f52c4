"""Tables of our names that are not ours: refused with the names, before anything is written."""

from pathlib import Path

import pytest
from sqlalchemy import select

from etl.errors import TargetError
from etl.postgres import existing
from etl.postgres.expressions import has_email
from etl.postgres.merge import Merged
from etl.postgres.schema import METADATA, USERS
from tests.integration.flow import Flow
from tests.integration.stored import Row, checksum, execute, query, stored_users
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""
USER = "INSERT INTO users (email, full_name) VALUES ('somebody@x.fr', 'Somebody')"


def contents(flow: Flow) -> tuple[list[Row], list[Row]]:
    return query(flow.engine, COLUMNS), query(flow.engine, "SELECT * FROM users")


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["ALTER TABLE users DROP age", "ALTER TABLE users DROP phone"], "no column age, phone"),
        (["ALTER TABLE users ADD tenant text NOT NULL"], "column tenant is NOT NULL without a default"),
        (["ALTER TABLE users ALTER age SET NOT NULL"], "column age is NOT NULL without a default"),
        (["DROP INDEX users_email_key"], r"no unique index on lower\(email\)"),
        (["ALTER TABLE users ALTER user_id DROP DEFAULT",
          "ALTER TABLE user_interests DROP CONSTRAINT user_interests_user",
          "ALTER TABLE users ALTER user_id TYPE text"], "user_id is TEXT, not uuid"),
        (["ALTER TABLE interests DROP label"], "table interests: no column label"),
    ],
    ids=["columns missing", "foreign column", "age required", "no unique index", "user_id", "interests"],
)  # fmt: skip
def test_a_foreign_table_is_refused_and_nothing_is_changed(
    flow: Flow, tmp_path: Path, statements: list[str], message: str
) -> None:
    METADATA.create_all(flow.engine)
    execute(flow.engine, "DROP TABLE quarantine")
    if "tenant" not in message:
        execute(flow.engine, USER.replace("(email", "(age, email").replace("('some", "(20, 'some"))
    execute(flow.engine, *statements)
    before = contents(flow)
    with pytest.raises(TargetError, match=message):
        flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert contents(flow) == before


def test_an_unrelated_table_of_the_same_name_is_refused(flow: Flow, tmp_path: Path) -> None:
    execute(flow.engine, "CREATE TABLE users (id int, login text)", "INSERT INTO users VALUES (1, 'root')")
    before = contents(flow)
    with pytest.raises(TargetError, match=r"table users: no column user_id, email.*\(found: id, login\)"):
        flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert contents(flow) == before


def test_a_foreign_column_with_a_default_is_no_obstacle(flow: Flow, tmp_path: Path) -> None:
    METADATA.create_all(flow.engine)
    execute(flow.engine, "ALTER TABLE users ADD tenant text NOT NULL DEFAULT 'inlearning'")
    assert flow.run(workbook(tmp_path / "d.xlsx", ZOE)).inserted == 1
    assert query(flow.engine, "SELECT tenant FROM users") == [{"tenant": "inlearning"}]


@pytest.mark.parametrize(
    "index",
    [
        "CREATE UNIQUE INDEX ON users (lower(email))",
        "CREATE UNIQUE INDEX ON users (lower(email)) INCLUDE (full_name)",
    ],
    ids=["as advised", "with another column in it"],
)
def test_a_varchar_email_with_its_unique_index_is_accepted_and_merged(
    flow: Flow, gated: Flow, tmp_path: Path, index: str
) -> None:
    METADATA.create_all(flow.engine)
    execute(
        flow.engine,
        "DROP INDEX users_email_key",
        "ALTER TABLE users ALTER email TYPE varchar(255), ADD CONSTRAINT users_email_key UNIQUE (email)",
        "INSERT INTO users (email, full_name) VALUES ('Zoe@X.fr', 'Zoé')",
    )
    with pytest.raises(TargetError, match="Run CREATE UNIQUE INDEX ON users"):
        flow.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    execute(flow.engine, index)
    path = workbook(tmp_path / "d.xlsx", ZOE, ALI)
    assert gated.run(path) == Merged(inserted=1, updated=1, unchanged=0)
    assert gated.run(path, "run-2") == Merged(inserted=0, updated=0, unchanged=2)
    assert [user["email"] for user in stored_users(flow.engine)] == ["ali@x.fr", "Zoe@X.fr"]


@pytest.mark.parametrize(
    "index",
    [
        "CREATE UNIQUE INDEX ON users (lower(email)) WHERE age > 20",
        "CREATE UNIQUE INDEX ON users (lower(email), full_name)",
        "CREATE INDEX ON users (lower(email))",
        "CREATE UNIQUE INDEX ON users (email)",
    ],
    ids=["partial", "two columns", "not unique", "minds the case"],
)
def test_an_index_that_lets_an_email_in_twice_is_refused(flow: Flow, tmp_path: Path, index: str) -> None:
    METADATA.create_all(flow.engine)
    execute(flow.engine, "DROP INDEX users_email_key", index)
    with pytest.raises(TargetError, match=r"no unique index on lower\(email\)"):
        flow.run(workbook(tmp_path / "d.xlsx", ZOE))


def test_columns_that_are_too_narrow_for_a_value_are_named(flow: Flow, tmp_path: Path) -> None:
    METADATA.create_all(flow.engine)
    execute(flow.engine, "ALTER TABLE users ALTER phone TYPE varchar(5)")
    with pytest.raises(TargetError, match="do not hold the contract's values: value too long"):
        flow.run(workbook(tmp_path / "d.xlsx", ZOE))


def test_a_staging_table_that_is_gone_says_which_task_to_clear(flow: Flow, tmp_path: Path) -> None:
    staged = flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    execute(flow.engine, f"DROP TABLE {staged.gate.facts['staging_table']} CASCADE")
    with pytest.raises(TargetError, match="Clear the task stage_users"):
        flow.load()
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    assert flow.load() == Merged(inserted=1, updated=0, unchanged=0)


def test_a_stored_address_beyond_ascii_is_another_person_whose_row_nobody_touches(
    flow: Flow, tmp_path: Path
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", row(email="ali@x.fr")))
    execute(flow.engine, "UPDATE users SET email = U&'\\212Aim@X.fr', full_name = 'Kim'")
    before = checksum(flow.engine)
    path = workbook(tmp_path / "e.xlsx", row(email="kim@x.fr", interests="Seul"), row(email="zoe@x.fr"))
    assert flow.run(path, "run-2").inserted == 1
    flow.stage("run-2")
    kept = query(flow.engine, "SELECT row_number, reasons, status, email FROM quarantine")
    assert kept == [
        {"row_number": 2, "reasons": ["email_of_another"], "status": "rejected", "email": "kim@x.fr"}
    ]
    execute(flow.engine, "DELETE FROM users WHERE email = 'zoe@x.fr'")
    assert checksum(flow.engine) == before
    assert query(flow.engine, "SELECT label FROM interests WHERE label = 'Seul'") == []


def test_an_erased_person_is_no_other_for_whom_the_database_takes_them(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", row(email="ali@x.fr"), row(email="Kim@x.fr")))
    execute(flow.engine, "DROP INDEX users_email_key")
    execute(flow.engine, "UPDATE users SET email = U&'\\212Aim@x.fr' WHERE email = 'ali@x.fr'")
    with flow.engine.connect() as connection:
        users = USERS.c.email
        assert connection.scalars(select(users).where(has_email(users, "kim@x.fr"))).all() == ["kim@x.fr"]
        assert len(connection.scalars(select(users).where(has_email(users, "\u212aIM@x.fr"))).all()) == 2


def test_a_collation_that_makes_other_letters_of_a_to_z_is_refused(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No Turkish locale is installed everywhere: the database is asked for a letter that is no E.
    monkeypatch.setattr(existing, "ascii_uppercase", "ABCDÉFGHIJKLMNOPQRSTUVWXYZ")
    with pytest.raises(TargetError, match="table users: its collation makes abcdéfgh"):
        flow.run(workbook(tmp_path / "e.xlsx", ZOE))
    assert query(flow.engine, "SELECT to_regclass('users')")[0]["to_regclass"] is None
