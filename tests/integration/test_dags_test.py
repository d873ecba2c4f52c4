"""`airflow dags test` on a DAG with a deadline, with a metadata database of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

pytestmark = pytest.mark.stack

DAG = '''
"""A DAG for Airflow with a deadline."""
from datetime import timedelta
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from provider.deadline import mail_when_late, without_deadline_under_test

with DAG("brief", schedule=None, deadline=mail_when_late(timedelta(minutes=10))) as dag:
    EmptyOperator(task_id="only")
without_deadline_under_test(dag)
'''


def test_a_dag_with_a_deadline_passes_its_test_run(engine: Engine, tmp_path: Path):
    (tmp_path / "brief.py").write_text(DAG)
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": engine.url.render_as_string(hide_password=False),
    }

    def airflow(*words: str) -> subprocess.CompletedProcess[str]:
        command = (str(Path(sys.executable).with_name("airflow")), *words)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    migrated = airflow("db", "migrate")
    assert migrated.returncode == 0, migrated.stderr[-2000:]
    tested = airflow("dags", "test", "brief")
    assert tested.returncode == 0, tested.stderr[-2000:]
    assert "state=success" in tested.stdout + tested.stderr
