"""Somebody uses the platform between the steps, and inside the merge: nothing of theirs is lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from etl.errors import MergeError
from etl.postgres.guard import guard
from etl.postgres.merge import Merged
from etl.postgres.target import DJANGO
from local.stack.waiting import wait_until
from tests.integration.flow import Flow
from tests.integration.platform.people import fills_in, signs_up
from tests.integration.stored import query
from tests.integration.test_races import just_before, open_transaction
from tests.platform.users.models import Person, Preferences
from tests.workbooks import ALI, ZOE, row, workbook

pytestmark = pytest.mark.postgres

SIGN_UP = """
    INSERT INTO users_person (id, name, email, phone, gender, profile_picture)
    VALUES (gen_random_uuid(), 'Z', 'Zoe@x.fr', '', '', '')
"""
WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_who_signs_up_edits_or_leaves_between_stage_and_load(flow: Flow, tmp_path: Path) -> None:
    flow.run(workbook(tmp_path / "d.xlsx", ALI, row(email="eva@x.fr")))
    flow.run_to_stage(workbook(tmp_path / "e.xlsx", ZOE, row(phone="07", email="eva@x.fr")), "run-2")
    fills_in(signs_up("Zoe@X.fr", profile_picture="zoe.png"), "Chess", goals="Read Proust")
    Preferences.objects.filter(person__email="eva@x.fr").update(goals="Swim")
    Person.objects.filter(email="eva@x.fr").update(profile_picture="eva.png")
    Person.objects.get(email="ali@x.fr").delete()
    assert flow.load("run-2") == Merged(inserted=0, updated=2, unchanged=0)
    zoe, eva = (Person.objects.get(email__iexact=email) for email in ("zoe@x.fr", "eva@x.fr"))
    assert (zoe.email, zoe.profile_picture.name, zoe.preferences.goals) == (
        "Zoe@X.fr",
        "zoe.png",
        "Read Proust",
    )
    assert (eva.phone, eva.profile_picture.name, eva.preferences.goals) == ("07", "eva.png", "Swim")
    assert not Person.objects.filter(email="ali@x.fr").exists()


def test_who_signs_up_during_the_merge_rolls_it_back_where_emails_are_guarded(
    flow: Flow, tmp_path: Path
) -> None:
    guard(flow.engine, DJANGO)
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    with (
        just_before(flow.engine, "INSERT INTO users_person ", SIGN_UP),
        pytest.raises(MergeError, match="1 of 2 new users were inserted"),
    ):
        flow.load()
    assert [person.name for person in Person.objects.all()] == ["Z"]
    assert flow.load() == Merged(inserted=1, updated=1, unchanged=0)
    assert Person.objects.filter(email__iexact="zoe@x.fr").count() == 1


def test_who_signs_up_during_the_merge_waits_for_it_where_nothing_guards_emails(
    flow: Flow, tmp_path: Path
) -> None:
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    with ThreadPoolExecutor(1) as pool, open_transaction(flow.engine, SIGN_UP) as sign_up:
        load = pool.submit(flow.load)
        assert wait_until(lambda: bool(query(flow.engine, WAITING)), seconds=60, every=0.05)
        sign_up.commit()
        assert load.result() == Merged(inserted=0, updated=1, unchanged=0)
    assert [person.name for person in Person.objects.all()] == ["Zoé Martin"]


EVERYTHING = "; ".join(
    f"DELETE FROM users_{table}"
    for table in ("interest", "academicbackground", "professionalbackground", "preferences", "person")
)


def test_who_leaves_during_the_merge_is_missed_and_rolls_it_back(flow: Flow, tmp_path: Path) -> None:
    guard(flow.engine, DJANGO)
    flow.run(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    flow.run_to_stage(workbook(tmp_path / "e.xlsx", row(phone="07"), ALI), "run-2")
    with (
        just_before(flow.engine, "UPDATE users_person ", EVERYTHING),
        pytest.raises(MergeError, match="0 of 1 users that differ"),
    ):
        flow.load("run-2")
    assert Person.objects.count() == 0
    assert flow.load("run-2") == Merged(inserted=2, updated=0, unchanged=0)


def test_preferences_that_somebody_makes_during_the_merge_roll_it_back(flow: Flow, tmp_path: Path) -> None:
    person = signs_up("zoe@x.fr")
    own = f"""
        INSERT INTO users_preferences (id, person_id, preferred_language, learning_mode, goals)
        VALUES (gen_random_uuid(), '{person.pk}', 'en', 'text', 'Swim')
    """
    flow.run_to_stage(workbook(tmp_path / "d.xlsx", ZOE))
    with (
        just_before(flow.engine, "INSERT INTO users_preferences ", own),
        pytest.raises(MergeError, match="users_preferences: 0 of 1"),
    ):
        flow.load()
    assert flow.load() == Merged(inserted=0, updated=1, unchanged=0)
    person.refresh_from_db()
    assert (person.preferences.goals, person.preferences.learning_mode) == ("Swim", "video")


def test_a_person_of_whom_a_satellite_is_made_and_who_leaves_is_one_clear_error(
    flow: Flow, tmp_path: Path
) -> None:
    guard(flow.engine, DJANGO)
    flow.run(workbook(tmp_path / "d.xlsx", row(highest_academic_level=None)))
    flow.run_to_stage(workbook(tmp_path / "e.xlsx", ZOE), "run-2")
    with (
        just_before(flow.engine, "INSERT INTO users_academicbackground ", EVERYTHING),
        pytest.raises(MergeError, match=r"somebody deleted a person.*rolled back"),
    ):
        flow.load("run-2")
    assert Person.objects.count() == 0
