"""Every Monday morning: what the runs themselves were like.

```
gather_runs → check_runs_weekly → [notify_completion, done]
```

The gate looks at the last 30 users runs that ended (success, duration, valid rows), at the last reindex
(documents that it lost, snapshots that are kept) and at the messages of the last week (whether they were
delivered). With fewer runs it judges those, and says how many there were. It holds nothing back: closed means
that a figure misses its limit, and that is told as any closed gate is.

Runs are read by the connection `airflow_api`, verdicts out of `quality_runs`.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag
from pendulum import datetime

from provider.gate import checked
from provider.steps import step
from provider.tasks import notify_completion


@step
def gather_runs() -> dict[str, Any]:
    """Read the last runs out of Airflow's REST API, and what their gates said."""
    from provider.watch.weekly import gather_runs

    return gather_runs()


@dag(
    schedule="0 7 * * 1",
    start_date=datetime(2026, 11, 1, tz="Europe/Paris"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    dag_display_name="quality_kpis_weekly",
    doc_md=__doc__,
    tags=["quality", "kpis"],
    default_args={"owner": "data-platform", "execution_timeout": timedelta(minutes=15)},
)
def quality_kpis_weekly() -> None:
    """Wire the figures and their gate."""
    gated = checked("runs_weekly", gather_runs())
    gated >> [notify_completion(), EmptyOperator(task_id="done")]


quality_kpis_weekly()
