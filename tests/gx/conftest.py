"""Gates on literal batches, with a quality folder of the test's own."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, create_engine, text

from gx.gate import run_gate
from report.gate_report import GateReport, Outcome
from report.settings import QualitySettings
from tests.gx.frames import ANSWERED_ALIKE

RUN = "scheduled__2026-11-24T02:00:00+00:00"


def facts_of(name: str, frame: pd.DataFrame) -> dict[str, object]:
    """The facts of an ordinary run."""
    match name:
        case "users_source":
            return {"unknown_columns": [], "replay_only": False, "unread": [], "counted": []}
        case "users_ready":
            return {"source_rows": len(frame), "replay_only": False}
        case "courses_source":
            return {"documents": 200}
        case _:
            return {
                "source_documents": 200,
                "target_documents": 200,
                "mapping_differences": [],
                **ANSWERED_ALIKE,
                "lost_capabilities": [],
            }


Gate = Callable[..., GateReport]


@pytest.fixture
def settings(tmp_path: Path) -> QualitySettings:
    return QualitySettings(path=str(tmp_path / "quality"))


@pytest.fixture
def gate(tmp_path: Path, settings: QualitySettings) -> Gate:
    """Run a gate on a frame; facts default to those of an ordinary run."""

    def run(
        name: str,
        frame: pd.DataFrame,
        *,
        run: str = RUN,
        engine: Engine | None = None,
        thresholds: Mapping[str, float] | None = None,
        **facts: object,
    ) -> GateReport:
        batch = tmp_path / f"{name}.parquet"
        frame.to_parquet(batch)
        return run_gate(
            name,
            str(batch),
            run=run,
            facts={**facts_of(name, frame), **facts},
            thresholds=thresholds or {},
            settings=settings,
            history=engine,
        )

    return run


@pytest.fixture
def outcome() -> Callable[[GateReport, str], Outcome]:
    """The one outcome whose description holds a text."""

    def find(report: GateReport, text: str) -> Outcome:
        [found] = [each for each in report.outcomes if text in each.description]
        return found

    return find


@pytest.fixture
def reader(engine: Engine) -> Iterator[Callable[[str], Engine]]:
    """An engine of somebody who may read every table so far, after a statement on the database.

    The statement has `{}` for the database; `read only` is one whose transactions write nothing at all.
    """
    role, opened = f"reader_{uuid.uuid4().hex[:12]}", []

    def of(statement: str) -> Engine:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE ROLE {role}"))
            connection.execute(text(f"GRANT {role} TO CURRENT_USER"))
            for schema in connection.execute(text(READABLE)).scalars():
                connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
                if schema != "public":
                    connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}"))
            if statement != "read only":
                connection.execute(text(statement.format(engine.url.database)))
        options = "-c default_transaction_read_only=on" if statement == "read only" else f"-c role={role}"
        opened.append(create_engine(engine.url, connect_args={"options": options}))
        return opened[-1]

    yield of
    for each in opened:
        each.dispose()
    with engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))


READABLE = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'"
