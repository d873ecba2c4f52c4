"""Courses, when somebody asks for it: back to the index that was served before the last swap.

```
release_stale → choose_index → rollback_alias → release → notify_completion → done
```

The alias moves back at once and for all readers. The result of `rollback_alias` says how many documents were
written to the newer index since its swap: they are not in the older one. The newer index is kept, closed to
writes; run the DAG again with `to` = its name to return to it.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag
from pendulum import datetime

from provider.steps import step
from provider.tasks import finish, release_stale


@step
def choose_index() -> str:
    """The index to return to, settled once: a retry of the next step must not go back twice."""
    from provider import courses

    return courses.choose_index()


@step
def rollback_alias(to: str) -> dict[str, Any]:
    """Serve that index again."""
    from provider import courses

    return courses.rollback_alias(to)


@dag(
    schedule=None,
    start_date=datetime(2026, 11, 1, tz="Europe/Paris"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    dag_display_name="reindex_rollback",
    doc_md=__doc__,
    tags=["courses"],
    default_args={"owner": "data-platform", "execution_timeout": timedelta(minutes=30)},
    params={
        "index": Param(
            "",
            type="string",
            pattern="^([a-z0-9][a-z0-9_.-]*)?$",
            title="Served name",
            description="Another alias instead of ELASTICSEARCH_INDEX. Empty: the configured one.",
        ),
        "to": Param(
            "",
            type="string",
            title="Index to return to",
            description="Its full name, such as inlearning-storage-000007. Empty: the previous one.",
        ),
    },
)
def reindex_rollback() -> None:
    """Wire the steps."""
    chosen = choose_index()
    release_stale() >> chosen
    finish([rollback_alias(chosen)])


reindex_rollback()
