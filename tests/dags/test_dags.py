"""The DAGs as they are parsed: what runs when, in what order, and again after which failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from jinja2 import Template

from provider.watch.limits import limit_of

ROOT = Path(__file__).resolve().parent.parent.parent

# Teardowns: those, and only those, still run when somebody marks the whole run as failed.
TEARDOWNS = ("release", "notify_completion", "done")
ENDS = {"release": {"notify_completion"}, "notify_completion": {"done"}, "done": set()}


CLEANING = (
    "clean_logs",
    "clean_metadata",
    "prune_quarantine",
    "prune_staging",
    "prune_report",
    "prune_indices",
    "prune_snapshots",
)


@dataclass(frozen=True)
class Expected:
    """What a DAG should be.

    order: the tasks behind each task. schedule: a cron expression in Paris, None: when somebody asks.
    retries, rules: of the tasks that differ from three retries, and from `all_success`.
    limit: of each task but the `unlimited`. late: after which `quality_watch` says so, None: never.
    says: a piece of its documentation. undocumented: tasks that have none.
    thresholds: parameters of each gate.
    """

    order: Mapping[str, set[str]]
    schedule: str | None
    paused: bool
    parameters: Mapping[str, Any]
    retries: Mapping[str, int]
    rules: Mapping[str, str]
    limit: timedelta
    late: timedelta | None
    tags: set[str]
    says: str
    undocumented: set[str] = field(default_factory=set)
    unlimited: set[str] = field(default_factory=set)
    teardowns: tuple[str, ...] = ()
    thresholds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


DAGS = {
    "etl_users_daily": Expected(
        order={
            "extract_users": {"check_users_source"},
            "check_users_source": {"transform_users"},
            "transform_users": {"check_users_ready"},
            "check_users_ready": {"stage_users"},
            "stage_users": {"check_users_next"},
            "check_users_next": {"load_users"},
            "load_users": {"notify_completion", "done"},
            "notify_completion": set(),
            "done": set(),
        },
        schedule="0 2 * * *",
        paused=True,
        parameters={
            "workbook": "",
            "min_valid_ratio": 0.80,
            "on_duplicate": "keep_last",
            "approval": "setting",
            "force": False,
        },
        retries={"notify_completion": 5, "done": 0},
        # The mail comes after a failure, but the end only after the load.
        rules={"notify_completion": "all_done"},
        limit=timedelta(hours=1),
        late=timedelta(minutes=10),
        tags={"users", "quality", "late after 10 min"},
        says="put the file as it is into\nthe replay folder",
        undocumented={"done"},
        thresholds={
            "check_users_source": {},
            "check_users_ready": {"min_valid_ratio": "{{ params.min_valid_ratio }}"},
            "check_users_next": {},
        },
    ),
    "reindex_weekly": Expected(
        order={
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
            **ENDS,
        },
        schedule="0 1 * * 0",
        paused=True,
        parameters={
            "index": "",
            "requests_per_second": -1,
            "slices": "auto",
            "max_document_loss": 0.01,
            "approval": "setting",
            "writes": "catch_up",
        },
        retries={"notify_completion": 5},
        rules=dict.fromkeys(TEARDOWNS, "all_done_setup_success"),
        limit=timedelta(hours=6),
        # The copy has a limit of its own, REINDEX_COPY_HOURS.
        unlimited={"copy_documents"},
        late=timedelta(hours=4),
        tags={"courses", "quality", "late after 4 h"},
        says="run the DAG `reindex_rollback`",
        undocumented={"copy_documents"},
        teardowns=TEARDOWNS,
        thresholds={
            "check_courses_source": {},
            "check_courses_reindexed": {"max_document_loss": "{{ params.max_document_loss }}"},
        },
    ),
    "quality_kpis_weekly": Expected(
        order={
            "gather_runs": {"check_runs_weekly"},
            "check_runs_weekly": {"notify_completion", "done"},
            "notify_completion": set(),
            "done": set(),
        },
        schedule="0 7 * * 1",
        paused=True,
        parameters={},
        retries={"notify_completion": 5, "done": 0},
        rules={"notify_completion": "all_done"},
        limit=timedelta(minutes=15),
        late=None,
        tags={"quality", "kpis"},
        says="holds nothing back",
        undocumented={"done"},
        thresholds={"check_runs_weekly": {}},
    ),
    "quality_watch": Expected(
        order={
            "look_for_silence": {"notify_completion", "done"},
            "notify_completion": set(),
            "done": set(),
        },
        schedule="*/5 * * * *",
        paused=True,
        parameters={},
        retries={"notify_completion": 5, "done": 0},
        rules={"notify_completion": "one_failed"},
        limit=timedelta(minutes=4),
        late=None,
        tags={"watch"},
        says="cannot tell that the\nscheduler itself is down",
        undocumented={"done"},
    ),
    "reindex_rollback": Expected(
        order={
            "release_stale": {"choose_index"},
            "choose_index": {"rollback_alias"},
            "rollback_alias": {"release"},
            **ENDS,
        },
        schedule=None,
        paused=False,
        parameters={"index": "", "to": ""},
        retries={"notify_completion": 5},
        rules=dict.fromkeys(TEARDOWNS, "all_done_setup_success"),
        limit=timedelta(minutes=30),
        late=None,
        tags={"courses"},
        says="written to the newer index since its swap",
        teardowns=TEARDOWNS,
    ),
    "maintenance_daily": Expected(
        order={
            **{step: {"sum_up", "done"} for step in CLEANING},
            # Two tasks of one run are one holder of the lock.
            "prune_indices": {"prune_snapshots", "sum_up", "done"},
            "sum_up": {"back_up"},
            "back_up": {"inspect", "done"},
            "inspect": {"check_maintenance"},
            "check_maintenance": {"notify_completion", "done"},
            "notify_completion": set(),
            "done": set(),
        },
        schedule="0 4 * * *",
        paused=True,
        parameters={"dry_run": False},
        retries={"notify_completion": 5, "done": 0},
        rules=dict.fromkeys(
            ("prune_snapshots", "sum_up", "back_up", "inspect", "notify_completion"), "all_done"
        ),
        limit=timedelta(hours=2),
        late=None,
        tags={"operations"},
        says="deletes nothing",
        undocumented={"done"},
        thresholds={"check_maintenance": {}},
    ),
}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture(params=DAGS)
def dag_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def dag(bag: DagBag, dag_id: str) -> DAG:
    return bag.dags[dag_id]


@pytest.fixture
def expected(dag_id: str) -> Expected:
    return DAGS[dag_id]


def test_the_folder_holds_exactly_these_dags(bag: DagBag):
    assert bag.import_errors == {}
    assert set(bag.dags) == set(DAGS)


def test_its_tasks_and_their_order(dag: DAG, expected: Expected):
    assert {task.task_id: task.downstream_task_ids for task in dag.tasks} == expected.order


def test_it_runs_on_its_schedule_in_paris_one_run_at_a_time(dag: DAG, expected: Expected):
    assert getattr(dag.timetable, "expression", None) == expected.schedule
    assert dag.timetable.can_be_scheduled is (expected.schedule is not None)
    assert str(dag.timezone) == "Europe/Paris"
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.is_paused_upon_creation is expected.paused
    assert dag.dagrun_timeout is None


def test_its_parameters_and_their_defaults(dag: DAG, expected: Expected):
    assert dict(dag.params) == expected.parameters


def test_what_reads_or_writes_is_tried_again_with_growing_pauses(dag: DAG, expected: Expected):
    retries = {**dict.fromkeys(expected.order, 3), **expected.retries}
    assert {task.task_id: task.retries for task in dag.tasks} == retries
    growing = {task.task_id for task in dag.tasks if task.retry_exponential_backoff}
    assert growing == {name for name, count in retries.items() if count}


def test_no_task_runs_forever(dag: DAG, expected: Expected):
    limits = {**dict.fromkeys(expected.order, expected.limit), **dict.fromkeys(expected.unlimited)}
    assert {task.task_id: task.execution_timeout for task in dag.tasks} == limits


def test_what_still_runs_after_a_failure(dag: DAG, expected: Expected):
    rules = {**dict.fromkeys(expected.order, "all_success"), **expected.rules}
    assert {task.task_id: task.trigger_rule.value for task in dag.tasks} == rules


def test_the_lock_is_given_back_and_the_mail_is_sent_whatever_happened_and_the_end_decides(
    dag: DAG, expected: Expected
):
    assert tuple(task.task_id for task in dag.tasks if task.is_teardown) == expected.teardowns
    deciding = tuple(task.task_id for task in dag.tasks if task.on_failure_fail_dagrun)
    assert deciding == expected.teardowns[-1:]


def test_it_says_whose_it_is_and_what_it_does(dag: DAG, expected: Expected):
    assert {task.owner for task in dag.tasks} == {"data-platform"}
    assert dag.tags == expected.tags
    assert expected.says in str(dag.doc_md)
    documented = {task.task_id for task in dag.tasks if task.doc or task.doc_md}
    assert documented >= set(expected.order) - set(expected.thresholds) - expected.undocumented


def test_a_run_is_late_after_its_time(dag: DAG, expected: Expected):
    assert limit_of(dag.tags) == expected.late
    assert not dag.deadline


def test_the_gates_get_the_threshold_of_the_run(dag: DAG, expected: Expected):
    gates = {task.task_id: task.parameters for task in dag.tasks if hasattr(task, "suite")}
    assert gates == expected.thresholds


@pytest.mark.parametrize(
    ("which", "params", "choice"),
    [
        ("etl_users_daily", {"approval": "on"}, "on"),
        ("reindex_weekly", {"approval": "on", "writes": "catch_up"}, "on"),
        ("reindex_weekly", {"approval": "setting", "writes": "catch_up"}, "setting"),
        # Writers would be refused for as long as nobody answers.
        ("reindex_weekly", {"approval": "on", "writes": "block"}, "off"),
    ],
)
def test_one_gate_of_each_route_may_wait_for_a_person(
    bag: DagBag, which: str, params: Mapping[str, str], choice: str
):
    asking = {task.task_id: task.approval for task in bag.dags[which].tasks if hasattr(task, "suite")}
    waiting = "check_users_ready" if which == "etl_users_daily" else "check_courses_reindexed"
    assert Template(asking.pop(waiting)).render(params=params) == choice
    assert set(asking.values()) == {"setting"}


def test_the_copy_gets_the_parameters_of_the_run(bag: DagBag):
    copy = bag.dags["reindex_weekly"].get_task("copy_documents")
    assert copy.requests_per_second == "{{ params.requests_per_second }}"
    assert copy.slices == "{{ params.slices }}"


@pytest.mark.parametrize(
    ("which", "name", "value", "reason"),
    [
        ("etl_users_daily", "min_valid_ratio", 1.1, "1.1"),
        ("etl_users_daily", "on_duplicate", "keep_first", "keep_first"),
        ("reindex_weekly", "index", "Courses,*", "Failed validating"),
        ("reindex_weekly", "requests_per_second", 0, "Failed validating"),
        ("reindex_weekly", "requests_per_second", -2, "Failed validating"),
        ("reindex_weekly", "slices", "none", "Failed validating"),
        ("reindex_weekly", "slices", "0", "Failed validating"),
        ("reindex_weekly", "max_document_loss", 0, "Failed validating"),
        ("reindex_weekly", "max_document_loss", 1.1, "Failed validating"),
        ("reindex_weekly", "writes", "lose", "Failed validating"),
        ("reindex_rollback", "index", "Courses,*", "Failed validating"),
    ],
)
def test_a_parameter_out_of_range_is_refused(bag: DagBag, which: str, name: str, value: object, reason: str):
    with pytest.raises(ValueError, match=reason):
        bag.dags[which].params.get_param(name).resolve(value)


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
def test_a_parameter_in_range_is_taken(bag: DagBag, name: str, value: object):
    assert bag.dags["reindex_weekly"].params.get_param(name).resolve(value) == value
