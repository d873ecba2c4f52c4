"""The steps of the users DAG as its tasks call them: connection and parameters in, handovers out."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk.execution_time.context import set_current_context
from sqlalchemy import Engine

from etl.errors import UnchangedWorkbooks
from pipeline.handover import Told, told
from provider import users
from tests.integration.stored import stored_users
from tests.workbooks import ALI, ZOE, workbook

pytestmark = pytest.mark.postgres

RUN = "manual__2026-11-01T02:00:00+00:00"


@pytest.fixture
def nightly(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a worker, and the nightly workbook."""
    host = engine.url.query["host"]
    database = {
        "conn_type": "postgres",
        "login": engine.url.username,
        "schema": engine.url.database,
        "extra": {"host": host, "sqlalchemy_query": {"host": host}},
    }
    path = workbook(tmp_path / "users.xlsx", ZOE, ZOE)
    for name, value in {
        "AIRFLOW_CONN_POSTGRES_DEFAULT": json.dumps(database),
        "ETL_USERS_PATH": str(path),
        "ETL_STAGING_URL": str(tmp_path / "staging"),
        "ETL_REPLAY_PATH": str(tmp_path / "replay"),
        "ETL_REJECTED_PATH": str(tmp_path / "rejected"),
        "ETL_SETTLE_SECONDS": "0",
    }.items():
        monkeypatch.setenv(name, value)
    return path


def run(**params: object) -> Any:
    """Every step of a run, each on what the one before returned. A running task is not real here."""
    dag = SimpleNamespace(dag_id="etl_users_daily")
    context = {"dag": dag, "run_id": RUN, "params": params}
    with set_current_context(cast("Any", context)):
        return users.load(users.stage(users.transform(users.extract())))


def test_the_nightly_workbook_is_loaded_into_the_database_of_the_connection(nightly: Path, engine: Engine):
    assert told(run()) == Told({"inserted": 1, "updated": 0, "unchanged": 0})
    assert [user["email"] for user in stored_users(engine)] == ["zoe@x.fr"]
    assert [path.name for path in (nightly.parent / "staging").iterdir()] == [
        "manual__2026-11-01T02-00-00-00-00-44d4e635d083"
    ]


def test_an_unchanged_workbook_is_loaded_only_by_force(nightly: Path):
    run()
    with pytest.raises(UnchangedWorkbooks):
        run()
    assert told(run(force=True)) == Told({"inserted": 0, "updated": 0, "unchanged": 1})


def test_the_parameters_name_another_workbook_and_what_duplicates_become(nightly: Path, tmp_path: Path):
    other = workbook(tmp_path / "other.xlsx", ALI, ALI)
    dag = SimpleNamespace(dag_id="etl_users_daily")
    params = {"workbook": str(other), "on_duplicate": "fail"}
    with set_current_context(cast("Any", {"dag": dag, "run_id": RUN, "params": params})):
        extracted = users.extract()
        assert extracted["workbooks"] == [str(other)]
        assert told(users.transform(extracted)).counts["valid"] == 2
