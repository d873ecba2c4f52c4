"""PostgreSQL is away, or goes away in the middle: one clear line, and the retry ends well."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from etl.postgres.merge import Merged
from gx.errors import GateUnavailable
from gx.gate import run_gate
from provider import steps
from provider.steps import TryAgain, plain_failures
from report.settings import QualitySettings
from tests.integration.flow import Flow
from tests.integration.stored import checksum, execute
from tests.workbooks import ALI, ZOE, workbook

pytestmark = pytest.mark.postgres


class TaskInstance:
    """What a task leaves for the tasks behind it."""

    def __init__(self) -> None:
        self.pushed: dict[str, str] = {}

    def xcom_push(self, key: str, value: str) -> None:
        self.pushed[key] = value


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the running task told the mail. A running task is the one thing that is not real here."""
    task_instance = TaskInstance()
    monkeypatch.setattr(steps, "get_current_context", lambda: {"ti": task_instance})
    return task_instance.pushed


@pytest.fixture
def away(tmp_path: Path) -> Engine:
    """An engine whose socket nobody listens on."""
    return create_engine(f"postgresql+psycopg2://postgres@/nothing?host={tmp_path}")


def test_a_step_fails_with_one_line_and_is_tried_again(
    away: Engine, tmp_path: Path, told: dict[str, str]
) -> None:
    flow = Flow(away, tmp_path, gated=False)
    with pytest.raises(TryAgain) as failure, plain_failures():
        flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    assert isinstance(failure.value.__cause__, OperationalError)
    message = str(failure.value)
    assert message.startswith("PostgreSQL (connection postgres_default): connection to server on socket")
    assert message.endswith("Check that it is up.")
    assert "\n" not in message
    assert told == {"error": message}


@pytest.mark.parametrize(
    ("gate", "facts"),
    [
        (
            "users_next",
            {
                "valid_rows": 1,
                "users_before": 0,
                "users_after": 1,
                "staging_table": "s",
                "missing_users": "m",
            },
        ),
        ("users_source", {"unknown_columns": [], "replay_only": False, "unread": [], "counted": []}),
    ],
)
def test_a_gate_that_cannot_look_is_not_closed_but_tried_again(
    away: Engine, tmp_path: Path, told: dict[str, str], gate: str, facts: dict[str, object]
) -> None:
    with pytest.raises(TryAgain) as failure, plain_failures():
        run_gate(
            gate,
            "postgres:users_next_0",
            run="run-1",
            facts=facts,
            thresholds={},
            settings=QualitySettings(path=str(tmp_path / "quality")),
            engine=away,
            history=away,
        )
    assert isinstance(failure.value.__cause__, GateUnavailable)
    assert told["error"].startswith(f"{gate}: the database does not answer: connection to server on socket")
    assert "\n" not in told["error"]


def test_a_connection_that_breaks_during_the_merge_writes_nothing_and_the_retry_all(
    engine: Engine, tmp_path: Path, told: dict[str, str]
) -> None:
    flow = Flow(engine, tmp_path, gated=False)
    flow.run(workbook(tmp_path / "d.xlsx", ZOE))
    flow.run_to_stage(workbook(tmp_path / "e.xlsx", ZOE, ALI), "run-2")
    before = checksum(engine)
    other = create_engine(engine.url)

    def cut(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO users "):
            pid = connection.connection.driver_connection.info.backend_pid
            execute(other, f"SELECT pg_terminate_backend({pid}, 5000)")

    event.listen(engine, "after_cursor_execute", cut)
    with pytest.raises(TryAgain, match=r"PostgreSQL \(connection") as failure, plain_failures():
        flow.load("run-2")
    event.remove(engine, "after_cursor_execute", cut)
    other.dispose()
    assert isinstance(failure.value.__cause__, DBAPIError)
    assert checksum(engine) == before
    assert flow.load("run-2") == Merged(inserted=1, updated=0, unchanged=1)
