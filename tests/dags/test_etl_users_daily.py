"""The DAG as it is parsed: what runs when, in what order, and again after which failure."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

ROOT = Path(__file__).resolve().parent.parent.parent

EDGES = {
    "extract_users": {"check_users_source"},
    "check_users_source": {"transform_users"},
    "transform_users": {"check_users_ready"},
    "check_users_ready": {"stage_users"},
    "stage_users": {"check_users_next"},
    "check_users_next": {"load_users"},
    "load_users": {"notify_completion", "done"},
    "notify_completion": set(),
    "done": set(),
}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture(scope="module")
def dag(bag: DagBag) -> DAG:
    return bag.dags["etl_users_daily"]


def test_the_folder_holds_exactly_these_dags(bag: DagBag):
    assert bag.import_errors == {}
    assert set(bag.dags) == {"etl_users_daily", "reindex_weekly", "reindex_rollback"}


def test_its_tasks_and_their_order(dag: DAG):
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == EDGES


def test_it_runs_at_two_every_night_in_paris_one_run_at_a_time(dag: DAG):
    assert dag.timetable.expression == "0 2 * * *"
    assert str(dag.timezone) == "Europe/Paris"
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.is_paused_upon_creation is True
    assert dag.dagrun_timeout is None


def test_its_parameters_and_their_defaults(dag: DAG):
    assert dict(dag.params) == {
        "workbook": "",
        "min_valid_ratio": 0.80,
        "on_duplicate": "keep_last",
        "force": False,
    }


@pytest.mark.parametrize(("name", "value"), [("min_valid_ratio", 1.1), ("on_duplicate", "keep_first")])
def test_a_parameter_out_of_range_is_refused(dag: DAG, name: str, value: object):
    with pytest.raises(ValueError, match=str(value)):
        dag.params.get_param(name).resolve(value)


def test_what_reads_or_writes_is_tried_again_with_growing_pauses(dag: DAG):
    assert {task.task_id: task.retries for task in dag.tasks} == {
        **dict.fromkeys(EDGES, 3),
        "notify_completion": 5,
        "done": 0,
    }
    assert {task.task_id for task in dag.tasks if task.retry_exponential_backoff} == set(EDGES) - {"done"}


def test_no_task_runs_forever(dag: DAG):
    assert {task.execution_timeout for task in dag.tasks} == {timedelta(hours=1)}


def test_the_mail_comes_after_a_failure_but_the_end_only_after_the_load(dag: DAG):
    rules = {task.task_id: task.trigger_rule.value for task in dag.tasks}
    assert rules == {**dict.fromkeys(EDGES, "all_success"), "notify_completion": "all_done"}


def test_it_says_whose_it_is_and_what_it_does(dag: DAG):
    assert {task.owner for task in dag.tasks} == {"data-platform"}
    assert dag.tags == {"users", "quality"}
    assert "put the file as it is into\nthe replay folder" in str(dag.doc_md)
    documented = {task.task_id for task in dag.tasks if task.doc or task.doc_md}
    assert documented >= {
        "extract_users",
        "transform_users",
        "stage_users",
        "load_users",
        "notify_completion",
    }


def test_a_run_is_late_after_ten_minutes(dag: DAG):
    assert [deadline.interval for deadline in dag.deadline] == [timedelta(minutes=10).total_seconds()]


def test_the_gates_get_the_threshold_of_the_run(dag: DAG):
    parameters = {task.task_id: task.parameters for task in dag.tasks if hasattr(task, "suite")}
    assert parameters == {
        "check_users_source": {},
        "check_users_ready": {"min_valid_ratio": "{{ params.min_valid_ratio }}"},
        "check_users_next": {},
    }


def test_under_dag_test_it_has_no_deadline():
    code = """
from unittest.mock import patch
from airflow.sdk import DAG
with patch.object(DAG, "test", lambda self, **options: print(self.deadline, options)):
    from airflow.dag_processing.dagbag import DagBag
    dag = DagBag(dag_folder="dags").dags["etl_users_daily"]
    print(len(dag.deadline))
    dag.test(run_conf={"force": True})
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["1", "None {'run_conf': {'force': True}}"]
