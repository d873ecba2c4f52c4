"""Persons who share an email: the gate names them, the commands list them and keep them from coming back."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl.__main__ import app
from etl.errors import DuplicateEmailsError
from etl.postgres.guard import guard, has_guard
from etl.postgres.target import DJANGO
from tests.gates import GateClosed
from tests.integration.flow import Flow
from tests.integration.platform.people import profile, signs_up
from tests.integration.stored import execute
from tests.platform.users.models import Person
from tests.workbooks import ALI, ZOE, workbook

pytestmark = pytest.mark.postgres


def command(flow: Flow, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """Exit code and output of `python -m etl …` on the platform's database."""
    url = flow.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("ETL_DATABASE_URL", url)
    monkeypatch.setenv("ETL_USERS_TARGET", "django")
    done = CliRunner().invoke(app, words)
    return done.exit_code, done.output


def test_the_gate_closes_before_the_first_load_and_names_the_persons_masked(
    gated_on_both: Flow, tmp_path: Path
) -> None:
    twins = [signs_up("zoe.martin@x.fr"), signs_up("Zoe.Martin@X.fr")]
    with pytest.raises(GateClosed) as stop:
        gated_on_both.run(workbook(tmp_path / "d.xlsx", ALI))
    report = stop.value.report
    assert [outcome.key for outcome in report.critical] == ["email_unique"]
    named = {example.value for example in report.critical[0].examples}
    assert named == {f"z…@x.fr (user_id {twin.pk})" for twin in twins}
    assert "martin" not in str(named).lower()
    assert Person.objects.count() == 2


def test_the_owner_lists_renames_guards_and_loads(
    gated: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = signs_up("zoe@x.fr", name="Zoé"), signs_up("ZOE@x.fr", name="Other")
    code, told = command(gated, monkeypatch, "duplicates")
    assert code == 0
    assert all(text in told for text in (str(first.pk), str(second.pk), "ZOE@x.fr", "Other", "1 emails"))
    code, told = command(gated, monkeypatch, "guard")
    assert (code, Person.objects.count()) == (1, 2)
    assert "1 emails belong to 2 persons" in told
    second.email = "other@x.fr"
    second.save(update_fields=["email"])
    assert command(gated, monkeypatch, "guard")[0] == 0
    assert command(gated, monkeypatch, "guard")[0] == 0
    with gated.engine.connect() as connection:
        assert has_guard(connection, "users_person")
    gated.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert profile("zoe@x.fr")["name"] == "Zoé Martin"
    assert (Person.objects.count(), Person.objects.get(pk=second.pk).name) == (2, "Other")


def test_an_index_that_was_left_unfinished_is_made_again(flow: Flow) -> None:
    broken = "CREATE UNIQUE INDEX users_person_lower_email ON users_person (lower(email))"
    invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_person_lower_email'::regclass"
    execute(flow.engine, broken, invalid)
    assert guard(flow.engine, DJANGO) == "users_person_lower_email"
    with flow.engine.connect() as connection:
        assert has_guard(connection, "users_person")


def test_a_guard_over_duplicates_says_what_to_do(flow: Flow) -> None:
    signs_up("zoe@x.fr")
    signs_up("ZOE@x.fr")
    with pytest.raises(DuplicateEmailsError, match="python -m etl duplicates"):
        guard(flow.engine, DJANGO)
