"""The rights that docs/platform.md lists are enough, and no more than what a load writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import ProgrammingError

from etl.errors import TargetError
from etl.postgres.guard import guard
from etl.postgres.merge import Merged
from etl.postgres.target import DJANGO
from tests.integration.flow import Flow
from tests.integration.platform.people import profile
from tests.integration.stored import execute
from tests.workbooks import ZOE, row, workbook

pytestmark = pytest.mark.postgres

PAGE = Path(__file__).parents[3] / "docs" / "platform.md"
GRANTS = PAGE.read_text().split("```sql")[1].split("```")[0]


@pytest.fixture
def limited(newest: Engine) -> Iterator[Engine]:
    """The database as the role of the page sees it."""
    role = f"inlearning_{newest.url.database}"
    guard(newest, DJANGO)
    execute(newest, GRANTS.replace("inlearning", role))
    engine = create_engine(newest.url.set(username=role))
    yield engine
    engine.dispose()
    execute(newest, f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}")


def test_the_rights_of_the_page_load_and_update(limited: Engine, tmp_path: Path) -> None:
    flow = Flow(limited, tmp_path, gated=True, target="django")
    assert flow.run(workbook(tmp_path / "d.xlsx", ZOE)) == Merged(1, 0, 0)
    changed = row(phone="07", learning_mode="texte", interests="Rust", total_experience_years=6)
    assert flow.run(workbook(tmp_path / "e.xlsx", changed), "run-2") == Merged(0, 1, 0)
    assert profile("zoe@x.fr")["interests"] == ["Rust"]


def test_what_is_the_persons_own_cannot_be_written_with_them(limited: Engine) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        execute(limited, "UPDATE users_person SET profile_picture = ''")


def test_a_right_that_is_missing_is_told_before_anything_is_made(
    limited: Engine, newest: Engine, tmp_path: Path
) -> None:
    execute(newest, f"REVOKE UPDATE (phone) ON users_person FROM {limited.url.username}")
    with pytest.raises(TargetError, match=r"table users_person: the role lacks UPDATE \(phone\)"):
        Flow(limited, tmp_path, gated=False, target="django").run(workbook(tmp_path / "d.xlsx", ZOE))
