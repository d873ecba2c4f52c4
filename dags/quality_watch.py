"""Every five minutes: what should have happened and did not.

```
look_for_silence → [notify_completion, done]
```

Looked at are the DAGs with the tag `quality`: a schedule that was missed, and a run that is late by the tag
`late after …` of its DAG; and the workbook of the day, when `ETL_USERS_DUE` says by when it must have come.
Each is told once, as a closed gate is, and again when it is over.

It asks Airflow's REST API by the connection `airflow_api`, and takes a second or two. It cannot tell that the
scheduler itself is down: without one it does not run.
"""

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag
from pendulum import datetime

from provider.steps import step
from provider.tasks import notify_completion


@step(priority_weight=100)
def look_for_silence() -> list[str]:
    """Ask Airflow and the folder of the workbooks, and tell what is missing; returns it in words."""
    from provider.watch.tell import watch

    return watch()


@dag(
    schedule="*/5 * * * *",
    start_date=datetime(2026, 11, 1, tz="Europe/Paris"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    dag_display_name="quality_watch",
    doc_md=__doc__,
    tags=["watch"],
    # A look that hangs must not keep the next ones from looking.
    default_args={"owner": "data-platform", "execution_timeout": timedelta(minutes=4)},
)
def quality_watch() -> None:
    """Wire the look, and who is told when it cannot look."""
    # A look that could look has told everything itself: no second process every five minutes.
    told = notify_completion(trigger_rule="one_failed")
    look_for_silence() >> [told, EmptyOperator(task_id="done")]


quality_watch()
