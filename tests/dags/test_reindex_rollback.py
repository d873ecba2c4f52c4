"""The DAG that goes back to the previous index, as it is parsed."""

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.definitions.timetables.simple import NullTimetable

ROOT = Path(__file__).resolve().parent.parent.parent

EDGES = {
    "release_stale": {"choose_index"},
    "choose_index": {"rollback_alias"},
    "rollback_alias": {"release"},
    "release": {"notify_completion"},
    "notify_completion": {"done"},
    "done": set(),
}


@pytest.fixture(scope="module")
def dag() -> DAG:
    bag = DagBag(dag_folder=str(ROOT / "dags" / "reindex_rollback.py"))
    assert bag.import_errors == {}
    return bag.dags["reindex_rollback"]


def test_its_tasks_and_their_order(dag: DAG):
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == EDGES


def test_it_runs_when_somebody_asks_and_is_ready_for_it(dag: DAG):
    assert isinstance(dag.timetable, NullTimetable)
    assert dag.is_paused_upon_creation is False
    assert dag.max_active_runs == 1
    assert dag.dagrun_timeout is None


def test_its_parameters_and_their_defaults(dag: DAG):
    assert dict(dag.params) == {"index": "", "to": ""}


def test_the_lock_is_given_back_and_the_mail_is_sent_whatever_happened_and_the_end_decides(dag: DAG):
    ends = ("release", "notify_completion", "done")
    assert [task.task_id for task in dag.tasks if task.is_teardown] == list(ends)
    assert [task.task_id for task in dag.tasks if task.on_failure_fail_dagrun] == ["done"]
    rules = {task.task_id: task.trigger_rule.value for task in dag.tasks}
    assert rules == {
        **dict.fromkeys(EDGES, "all_success"),
        **dict.fromkeys(ends, "all_done_setup_success"),
    }
