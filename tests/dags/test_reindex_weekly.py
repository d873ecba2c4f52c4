"""The weekly DAG as it is parsed: what runs when, in what order, and again after which failure."""

from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

ROOT = Path(__file__).resolve().parent.parent.parent

EDGES = {
    "release_stale": {"check_cluster"},
    "check_cluster": {"check_courses_source"},
    "check_courses_source": {"snapshot_before"},
    "snapshot_before": {"create_index"},
    "create_index": {"copy_documents"},
    "copy_documents": {"catch_up"},
    "catch_up": {"compare_documents"},
    "compare_documents": {"check_courses_reindexed"},
    "check_courses_reindexed": {"swap_alias"},
    "swap_alias": {"prune_indices", "prune_snapshots"},
    "prune_indices": {"release"},
    "prune_snapshots": {"release"},
    "release": {"notify_completion"},
    "notify_completion": {"done"},
    "done": set(),
}


@pytest.fixture(scope="module")
def dag() -> DAG:
    bag = DagBag(dag_folder=str(ROOT / "dags" / "reindex_weekly.py"))
    assert bag.import_errors == {}
    return bag.dags["reindex_weekly"]


def test_its_tasks_and_their_order(dag: DAG):
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == EDGES


def test_it_runs_at_one_every_sunday_in_paris_one_run_at_a_time(dag: DAG):
    assert dag.timetable.expression == "0 1 * * 0"
    assert str(dag.timezone) == "Europe/Paris"
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.is_paused_upon_creation is True
    assert dag.dagrun_timeout is None


def test_its_parameters_and_their_defaults(dag: DAG):
    assert dict(dag.params) == {
        "index": "",
        "requests_per_second": -1,
        "slices": "auto",
        "max_document_loss": 0.01,
        "writes": "catch_up",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("index", "Courses,*"),
        ("requests_per_second", 0),
        ("requests_per_second", -2),
        ("slices", "none"),
        ("slices", "0"),
        ("max_document_loss", 0),
        ("max_document_loss", 1.1),
        ("writes", "lose"),
    ],
)
def test_a_parameter_out_of_range_is_refused(dag: DAG, name: str, value: object):
    with pytest.raises(ValueError, match="Failed validating"):
        dag.params.get_param(name).resolve(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("index", "courses"),
        ("requests_per_second", 0.5),
        ("requests_per_second", 500),
        ("slices", "4"),
        ("max_document_loss", 0.02),
        ("writes", "block"),
    ],
)
def test_a_parameter_in_range_is_taken(dag: DAG, name: str, value: object):
    assert dag.params.get_param(name).resolve(value) == value


def test_what_reads_or_writes_is_tried_again_with_growing_pauses(dag: DAG):
    assert {task.task_id: task.retries for task in dag.tasks} == {
        **dict.fromkeys(EDGES, 3),
        "notify_completion": 5,
    }
    assert {task.task_id for task in dag.tasks if task.retry_exponential_backoff} == set(EDGES)


def test_the_lock_is_given_back_and_the_mail_is_sent_whatever_happened_and_the_end_decides(dag: DAG):
    ends = ("release", "notify_completion", "done")
    assert [task.task_id for task in dag.tasks if task.is_teardown] == list(ends)
    assert [task.task_id for task in dag.tasks if task.on_failure_fail_dagrun] == ["done"]
    rules = {task.task_id: task.trigger_rule.value for task in dag.tasks}
    assert rules == {
        **dict.fromkeys(EDGES, "all_success"),
        **dict.fromkeys(ends, "all_done_setup_success"),
    }


def test_every_step_has_a_limit_and_the_copy_one_of_its_own(dag: DAG):
    limits = {task.task_id: task.execution_timeout for task in dag.tasks}
    assert limits == {**dict.fromkeys(EDGES, timedelta(hours=6)), "copy_documents": None}


def test_it_says_whose_it_is_and_what_it_does(dag: DAG):
    assert {task.owner for task in dag.tasks} == {"data-platform"}
    assert dag.tags == {"courses", "quality"}
    assert "run the DAG `reindex_rollback`" in str(dag.doc_md)
    steps = {task for task in EDGES if not task.startswith("check_courses")} - {"copy_documents"}
    assert {task.task_id for task in dag.tasks if task.doc or task.doc_md} >= steps


def test_a_run_is_late_after_four_hours(dag: DAG):
    assert [deadline.interval for deadline in dag.deadline] == [timedelta(hours=4).total_seconds()]


def test_the_gate_and_the_copy_get_the_parameters_of_the_run(dag: DAG):
    gates = {task.task_id: task.parameters for task in dag.tasks if hasattr(task, "suite")}
    assert gates == {
        "check_courses_source": {},
        "check_courses_reindexed": {"max_document_loss": "{{ params.max_document_loss }}"},
    }
    copy = dag.get_task("copy_documents")
    assert copy.requests_per_second == "{{ params.requests_per_second }}"
    assert copy.slices == "{{ params.slices }}"
