"""Users arrive in the platform's tables: what its pages show after a run."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from etl.postgres.merge import Merged
from tests.integration.flow import Flow
from tests.integration.platform.people import fills_in, profile, signs_up
from tests.integration.stored import execute, query
from tests.platform.users.models import Interest, Person, Preferences, ProfessionalBackground
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres

ZOES_PAGE = {
    "name": "Zoé Martin",
    "age": 31,
    "gender": "F",
    "email": "zoe@x.fr",
    "phone": "06 11 22 33 44",
    "predicted_level": "avancé",
    "language": "fr",
    "mode": "video",
    "interests": ["Linux", "Python"],
    "level": "master",
    "years": 5,
}

VERSIONS = " UNION ALL ".join(
    f"SELECT '{table}' AS place, md5(string_agg({table}::text || xmin || ctid, '|' ORDER BY id)) AS rows "
    f"FROM {table}"
    for table in (
        "users_person", "users_preferences", "users_interest", "users_academicbackground",
        "users_professionalbackground",
    )
)  # fmt: skip


def test_the_pages_show_new_users_whole(gated_on_both: Flow, tmp_path: Path) -> None:
    loaded = gated_on_both.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    assert loaded == Merged(inserted=2, updated=0, unchanged=0)
    assert profile("zoe@x.fr") == ZOES_PAGE
    assert profile("ali@x.fr")["interests"] == ["Java"]
    assert Person.objects.get(email="zoe@x.fr").user is None


def test_the_same_workbook_again_writes_no_row(gated_on_both: Flow, tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", ZOE, ALI)
    gated_on_both.run(path)
    before = query(gated_on_both.engine, VERSIONS)
    assert gated_on_both.run(path, "run-2") == Merged(inserted=0, updated=0, unchanged=2)
    assert query(gated_on_both.engine, VERSIONS) == before


def test_a_stored_person_gets_the_workbooks_values_and_keeps_what_is_the_persons_own(
    gated_on_both: Flow, tmp_path: Path
) -> None:
    person = signs_up("Zoe@X.fr", profile_picture="zoe.png")
    fills_in(person, "PYTHON", "Chess", years=1, goals="Read Proust")
    loaded = gated_on_both.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert loaded == Merged(inserted=0, updated=1, unchanged=0)
    assert profile("zoe@x.fr") == {**ZOES_PAGE, "email": "Zoe@X.fr", "interests": ["Linux", "PYTHON"]}
    person.refresh_from_db()
    assert (person.profile_picture.name, person.preferences.goals) == ("zoe.png", "Read Proust")
    assert person.professional.jobs == "Baker"


def test_interests_alone_are_a_change(gated_on_both: Flow, tmp_path: Path) -> None:
    gated_on_both.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    kept = Interest.objects.get(name="Python").pk
    loaded = gated_on_both.run(workbook(tmp_path / "e.xlsx", row(interests="python, Rust"), ALI), "run-2")
    assert loaded == Merged(inserted=0, updated=1, unchanged=1)
    assert profile("zoe@x.fr")["interests"] == ["Python", "Rust"]
    assert Interest.objects.get(name="Python").pk == kept


def test_a_satellite_is_made_when_what_it_requires_is_known(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", row(learning_mode="?", total_experience_years=None)))
    page = profile("zoe@x.fr")
    assert (page["language"], page["mode"], page["interests"], page["years"]) == (None, None, [], None)
    assert page["level"] == "master"
    assert flow.run(workbook(tmp_path / "e.xlsx", ZOE), "run-2") == Merged(inserted=0, updated=1, unchanged=0)
    assert profile("zoe@x.fr") == ZOES_PAGE


def test_what_must_be_filled_becomes_an_empty_text_and_what_a_satellite_requires_stays(
    flow: Flow, tmp_path: Path
) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    empty = row(
        gender=None, phone=None, learning_mode=None, total_experience_years=None, highest_academic_level=None,
        predicted_level=None, age=None,
    )  # fmt: skip
    flow.run(workbook(tmp_path / "e.xlsx", empty), "run-2")
    page = profile("zoe@x.fr")
    assert (page["gender"], page["phone"], page["mode"], page["years"]) == ("", "", "video", 5)
    assert (page["level"], page["predicted_level"], page["age"]) == (None, None, None)
    assert flow.run(workbook(tmp_path / "f.xlsx", empty), "run-3").unchanged == 1


def test_years_are_whole_ones_that_have_passed(flow: Flow, tmp_path: Path) -> None:
    path = workbook(tmp_path / "d.xlsx", row(total_experience_years=2.9))
    flow.run(path)
    assert profile("zoe@x.fr")["years"] == 2
    assert flow.run(path, "run-2").unchanged == 1


def test_a_column_that_the_workbook_lacks_leaves_every_table_alone(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    narrow = workbook(tmp_path / "e.xlsx", ("Zoé", "zoe@x.fr"), header=("Nom", "Email"))
    flow.run(narrow, "run-2")
    assert profile("zoe@x.fr") == {**ZOES_PAGE, "name": "Zoé"}


def test_texts_that_are_too_long_are_reasons(gated: Flow, tmp_path: Path) -> None:
    good = [row(email=f"user{number}@x.fr") for number in range(16)]
    long = [
        row(phone="0" * 21), row(interests="a" * 101), row(full_name="Z" * 256),
        row(predicted_level="a" * 51),
    ]  # fmt: skip
    fits = row(email="fits@x.fr", phone="0" * 20, full_name="Z" * 255, interests="a" * 100)
    gated.run(workbook(tmp_path / "d.xlsx", *good, fits, *long))
    assert profile("fits@x.fr")["interests"] == ["a" * 100]
    rows = query(gated.engine, "SELECT reasons FROM quarantine ORDER BY row_number")
    assert [each["reasons"] for each in rows] == [
        ["phone_too_long"],
        ["interests_too_long"],
        ["full_name_too_long"],
        ["predicted_level_too_long"],
    ]


def test_our_own_tables_may_stand_in_a_schema_of_their_own(newest: Engine, tmp_path: Path) -> None:
    execute(newest, "CREATE SCHEMA inlearning")
    with newest.begin() as connection:
        name = newest.url.database
        connection.execute(text(f"ALTER DATABASE {name} SET search_path = inlearning, public"))
    newest.dispose()
    Flow(newest, tmp_path, gated=True, target="django").run(workbook(tmp_path / "d.xlsx", ZOE))
    ours = query(newest, "SELECT tablename FROM pg_tables WHERE schemaname = 'inlearning'")
    assert {each["tablename"] for each in ours} >= {"quarantine", "users_batches", "users_seen"}
    assert (Person.objects.count(), Preferences.objects.count(), ProfessionalBackground.objects.count()) == (
        1,
        1,
        1,
    )
