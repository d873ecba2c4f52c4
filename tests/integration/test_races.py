"""Somebody else writes to `users` between the steps, or inside the merge."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from etl.errors import MergeError, TargetBusyError
from etl.postgres import transaction
from etl.postgres.merge import Merged
from etl.upkeep.erase import erase
from local.stack.waiting import wait_until
from tests.integration.conftest import Correct
from tests.integration.flow import Flow
from tests.integration.stored import checksum, execute, quarantined, query, stored_users
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres

SIGN_UP = "INSERT INTO users (email, full_name) VALUES ('Zoe@x.fr', 'Z')"


@contextmanager
def just_before(
    engine: Engine, beginning: str, statement: str, *, of: Engine | type[Engine] | None = None
) -> Iterator[None]:
    """Run and commit a statement in another session when `engine` is about to run one that begins so.

    of: whose statements are watched instead; `Engine` are those of every engine.
    """
    other = create_engine(engine.url)
    met = []

    def intrude(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith(beginning):
            met.append(sql)
            execute(other, statement)

    event.listen(of or engine, "before_cursor_execute", intrude)
    try:
        yield
    finally:
        event.remove(of or engine, "before_cursor_execute", intrude)
        other.dispose()
    assert met, f"no statement began with {beginning!r}"


@contextmanager
def open_transaction(engine: Engine, statement: str) -> Iterator[Connection]:
    """A transaction of another session that has run a statement; rolled back unless it is committed."""
    other = create_engine(engine.url)
    with other.connect() as connection:
        connection.execute(text(statement))
        yield connection
    other.dispose()


def test_a_user_who_signs_up_between_stage_and_load_is_updated(flow: Flow, tmp_path: Path) -> None:
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    execute(flow.engine, SIGN_UP)
    assert flow.load() == Merged(inserted=0, updated=1, unchanged=0)
    assert [(user["email"], user["full_name"]) for user in stored_users(flow.engine)] == [
        ("Zoe@x.fr", "Zoé Martin")
    ]


def test_a_user_who_signs_up_during_the_merge_rolls_it_back_and_the_retry_updates(
    flow: Flow, tmp_path: Path
) -> None:
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    with (
        just_before(flow.engine, "INSERT INTO users ", SIGN_UP),
        pytest.raises(MergeError, match="1 of 2 new users were inserted"),
    ):
        flow.load()
    assert query(flow.engine, "SELECT full_name FROM users") == [{"full_name": "Z"}]
    assert flow.load() == Merged(inserted=1, updated=1, unchanged=0)
    assert [user["full_name"] for user in stored_users(flow.engine)] == ["Ali Haddad", "Zoé Martin"]


def test_a_user_who_is_deleted_during_the_merge_is_missed_and_rolls_it_back(
    flow: Flow, tmp_path: Path
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    path = workbook(tmp_path / "e.xlsx", ("Zoé", "zoe@x.fr"), ("Ali", "ali@x.fr"), header=("Nom", "Email"))
    flow.run_to_stage(path, "run-2")
    gone = "DELETE FROM users WHERE email = 'zoe@x.fr'"
    with just_before(flow.engine, "UPDATE users ", gone), pytest.raises(MergeError, match="1 of 2 users"):
        flow.load("run-2")
    assert [user["full_name"] for user in stored_users(flow.engine)] == ["Ali Haddad"]
    assert flow.load("run-2") == Merged(inserted=1, updated=1, unchanged=0)


def test_counts_that_do_not_add_up_roll_everything_back(flow: Flow, tmp_path: Path) -> None:
    staged = flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    before = checksum(flow.engine)
    execute(flow.engine, f"DELETE FROM {staged.gate.facts['staging_table']} WHERE seq = 0")
    with pytest.raises(MergeError, match="1 of 2 staged rows were merged; rolled back"):
        flow.load()
    assert checksum(flow.engine) == before


@pytest.mark.parametrize(
    "moment",
    ["CREATE TEMPORARY TABLE beside", "SELECT 1 \nFROM users_checked_"],
    ids=["while the gate copies", "before it looks at the copies"],
)
def test_a_user_who_signs_up_during_the_gate_has_not_vanished(
    gated: Flow, tmp_path: Path, moment: str
) -> None:
    with just_before(gated.engine, moment, SIGN_UP.replace("Zoe@", "new@"), of=Engine):
        gated.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    assert query(gated.engine, "SELECT email FROM users") == [{"email": "new@x.fr"}]
    assert gated.load() == Merged(inserted=2, updated=0, unchanged=0)


EVA = row(full_name="Eva", email="eva@x.fr")
EDIT = "UPDATE users SET phone = '07', updated_at = clock_timestamp() WHERE email = '{}'"


@pytest.fixture
def replaying(flow: Flow, tmp_path: Path, correct: Correct) -> Flow:
    """Zoé and Eva are stored. Run-3 has staged a new user and the replay of Zoé; Eva's edit came before."""
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, EVA))
    wrong = [row(full_name="Eva", email="eva@x.fr", age="?"), row(age="?", interests="Cuisine")]
    flow.run(workbook(tmp_path / "e.xlsx", ALI, *wrong), "run-2")
    correct("run-2", {"Âge": "21"}, {"Âge": "22"})
    execute(flow.engine, EDIT.format("eva@x.fr"))
    staged = flow.run_to_stage(workbook(tmp_path / "f.xlsx", row(full_name="New", email="new@x.fr")), "run-3")
    assert (staged.valid_rows, staged.newer_users) == (2, 1)
    return flow


