"""Users, every night: an Excel workbook becomes rows of the table `users`.

```
extract_users → check_users_source → transform_users → check_users_ready
              → stage_users → check_users_next → load_users → [notify_completion, done]
```

Each `check_…` task is a quality gate: it runs a Great Expectations suite, publishes a page of the quality
report (the button **Data Docs** on the task's Details tab) and fails the run when a critical expectation
fails. Then nothing is loaded, `users` stays as it was, and a mail says which gate closed and why.

With `QUALITY_APPROVAL`, or the parameter `approval`, `check_users_ready` waits for a person when half of the
rows or more are valid: **Required Actions** in the UI. Approved with a reason, the run goes on.

**To correct rejected rows:** open `rejected-<run>.xlsx`, correct the cells, and put the file as it is into
the replay folder; the next run loads it.

**To load another workbook now:** trigger the DAG with the parameter `workbook`.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Param, dag
from pendulum import datetime

from provider.gate import checked
from provider.steps import step
from provider.tasks import notify_completion
from provider.watch.limits import late_after


@step
def extract_users() -> dict[str, Any]:
    """Read the workbooks: every row that is not blank, as text, with its place."""
    from provider import users

    return users.extract()


@step
def transform_users(source: dict[str, Any]) -> dict[str, Any]:
    """Give every row a verdict: valid, rejected (with all reasons) or duplicate."""
    from provider import users

    return users.transform(source)


@step
def stage_users(ready: dict[str, Any]) -> dict[str, Any]:
    """Put the valid rows into a staging table beside `users`."""
    from provider import users

    return users.stage(ready)


@step
def load_users(staged: dict[str, Any]) -> dict[str, Any]:
    """Merge the staging table into `users` in one transaction."""
    from provider import users

    return users.load(staged)


@dag(
    schedule="0 2 * * *",
    start_date=datetime(2026, 11, 1, tz="Europe/Paris"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    dag_display_name="etl_users_daily",
    doc_md=__doc__,
    tags=["users", "quality", late_after(timedelta(minutes=10))],
    # Nothing here takes an hour: a step that hangs must not stop all following nights.
    default_args={"owner": "data-platform", "execution_timeout": timedelta(hours=1)},
    params={
        "workbook": Param(
            "",
            type="string",
            title="Workbook",
            description="A workbook, a folder or a glob instead of ETL_USERS_PATH. Empty: the nightly one.",
        ),
        "min_valid_ratio": Param(
            0.80,
            type="number",
            minimum=0,
            maximum=1,
            title="Least share of valid rows",
            description="Valid rows over all rows that are not blank, 0 to 1; below it nothing is loaded.",
        ),
        "on_duplicate": Param(
            "keep_last",
            enum=["keep_last", "fail"],
            title="Several rows with one email",
            description="keep_last: the last is loaded, the others are quarantined. fail: nothing is loaded.",
        ),
        "approval": Param(
            "setting",
            enum=["setting", "on", "off"],
            title="Wait for a person",
            description="on: users_ready waits if half of the rows are valid. setting: as QUALITY_APPROVAL.",
        ),
        "force": Param(
            False,
            type="boolean",
            title="Load an unchanged workbook",
            description="Load the workbook although it is the one of the last published run.",
        ),
    },
)
def etl_users_daily() -> None:
    """Wire the steps and their gates."""
    source = checked("users_source", extract_users())
    ready = checked(
        "users_ready",
        transform_users(source),
        approval="{{ params.approval }}",
        min_valid_ratio="{{ params.min_valid_ratio }}",
    )
    loaded = load_users(checked("users_next", stage_users(ready)))
    loaded >> [notify_completion(), EmptyOperator(task_id="done")]


etl_users_daily()
