"""`airflow dags test`, with a metadata database of its own: what a developer runs without a scheduler."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import URL, Engine

from local.sample.courses import load
from reindex.index.indices import own_indices
from reindex.index.served import resolve
from tests.databases import database
from tests.elasticsearch import RunningElasticsearch

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = 500

DAG = '''
"""A DAG for Airflow with a deadline."""
from datetime import timedelta
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from provider.mail.deadline import mail_when_late, without_deadline_under_test

with DAG("brief", schedule=None, deadline=mail_when_late(timedelta(minutes=10))) as dag:
    EmptyOperator(task_id="only")
without_deadline_under_test(dag)
'''

Tested = Callable[..., str]


@pytest.fixture(scope="module")
def airflow(postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of an Airflow with a migrated database of its own, and no scheduler."""
    with database(postgres) as engine:
        environment = {
            **os.environ,
            "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
            "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": engine.url.render_as_string(hide_password=False),
        }
        printed(environment, "db", "migrate")
        yield environment


@pytest.fixture
def tested(airflow: dict[str, str]) -> Tested:
    """Runs `airflow dags test` on a DAG of a folder; returns what it printed when it passed."""

    def run(folder: Path, dag_id: str, **variables: str) -> str:
        environment = {**airflow, "AIRFLOW__CORE__DAGS_FOLDER": str(folder), **variables}
        return printed(environment, "dags", "test", dag_id)

    return run


def printed(environment: dict[str, str], *words: str) -> str:
    """What a command of Airflow printed when it passed."""
    command = (str(Path(sys.executable).with_name("airflow")), *words)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return done.stdout + done.stderr


def test_a_dag_with_a_deadline_passes_its_test_run(tested: Tested, tmp_path: Path):
    (tmp_path / "brief.py").write_text(DAG)
    assert "state=success" in tested(tmp_path, "brief")


def test_the_weekly_reindex_swaps_in_its_test_run(
    tested: Tested, engine: Engine, elasticsearch: RunningElasticsearch, served: str, tmp_path: Path
):
    load(elasticsearch.admin, served, DOCUMENTS)
    address = urlsplit(elasticsearch.url)
    cluster = {"conn_type": "elasticsearch", "host": address.hostname, "port": address.port}
    database = {
        "conn_type": "postgres",
        "login": engine.url.username,
        "schema": engine.url.database,
        "extra": {"host": engine.url.query["host"], "sqlalchemy_query": {"host": engine.url.query["host"]}},
    }
    printed = tested(
        ROOT / "dags",
        "reindex_weekly",
        AIRFLOW_CONN_ELASTICSEARCH_DEFAULT=json.dumps(
            {**cluster, "extra": {"api_key": elasticsearch.key_for(served)}}
        ),
        AIRFLOW_CONN_POSTGRES_DEFAULT=json.dumps(database),
        ELASTICSEARCH_INDEX=served,
        ELASTICSEARCH_SNAPSHOT_REPOSITORY=elasticsearch.repository,
        REINDEX_STAGING_URL=str(tmp_path / "staging"),
        QUALITY_PATH=str(tmp_path / "quality"),
    )
    assert "state=success" in printed
    _, new = own_indices(elasticsearch.admin, served)
    assert new.state == "validated"
    assert elasticsearch.admin.count(index=new.name)["count"] == DOCUMENTS
    assert resolve(elasticsearch.admin, served).index == new.name
