"""Tables that cannot be written to as the platform's are: one clear line, before anything is changed."""

from pathlib import Path

import pytest

from etl.errors import TargetError
from tests.integration.flow import Flow
from tests.integration.stored import execute, query
from tests.workbooks import ZOE, workbook

pytestmark = pytest.mark.postgres

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE users_interest", "table users_interest: not there"),
        ("ALTER TABLE users_person RENAME phone TO telephone", "table users_person: no column phone"),
        ("ALTER TABLE users_person ADD school text NOT NULL", "column school is NOT NULL without a default"),
        (
            "ALTER TABLE users_person ALTER user_id SET NOT NULL",
            "column user_id is NOT NULL without a default",
        ),
        ("ALTER TABLE users_person ALTER age SET NOT NULL", "column age is NOT NULL without a default"),
        ("ALTER TABLE users_preferences ALTER learning_mode TYPE varchar(5)", "the value 'practice'"),
        (
            "ALTER TABLE users_preferences DROP CONSTRAINT users_preferences_person_id_key",
            "person_id is not unique",
        ),
    ],
)
def test_a_table_that_cannot_be_written_to_is_named(
    flow: Flow, tmp_path: Path, statement: str, message: str
) -> None:
    execute(flow.engine, statement)
    before = query(flow.engine, TABLES)
    with pytest.raises(TargetError, match=message) as refused:
        flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert "\n" not in str(refused.value)
    assert query(flow.engine, TABLES) == before
