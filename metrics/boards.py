"""What is drawn: every expression of every dashboard, once, for Grafana and for VictoriaMetrics' pages."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["percentunit", "short", "s"]


@dataclass(frozen=True)
class Panel:
    """One picture. queries: expression and legend of each line; `{{label}}` in a legend is its value.

    unit: `percentunit` (a share of 1), `short` (a number), `s` (seconds).
    figure: a number to be read from afar instead of a curve. means: what it shows.
    """

    title: str
    queries: tuple[tuple[str, str], ...]
    means: str
    unit: Unit = "short"
    figure: bool = False


@dataclass(frozen=True)
class Board:
    """One dashboard. name: of its files. rows: panels side by side."""

    name: str
    title: str
    rows: tuple[tuple[Panel, ...], ...]


def verdicts(dag: str) -> Panel:
    """Which verdict each gate of a DAG gave last."""
    return Panel(
        "Verdicts",
        ((f'inlearning_gate_verdict{{dag="{dag}"}} == 1', "{{gate}}: {{verdict}}"),),
        "What each gate decided last: one line a gate, named by its verdict",
    )


def closed(dag: str) -> Panel:
    """How many gates of a DAG are closed."""
    return Panel(
        "Closed gates",
        ((f'sum(inlearning_gate_verdict{{dag="{dag}", verdict="closed"}})', "closed"),),
        "Gates whose last verdict stopped the run; 0 is good",
        figure=True,
    )


def age(dag: str) -> Panel:
    """How old the newest verdict of a DAG is."""
    return Panel(
        "Age of the last verdict",
        ((f'min by (dag) (inlearning_gate_verdict_age_seconds{{dag="{dag}"}})', "{{dag}}"),),
        "Grows until the next run decides",
        unit="s",
        figure=True,
    )


def margins(dag: str) -> Panel:
    """How near the checks of a DAG are to their limits."""
    return Panel(
        "Used of what is allowed",
        (
            (
                f'max by (gate, check) (inlearning_check_used_ratio{{dag="{dag}"}})',
                "{{gate}}: {{check}}",
            ),
        ),
        "1 is the limit; beyond it the check has failed",
        unit="percentunit",
    )


def steps(dag: str) -> tuple[Panel, Panel]:
    """Seconds and counts of each step of a DAG."""
    return (
        Panel(
            "Seconds of each step",
            ((f'inlearning_step_seconds{{dag="{dag}"}}', "{{step}}"),),
            "Of the last time that it ended well",
            unit="s",
        ),
        Panel(
            "What each step counted",
            ((f'inlearning_step_rows{{dag="{dag}"}}', "{{step}}: {{kind}}"),),
            "Rows, users or documents, the last time that it ended well",
        ),
    )


def gates(dag: str) -> tuple[Panel, Panel]:
    """Rows and seconds of each gate of a DAG."""
    return (
        Panel(
            "Rows that each gate looked at",
            ((f'inlearning_gate_rows{{dag="{dag}"}}', "{{gate}} ({{unit}})"),),
            "Of its last batch",
        ),
        Panel(
            "Seconds of each gate",
            ((f'inlearning_gate_seconds{{dag="{dag}"}}', "{{gate}}"),),
            "Of its last decision",
            unit="s",
        ),
    )


def check(title: str, dag: str, key: str, means: str) -> Panel:
    """The value of one check and its limits."""
    which = f'{{dag="{dag}", check="{key}"}}'
    return Panel(
        title,
        (
            (f"inlearning_check_value{which}", "measured"),
            (f"inlearning_check_limit{which}", "limit ({{side}})"),
        ),
        means,
        unit="percentunit",
    )


DAG_USERS, DAG_COURSES = "etl_users_daily", "reindex_weekly"

USERS = Board(
    "users",
    "InLearning: users",
    (
        (closed(DAG_USERS), age(DAG_USERS), verdicts(DAG_USERS)),
        (
            check(
                "Valid rows",
                DAG_USERS,
                "valid_ratio",
                "Share of the rows that are valid, and the least allowed",
            ),
            check(
                "Repeated emails",
                DAG_USERS,
                "repeated_emails",
                "Share of the emails that repeat another, and the most allowed",
            ),
            Panel(
                "Rows by verdict",
                ((f'inlearning_gate_counts{{dag="{DAG_USERS}", gate="users_ready"}}', "{{kind}}"),),
                "Valid, rejected and duplicate rows of the last workbook",
            ),
        ),
        (margins(DAG_USERS), *gates(DAG_USERS)),
        steps(DAG_USERS),
    ),
)

COURSES = Board(
    "courses",
    "InLearning: courses",
    (
        (closed(DAG_COURSES), age(DAG_COURSES), verdicts(DAG_COURSES)),
        (
            check(
                "Lost documents", DAG_COURSES, "document_loss", "Share of the documents that the copy lost"
            ),
            Panel(
                "Documents",
                ((f'inlearning_gate_counts{{dag="{DAG_COURSES}"}}', "{{gate}}: {{kind}}"),),
                "In the served index and in the new one, at the last run",
            ),
            Panel(
                "Write block",
                ((f'inlearning_write_block_seconds{{dag="{DAG_COURSES}"}}', "blocked"),),
                "For how long the last swap refused writers",
                unit="s",
            ),
        ),
        (margins(DAG_COURSES), *gates(DAG_COURSES)),
        steps(DAG_COURSES),
    ),
)

AIRFLOW = Board(
    "airflow",
    "InLearning: Airflow",
    (
        (
            Panel(
                "Signs of life, a minute",
                (
                    ("sum(rate(airflow_scheduler_heartbeat[5m])) * 60", "scheduler"),
                    ("sum(rate(airflow_triggerer_heartbeat[5m])) * 60", "triggerer"),
                    ("sum(rate(airflow_dag_processor_heartbeat[5m])) * 60", "DAG processor"),
                ),
                "A service that is at 0 does nothing",
            ),
            Panel(
                "Files that cannot be imported",
                (("max(airflow_dag_processing_import_errors) or vector(0)", "files"),),
                "Their DAGs do not run; the UI says why",
                figure=True,
            ),
            Panel(
                "One turn of the scheduler",
                (('max(airflow_scheduler_loop_duration{quantile="0.95"})', "95 of 100 are quicker"),),
                "Above some seconds tasks start late",
                unit="s",
            ),
        ),
        (
            Panel(
                "Seconds of the slowest tasks",
                (
                    (
                        "topk(15, sum by (dag_id, task_id) (airflow_task_duration_sum)"
                        " / sum by (dag_id, task_id) (airflow_task_duration_count))",
                        "{{dag_id}}: {{task_id}}",
                    ),
                ),
                "Mean over all tries since the exporter started",
                unit="s",
            ),
            Panel(
                "Tasks that ended, an hour",
                (("sum by (dag_id, state) (increase(airflow_ti_finish[1h]))", "{{dag_id}}: {{state}}"),),
                "Tries of tasks by how they ended",
            ),
            Panel(
                "Seconds of each run",
                (
                    (
                        "sum by (dag_id) (airflow_dagrun_duration_success_sum)"
                        " / sum by (dag_id) (airflow_dagrun_duration_success_count)",
                        "{{dag_id}}",
                    ),
                ),
                "Mean over the runs that ended well since the exporter started",
                unit="s",
            ),
        ),
        (
            Panel(
                "Slots of the executor",
                (
                    ("sum(airflow_executor_running_tasks)", "running"),
                    ("sum(airflow_executor_queued_tasks)", "queued"),
                    ("sum(airflow_executor_open_slots)", "free"),
                ),
                "Tasks wait when none is free",
            ),
            Panel(
                "Slots of each pool",
                (("airflow_pool_open_slots", "{{pool_name}}: free"),),
                "Tasks of a pool wait when none is free",
            ),
            Panel(
                "What watches",
                (("up", "{{job}}"), ("inlearning_database_up", "quality database")),
                "1: answers; 0: away",
            ),
        ),
    ),
)

WALL = Board(
    "wall",
    "InLearning: wall",
    (
        (
            Panel(
                "Closed gates",
                (('sum(inlearning_gate_verdict{verdict="closed"})', "closed"),),
                "Of all DAGs; 0 is good",
                figure=True,
            ),
            Panel(
                "Waiting for a person",
                (('sum(inlearning_gate_verdict{verdict="waiting"})', "waiting"),),
                "Gates that somebody has to open or leave closed",
                figure=True,
            ),
            Panel(
                "Valid rows",
                ((f'inlearning_check_value{{dag="{DAG_USERS}", check="valid_ratio"}}', "users"),),
                "Of the last workbook",
                unit="percentunit",
                figure=True,
            ),
            Panel(
                "Lost documents",
                ((f'inlearning_check_value{{dag="{DAG_COURSES}", check="document_loss"}}', "courses"),),
                "Of the last copy",
                unit="percentunit",
                figure=True,
            ),
        ),
        (age(DAG_USERS), age(DAG_COURSES)),
        (
            Panel(
                "Nearest to a limit",
                (("topk(5, max by (gate, check) (inlearning_check_used_ratio))", "{{gate}}: {{check}}"),),
                "The five checks that have used most of what is allowed",
                unit="percentunit",
            ),
        ),
    ),
)

BOARDS = (USERS, COURSES, AIRFLOW, WALL)
