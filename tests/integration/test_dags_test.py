"""`airflow dags test`, with a metadata database of its own: what a developer runs without a scheduler."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import URL, Engine

from local.sample.courses import load
from local.settings import PROJECT
from reindex.index.indices import own_indices
from reindex.index.served import resolve
from tests.airflow_database import AIRFLOW, migrated_database
from tests.elasticsearch import RunningElasticsearch

pytestmark = pytest.mark.stack

DOCUMENTS = 500


@pytest.fixture
def tested(postgres: URL, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Runs `airflow dags test` on a DAG; returns what it printed when it passed."""
    with migrated_database(postgres, tmp_path / "airflow") as metadata:

        def run(dag_id: str, **variables: str) -> str:
            environment = {
                **os.environ,
                "AIRFLOW_HOME": str(tmp_path / "airflow"),
                "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
                "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.url.render_as_string(hide_password=False),
                **variables,
            }
            command = (AIRFLOW, "dags", "test", dag_id)
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
            return done.stdout + done.stderr

        yield run


def test_the_weekly_reindex_which_has_a_deadline_swaps_in_its_test_run(
    tested: Callable[..., str],
    engine: Engine,
    elasticsearch: RunningElasticsearch,
    served: str,
    tmp_path: Path,
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
