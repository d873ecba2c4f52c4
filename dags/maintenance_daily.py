"""Maintenance, every night: what nobody needs any more goes.

```
clean_logs, clean_metadata, prune_quarantine, prune_staging, prune_report, prune_indices → prune_snapshots
    → sum_up → back_up → inspect → check_maintenance → [notify_completion, done]
```

Each step logs and returns what it freed; `sum_up` adds it up. Then `back_up` makes a backup, and `inspect`
proves it: the gate `check_maintenance` closes when it cannot be restored, or when something that is too old
is still there. A step that fails keeps no other from running.

**To see what would go:** trigger the DAG with the parameter `dry_run`; it deletes nothing
and makes no backup.

`clean_metadata` needs the connection `airflow_metadata`, which an administrator gives: Airflow keeps its own
database from tasks.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Param, dag
from pendulum import datetime

from provider.gate import checked
from provider.steps import step
from provider.tasks import notify_completion


@step
def clean_logs() -> dict[str, Any]:
    """Delete logs of tasks and services that are older than UPKEEP_KEEP_LOG_DAYS."""
    from provider import upkeep

    return upkeep.clean_logs()


@step
def clean_metadata() -> dict[str, Any]:
    """Delete rows of Airflow's database that are older than UPKEEP_KEEP_METADATA_DAYS."""
    from provider import upkeep

    return upkeep.clean_metadata()


@step
def prune_quarantine() -> dict[str, Any]:
    """Delete quarantined rows and rejected workbooks that are older than ETL_KEEP_QUARANTINE_DAYS."""
    from provider import upkeep

    return upkeep.prune_quarantine()


@step
def prune_staging() -> dict[str, Any]:
    """Delete folders and staging tables of old runs of all flows."""
    from provider import upkeep

    return upkeep.prune_staging()


@step
def prune_report() -> dict[str, Any]:
    """Delete verdicts that QUALITY_KEEP_DAYS and QUALITY_KEEP_RUNS do not keep."""
    from provider import upkeep

    return upkeep.prune_report()


@step
def prune_indices() -> dict[str, Any]:
    """Delete old candidates and replaced indices of the courses but the last REINDEX_KEEP_INDICES."""
    from provider import upkeep

    return upkeep.prune_indices()


@step(trigger_rule="all_done")
def prune_snapshots() -> dict[str, Any]:
    """Delete old snapshots of the courses but the last REINDEX_KEEP_SNAPSHOTS."""
    from provider import upkeep

    return upkeep.prune_snapshots()


@step(trigger_rule="all_done")
def sum_up(steps: list[dict[str, Any] | None]) -> dict[str, Any]:
    """Add up what all steps freed."""
    from provider import upkeep

    return upkeep.sum_up(steps)


@step(trigger_rule="all_done")
def back_up() -> dict[str, Any]:
    """Make an encrypted backup in UPKEEP_BACKUP_URL, and delete all but the last UPKEEP_BACKUP_KEEP."""
    from provider import upkeep

    return upkeep.back_up()


@step(trigger_rule="all_done")
def inspect() -> dict[str, Any]:
    """Restore the newest backup into scratch databases, and look for what should be gone."""
    from provider import upkeep

    return upkeep.inspect()


@dag(
    schedule="0 4 * * *",
    start_date=datetime(2026, 11, 1, tz="Europe/Paris"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    dag_display_name="maintenance_daily",
    doc_md=__doc__,
    tags=["operations"],
    default_args={"owner": "data-platform", "execution_timeout": timedelta(hours=2)},
    params={
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Say what would be deleted, and delete nothing.",
        ),
    },
)
def maintenance_daily() -> None:
    """Wire the steps."""
    indices, snapshots = prune_indices(), prune_snapshots()
    indices >> snapshots
    freed = [
        clean_logs(),
        clean_metadata(),
        prune_quarantine(),
        prune_staging(),
        prune_report(),
        indices,
        snapshots,
    ]
    done = EmptyOperator(task_id="done")
    # The state of the run hangs on its leaves: what goes on after a failure must not hide it.
    freed >> done
    backup, inspected = back_up(), inspect()
    sum_up(freed) >> backup >> inspected
    checked("maintenance", inspected) >> [notify_completion(), done]
    backup >> done


maintenance_daily()
