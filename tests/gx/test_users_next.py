"""What `users_next` expects of the table as it will be, on a real PostgreSQL."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, text

from gx.errors import GateMisuse, GateUnavailable
from gx.gate import run_gate
from report.gate_report import GateReport, Measure
from report.settings import QualitySettings

pytestmark = pytest.mark.postgres

ZOE, ALI, EVA = (str(UUID(int=number)) for number in (1, 2, 3))

TABLES = {"staging_table": "staging", "missing_users": "missing"}

Row = tuple[str, str | None, int, int, int]


SCHEMA = """
CREATE TABLE users (user_id uuid PRIMARY KEY);
CREATE TABLE after (user_id uuid, email text, staged int, changed int, inserted int);
CREATE VIEW users_next AS
    SELECT user_id, email, lower(email) AS email_key, 'Une Personne' AS full_name, staged, changed, inserted
    FROM after;
CREATE VIEW missing AS
    SELECT user_id FROM users WHERE NOT EXISTS (SELECT FROM after WHERE after.user_id = users.user_id);
"""


@pytest.fixture
def next_gate(engine: Engine, settings: QualitySettings) -> Callable[..., GateReport]:
    """Run the gate on users of before and rows (user_id, email, staged, changed, inserted) of after."""

    def run(before: list[str], after: list[Row], *, view: str = "users_next", **facts: object) -> GateReport:
        with engine.begin() as connection:
            connection.execute(text(SCHEMA))
            connection.execute(
                text("CREATE VIEW narrow AS SELECT user_id, email_key, staged FROM users_next")
            )
            for user in before:
                connection.execute(text("INSERT INTO users VALUES (:id)"), {"id": user})
            for row in after:
                values = dict(zip("abcde", row, strict=True))
                connection.execute(text("INSERT INTO after VALUES (:a, :b, :c, :d, :e)"), values)
        users = {"users_before": len(before), "users_after": len(after)}
        given = {"valid_rows": sum(row[2] for row in after), **users, **TABLES, **facts}
        return run_gate(
            "users_next",
            f"postgres:{view}",
            run="r1",
            facts=given,
            thresholds={},
            settings=settings,
            engine=engine,
            history=engine,
        )

    return run


def test_a_table_with_new_and_unchanged_users_passes(next_gate):
    report = next_gate([ZOE], [(ZOE, "zoe@x.fr", 0, 0, 0), (ALI, "ali@x.fr", 1, 0, 1)])
    assert report.passed
    assert report.failed == ()
    assert report.rows == 2


def test_an_email_in_another_case_closes_the_gate_and_names_the_users(next_gate, outcome):
    report = next_gate([ZOE], [(ZOE, "zoe@x.fr", 0, 0, 0), (ALI, "ZOE@x.fr", 1, 0, 1)])
    assert not report.passed
    shared = outcome(report, "share an email")
    assert shared.observed == "2 of 2 rows fail"
    assert sorted(example.value for example in shared.examples) == [f"user_id {ZOE}", f"user_id {ALI}"]


def test_a_user_without_email_closes_the_gate(next_gate, outcome):
    report = next_gate([], [(ZOE, "zoe@x.fr", 1, 0, 1), (ALI, None, 1, 0, 1)])
    assert not report.passed
    assert [each.value for each in outcome(report, "Every user has an email").examples] == [f"user_id {ALI}"]


def test_a_valid_row_that_is_not_in_the_table_closes_the_gate(next_gate, outcome):
    report = next_gate([], [(ZOE, "zoe@x.fr", 1, 0, 1)], valid_rows=2)
    assert not report.passed
    there = outcome(report, "is in the table")
    assert (there.observed, there.threshold) == ("1 row", "2 rows")


def test_a_user_who_vanishes_closes_the_gate_and_is_named_by_id(next_gate, outcome):
    report = next_gate([ZOE, ALI], [(ZOE, "zoe@x.fr", 1, 0, 0), (EVA, "eva@x.fr", 1, 0, 1)])
    assert not report.passed
    vanished = outcome(report, "Nobody vanishes: each of the 2 users")
    assert vanished.observed == "1 user would be missing"
    assert [example.value for example in vanished.examples] == [f"user_id {ALI}"]


def test_many_changes_at_once_are_a_warning(next_gate, outcome):
    report = next_gate(
        [ZOE, ALI, EVA],
        [(ZOE, "z@x.fr", 1, 1, 0), (ALI, "a@x.fr", 1, 1, 0), (EVA, "e@x.fr", 0, 0, 0)],
    )
    assert report.passed
    changes = outcome(report, "Changes")
    assert (changes.observed, changes.threshold) == ("66.7 %", "at most 50 %")


def test_changes_are_a_share_of_all_users_of_whom_the_batch_has_but_those_that_can_be_wrong(
    next_gate, outcome
):
    report = next_gate([ZOE], [(ZOE, "z@x.fr", 1, 1, 0)], users_after=1000)
    assert report.rows == 1000
    assert outcome(report, "Changes").observed == "0.1 %"


def test_an_empty_table_closes_the_gate(next_gate):
    report = next_gate([], [])
    assert not report.passed
    assert "the batch is empty" in report.doubts


def test_a_column_that_is_not_there_closes_the_gate_even_under_a_warning(next_gate, outcome):
    report = next_gate([], [(ZOE, "zoe@x.fr", 1, 0, 1)], view="narrow")
    assert not report.passed
    assert "changed" in outcome(report, "Changes").problem
    assert [each.severity for each in report.failed] == ["warning"]


def test_a_table_that_is_not_there_is_a_misuse(next_gate):
    with pytest.raises(GateMisuse, match="there is no table or view nowhere"):
        next_gate([], [], view="nowhere")


def test_the_name_of_a_table_is_not_sql(next_gate):
    with pytest.raises(GateMisuse, match="users; DROP TABLE users"):
        next_gate([], [], missing_users="users; DROP TABLE users")


def test_a_database_that_is_away_can_be_tried_again(settings):
    away = create_engine("postgresql+psycopg2://nobody:secret@127.0.0.1:1/nothing")
    facts = {"valid_rows": 1, "users_before": 0, "users_after": 1, **TABLES}
    with pytest.raises(GateUnavailable, match="database does not answer") as raised:
        run_gate(
            "users_next",
            "postgres:users_next",
            run="r1",
            facts=facts,
            thresholds={},
            settings=settings,
            engine=away,
            history=None,
        )
    assert "secret" not in str(raised.value)


def test_neither_emails_nor_the_url_of_the_database_are_written_down(next_gate, settings, engine):
    next_gate([ALI], [(ZOE, "zoe.petit@x.fr", 0, 0, 0), (EVA, "ZOE.petit@x.fr", 1, 0, 1)])
    files = [path for path in Path(settings.path).rglob("*") if path.suffix in (".json", ".html")]
    written = "".join(path.read_text() for path in files)
    assert ZOE in written
    assert "petit" not in written.lower()
    assert "psycopg2" not in written


def test_checks_say_their_numbers_in_both_languages_and_measure_them(next_gate):
    report = next_gate([ZOE, EVA], [(ZOE, "zoe@x.fr", 1, 1, 0), (ALI, "ali@x.fr", 1, 0, 1)])
    found = {each.key: each for each in report.outcomes}
    assert {key: each.measure for key, each in found.items()} == {
        "email_present": Measure(0, high=0),
        "email_unique": Measure(0, high=0),
        "valid_rows_staged": Measure(2, 2, 2, unit="number"),
        "nobody_vanishes": Measure(1, high=0, unit="number"),
        "changed_users": Measure(0.5, high=0.5),
    }
    assert found["nobody_vanishes"].words("en").observed == "1 user would be missing"
    assert found["nobody_vanishes"].words("fr").observed == "1 utilisateur manquerait"
    assert found["changed_users"].words("fr").observed == "50\u202f%"
    assert report.counts == {"valid": 2}