def left_out(flow: Flow) -> list[tuple[str, list[str]]]:
    """Email and reasons of what run-3 quarantined."""
    return [
        (kept["email"], kept["reasons"]) for kept in quarantined(flow.engine) if kept["run_id"] == "run-3"
    ]


def test_a_replayed_row_whose_user_is_edited_before_the_load_is_left_out(replaying: Flow) -> None:
    assert left_out(replaying) == [("eva@x.fr", ["newer_user"])]
    execute(replaying.engine, EDIT.format("zoe@x.fr"))
    assert replaying.load("run-3") == Merged(inserted=1, updated=0, unchanged=0)
    kept = {user["email"]: (user["phone"], user["interests"]) for user in stored_users(replaying.engine)}
    assert kept["zoe@x.fr"] == ("07", ["linux", "python"])
    assert query(replaying.engine, "SELECT label FROM interests WHERE label = 'Cuisine'") == []
    assert left_out(replaying) == [("eva@x.fr", ["newer_user"]), ("zoe@x.fr", ["newer_user"])]


def test_an_erasure_before_the_load_does_not_confuse_the_rows(replaying: Flow) -> None:
    erase(replaying.engine, replaying.settings, "eva@x.fr")
    execute(replaying.engine, EDIT.format("zoe@x.fr"))
    assert replaying.load("run-3") == Merged(inserted=1, updated=0, unchanged=0)
    assert left_out(replaying) == [("zoe@x.fr", ["newer_user"])]


def test_an_edit_that_is_under_way_when_the_load_begins_is_waited_for_and_kept(replaying: Flow) -> None:
    with ThreadPoolExecutor(1) as pool, open_transaction(replaying.engine, EDIT.format("zoe@x.fr")) as edit:
        load = pool.submit(replaying.load, "run-3")
        waiting = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        assert wait_until(lambda: bool(query(replaying.engine, waiting)), seconds=10, every=0.05)
        edit.commit()
        assert load.result() == Merged(inserted=1, updated=0, unchanged=0)
    assert [user["phone"] for user in stored_users(replaying.engine) if user["key"] == "zoe@x.fr"] == ["07"]


@pytest.mark.parametrize(
    "moment", ["CREATE TEMPORARY TABLE merge_resolved", "DELETE FROM merge_resolved", "INSERT INTO users "]
)
def test_a_replayed_person_who_signs_up_during_the_load_is_not_overwritten(
    flow: Flow, tmp_path: Path, correct: Correct, moment: str
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(email="zoe at x.fr")))
    correct("run-1", {"Email": "zoe@x.fr"})
    flow.run_to_stage(workbook(tmp_path / "e.xlsx", ALI), "run-2")
    with just_before(flow.engine, moment, f"{SIGN_UP} ON CONFLICT DO NOTHING"), suppress(MergeError):
        flow.load("run-2")
    assert flow.load("run-2") == Merged(inserted=0, updated=0, unchanged=1)
    assert [(user["full_name"], user["phone"]) for user in stored_users(flow.engine)][1:] == [("Z", None)]
    assert quarantined(flow.engine)[-1]["reasons"] == ["newer_user"]


@pytest.mark.parametrize("step", ["stage", "load"])
def test_a_transaction_that_never_ends_is_not_waited_for_for_ever(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    steps = {"stage": flow.stage, "load": flow.load}
    monkeypatch.setattr(transaction, "LOCK_SECONDS", 1)
    with (
        open_transaction(flow.engine, "LOCK TABLE users"),
        pytest.raises(TargetBusyError, match=r"kept it locked for 1 seconds; rolled back.*pg_stat_activity"),
    ):
        steps[step]()
    steps[step]()
    assert flow.load() == Merged(inserted=1, updated=0, unchanged=0)


def test_a_user_whom_an_idle_transaction_has_edited_is_not_waited_for_for_ever(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    flow.run_to_stage(workbook(tmp_path / "e.xlsx", row(phone="08")), "run-2")
    before = checksum(flow.engine)
    monkeypatch.setattr(transaction, "LOCK_SECONDS", 1)
    with open_transaction(flow.engine, EDIT.format("zoe@x.fr")), pytest.raises(TargetBusyError) as busy:
        flow.load("run-2")
    assert "\n" not in str(busy.value)
    assert checksum(flow.engine) == before
    assert flow.load("run-2") == Merged(inserted=0, updated=1, unchanged=0)
