"""When Airflow means to run its DAGs next, out of its own database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, text
from sqlalchemy.orm import Session

from provider.scheduled import read
from report.schedules import Scheduled
from tests.airflow_database import migrated_database

DUE = datetime(2026, 11, 27, 1, tzinfo=UTC)


@pytest.fixture
def metadata(postgres: URL, tmp_path: Path) -> Iterator[Engine]:
    """Airflow's own database, with nothing in it."""
    with migrated_database(postgres, tmp_path / "airflow") as engine:
        yield engine


def add_dag(session: Session, dag: str, **known: Any) -> None:
    """A DAG as the DAG processor leaves it."""
    from airflow.models import DagModel
    from airflow.models.dagbundle import DagBundleModel

    session.merge(DagBundleModel(name="dags"))
    session.flush()
    due = {"next_dagrun_create_after": DUE, "is_stale": False, "bundle_name": "dags"}
    session.add(DagModel(dag_id=dag, **{**due, **known}))


def add_run(session: Session, dag: str, run_type: str, due: datetime) -> None:
    columns = "dag_id, run_id, run_type, run_after, state, clear_number, log_template_id"
    values = ":dag, :run, :type, :due, 'success', 0, (SELECT min(id) FROM log_template)"
    of_run = {"dag": dag, "run": f"{run_type}__{due}", "type": run_type, "due": due}
    session.execute(
        text("INSERT INTO log_template (filename, elasticsearch_id, created_at) VALUES ('', '', now())")
    )
    session.execute(text(f"INSERT INTO dag_run ({columns}) VALUES ({values})"), of_run)


def test_what_is_due_and_when_a_dag_ran_last_by_its_schedule_is_read_of_airflow_itself(metadata: Engine):
    with Session(metadata) as session:
        add_dag(session, "nightly", is_paused=False)
        add_dag(session, "paused", is_paused=True)
        add_dag(session, "broken", is_paused=False, is_stale=True, has_import_errors=True)
        add_dag(session, "gone", is_paused=False, is_stale=True)
        add_dag(session, "by_hand", is_paused=False, next_dagrun_create_after=None)
        session.flush()
        for days in (2, 1):
            add_run(session, "nightly", "scheduled", DUE - timedelta(days=days))
        add_run(session, "nightly", "manual", DUE - timedelta(hours=1))
        add_run(session, "paused", "manual", DUE)
        found = {each.dag: each for each in read(session)}
    assert found == {
        "nightly": Scheduled("nightly", DUE, DUE - timedelta(days=1)),
        "paused": Scheduled("paused", DUE, paused=True),
        "broken": Scheduled("broken", DUE, broken=True),
    }
