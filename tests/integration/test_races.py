"""Somebody else writes to `users` between the steps, or inside the merge."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event

from etl.errors import MergeError
from etl.load import Loaded
from tests.integration.flow import Flow
from tests.integration.stored import checksum, execute, query, stored_users
from tests.workbooks import ALI, ZOE, workbook

pytestmark = pytest.mark.postgres

SIGN_UP = "INSERT INTO users (email, full_name) VALUES ('Zoe@x.fr', 'Z')"


@contextmanager
def just_before(engine: Engine, beginning: str, statement: str) -> Iterator[None]:
    """Run and commit a statement in another session when `engine` is about to run one that begins so."""
    other = create_engine(engine.url)

    def intrude(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith(beginning):
            execute(other, statement)

    event.listen(engine, "before_cursor_execute", intrude)
    yield
    event.remove(engine, "before_cursor_execute", intrude)
    other.dispose()


def test_a_user_who_signs_up_between_stage_and_load_is_updated(flow: Flow, tmp_path: Path) -> None:
    flow.stage(workbook(tmp_path / "d.xlsx", ZOE))
    execute(flow.engine, SIGN_UP)
    assert flow.load() == Loaded(inserted=0, updated=1, unchanged=0)
    assert [(user["email"], user["full_name"]) for user in stored_users(flow.engine)] == [
        ("Zoe@x.fr", "Zoé Martin")
    ]


def test_a_user_who_signs_up_during_the_merge_rolls_it_back_and_the_retry_updates(
    flow: Flow, tmp_path: Path
) -> None:
    flow.stage(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    with (
        just_before(flow.engine, "INSERT INTO users ", SIGN_UP),
        pytest.raises(MergeError, match="1 of 2 new users were inserted"),
    ):
        flow.load()
    assert query(flow.engine, "SELECT full_name FROM users") == [{"full_name": "Z"}]
    assert flow.load() == Loaded(inserted=1, updated=1, unchanged=0)
    assert [user["full_name"] for user in stored_users(flow.engine)] == ["Ali Haddad", "Zoé Martin"]


def test_a_user_who_is_deleted_during_the_merge_is_missed_and_rolls_it_back(
    flow: Flow, tmp_path: Path
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    path = workbook(tmp_path / "e.xlsx", ("Zoé", "zoe@x.fr"), ("Ali", "ali@x.fr"), header=("Nom", "Email"))
    flow.stage(path, "run-2")
    gone = "DELETE FROM users WHERE email = 'zoe@x.fr'"
    with just_before(flow.engine, "UPDATE users ", gone), pytest.raises(MergeError, match="1 of 2 users"):
        flow.load("run-2")
    assert [user["full_name"] for user in stored_users(flow.engine)] == ["Ali Haddad"]
    assert flow.load("run-2") == Loaded(inserted=1, updated=1, unchanged=0)


def test_counts_that_do_not_add_up_roll_everything_back(flow: Flow, tmp_path: Path) -> None:
    staged = flow.stage(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    before = checksum(flow.engine)
    execute(flow.engine, f"DELETE FROM {staged.staging_table} WHERE seq = 0")
    with pytest.raises(MergeError, match="1 of 2 staged rows were merged; rolled back"):
        flow.load()
    assert checksum(flow.engine) == before
