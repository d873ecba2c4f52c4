"""What a load does to `users`: insert, update what differs, leave the rest alone."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from etl.errors import MergeError
from etl.postgres.merge import Merged
from etl.postgres.schema import METADATA
from tests.integration.flow import Flow
from tests.integration.stored import checksum, execute, query, stored_users
from tests.workbooks import ALI, ZOE, Cell, row, workbook

pytestmark = pytest.mark.postgres


def test_a_fresh_database_gets_the_users_and_their_interests(flow: Flow, tmp_path: Path) -> None:
    assert flow.run(workbook(tmp_path / "d.xlsx", ZOE, ALI)) == Merged(inserted=2, updated=0, unchanged=0)
    ali, zoe = stored_users(flow.engine)
    assert ali["interests"] == ["java"]
    assert zoe == {
        "key": "zoe@x.fr",
        "email": "zoe@x.fr",
        "full_name": "Zoé Martin",
        "age": 31,
        "gender": "F",
        "phone": "06 11 22 33 44",
        "preferred_language": "fr",
        "learning_mode": "video",
        "highest_academic_level": "master",
        "total_experience_years": 5,
        "predicted_level": "avancé",
        "interests": ["linux", "python"],
    }


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("SELECT user_id, 999 FROM users", "user_interests_interest"),
        ("SELECT gen_random_uuid(), interest_id FROM interests", "user_interests_user"),
    ],
)
def test_the_first_load_leaves_the_foreign_keys(flow: Flow, tmp_path: Path, link: str, key: str) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    with pytest.raises(IntegrityError, match=key):
        execute(flow.engine, f"INSERT INTO user_interests {link}")


def test_the_same_workbook_again_writes_no_row(flow: Flow, tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", ZOE, ALI)
    flow.run(path)
    before, links = checksum(flow.engine), query(flow.engine, "SELECT *, xmin, ctid FROM user_interests")
    assert flow.run(path, "run-2") == Merged(inserted=0, updated=0, unchanged=2)
    assert checksum(flow.engine) == before
    assert query(flow.engine, "SELECT *, xmin, ctid FROM user_interests") == links


def test_only_the_user_who_differs_is_written(flow: Flow, tmp_path: Path) -> None:
    versions = "SELECT email, phone, updated_at, xmin::text FROM users ORDER BY email"
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    ali, zoe = query(flow.engine, versions)
    loaded = flow.run(workbook(tmp_path / "e.xlsx", row(phone="07"), ALI), "run-2")
    assert loaded == Merged(inserted=0, updated=1, unchanged=1)
    ali_now, zoe_now = query(flow.engine, versions)
    assert ali_now == ali
    assert (zoe_now["phone"], zoe_now["updated_at"] > zoe["updated_at"]) == ("07", True)


def test_a_stored_email_in_mixed_case_is_the_same_user_and_keeps_its_spelling(
    flow: Flow, tmp_path: Path
) -> None:
    METADATA.create_all(flow.engine)
    execute(flow.engine, "INSERT INTO users (email, full_name) VALUES ('Zoe@X.fr', 'Zoé')")
    loaded = flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert loaded == Merged(inserted=0, updated=1, unchanged=0)
    (zoe,) = stored_users(flow.engine)
    assert (zoe["email"], zoe["full_name"]) == ("Zoe@X.fr", "Zoé Martin")


def test_who_is_not_in_the_workbook_stays(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    flow.run(workbook(tmp_path / "e.xlsx", ZOE), "run-2")
    assert [user["email"] for user in stored_users(flow.engine)] == ["ali@x.fr", "zoe@x.fr"]


def test_an_absent_column_leaves_its_field_and_an_empty_cell_clears_it(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    narrow = workbook(tmp_path / "e.xlsx", ("Zoé", "zoe@x.fr", None), header=("Nom", "Email", "Téléphone"))
    flow.run(narrow, "run-2")
    (zoe,) = stored_users(flow.engine)
    assert (zoe["full_name"], zoe["phone"]) == ("Zoé", None)
    assert (zoe["age"], zoe["interests"]) == (31, ["linux", "python"])


def test_an_unknown_value_keeps_what_is_stored_and_is_null_for_a_new_user(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    flow.run(workbook(tmp_path / "e.xlsx", row(gender="?"), row(gender="?", email="new@x.fr")), "run-2")
    genders = {user["email"]: user["gender"] for user in stored_users(flow.engine)}
    assert genders == {"new@x.fr": None, "zoe@x.fr": "F"}


@pytest.mark.parametrize(
    ("typed", "stored", "loaded"),
    [
        ("python, Rust", ["python", "rust"], Merged(inserted=0, updated=1, unchanged=0)),
        ("LINUX; PYTHON", ["linux", "python"], Merged(inserted=0, updated=0, unchanged=1)),
        (None, [], Merged(inserted=0, updated=1, unchanged=0)),
    ],
    ids=["one goes, one comes", "other case and order", "empty cell"],
)
def test_interests_become_those_of_the_workbook(
    flow: Flow, tmp_path: Path, typed: Cell, stored: list[str], loaded: Merged
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert flow.run(workbook(tmp_path / "e.xlsx", row(interests=typed)), "run-2") == loaded
    assert stored_users(flow.engine)[0]["interests"] == stored


def test_labels_that_are_stored_in_another_case_are_used(flow: Flow, tmp_path: Path) -> None:
    METADATA.create_all(flow.engine)
    execute(flow.engine, "INSERT INTO interests (label) VALUES ('PYTHON'), ('Linux')")
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    labels = query(flow.engine, "SELECT label FROM interests ORDER BY interest_id")
    assert [label["label"] for label in labels] == ["PYTHON", "Linux", "Java"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("İstanbul, istanbul, i\u0307stanbul", ["İstanbul"]),
        ("\u212aelvin, kelvin", ["Kelvin"]),
        ("ΟΔΟΣ, οδος, οδοσ", ["ΟΔΟΣ"]),
        ("Straße, STRASSE, STRAẞE", ["Straße"]),
        ("ﬁlm, film, Ｆｉｌｍ, fi\u200blm", ["ﬁlm"]),
        ("Cafe\u0301, café", ["Café"]),
    ],
    ids=["dotted I", "Kelvin sign", "final sigma", "sharp s", "ligature, full width, zero width", "accent"],
)
def test_labels_are_compared_by_one_key_whatever_the_database_makes_of_them(
    flow: Flow, tmp_path: Path, typed: str, stored: list[str]
) -> None:
    first, again = (row(interests=cell) for cell in (typed, ", ".join(reversed(typed.split(", ")))))
    flow.run(workbook(tmp_path / "d.xlsx", first))
    assert flow.run(workbook(tmp_path / "e.xlsx", again), "run-2").unchanged == 1
    labels = query(flow.engine, "SELECT label FROM interests ORDER BY interest_id")
    assert [label["label"] for label in labels] == stored
    assert query(flow.engine, "SELECT count(*) FROM user_interests")[0]["count"] == len(stored)


def test_a_label_that_the_table_refuses_is_told_and_nothing_is_written(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", row(interests="istanbul")))
    execute(flow.engine, "CREATE UNIQUE INDEX ON interests (lower(left(label, 1)))")
    with pytest.raises(MergeError, match="table interests: 1 of 2 new labels were not stored"):
        flow.run(workbook(tmp_path / "e.xlsx", row(phone="07", interests="Italie, Java")), "run-2")
    assert query(flow.engine, "SELECT phone FROM users")[0]["phone"] == "06 11 22 33 44"


def test_a_retry_after_the_commit_tells_what_was_done(flow: Flow, tmp_path: Path) -> None:
    first = flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    before = checksum(flow.engine)
    assert flow.load() == first == Merged(inserted=1, updated=0, unchanged=0)
    assert checksum(flow.engine) == before


def test_a_second_stage_replaces_the_first(flow: Flow, tmp_path: Path) -> None:
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    assert flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE)).valid_rows == 1
    assert flow.load() == Merged(inserted=1, updated=0, unchanged=0)


def test_a_batch_becomes_the_published_one_only_with_its_load(
    flow: Flow, tmp_path: Path, engine: Engine
) -> None:
    batch = "SELECT staged, inserted, published_at IS NOT NULL AS published FROM users_batches"
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    assert query(engine, batch) == [{"staged": 1, "inserted": None, "published": False}]
    flow.load()
    assert query(engine, batch) == [{"staged": 1, "inserted": 1, "published": True}]
