"""Courses, every week: the index behind the served name is rebuilt and swapped in.

```
release_stale → check_cluster → check_courses_source → snapshot_before → create_index → copy_documents
              → catch_up → compare_documents → check_courses_reindexed → swap_alias
              → [prune_indices, prune_snapshots] → release → notify_completion → done
```

The new index is a candidate until the gate `check_courses_reindexed` has compared it with the served one,
document by document. Only then the alias is swapped, at once and for all readers. When a gate closes or a
step fails, the served index stays as it was, the candidate is kept and marked as failed, and a mail says why.

With `QUALITY_APPROVAL`, or the parameter `approval`, the gate waits for a person when at most 5 % of the
documents are lost (**Required Actions** in the UI). Approved with a reason, the run goes on, and the swap
brings the lost ones back.

**Writers** get 403 for a second or two during the swap (with `writes` = block: from the copy until the swap)
and must try again; what they write during the copy is caught up.

**To slow down a copy that hurts the cluster:** `python -m reindex throttle 500`, or start the run with
`requests_per_second`. Marking `copy_documents`, or the whole run, as failed cancels it on the server.

**To go back to the previous index:** run the DAG `reindex_rollback`.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag
from pendulum import datetime

from provider.gate import checked
from provider.reindex_copy import CopyDocumentsOperator
from provider.steps import step
from provider.tasks import finish, release_stale
from provider.watch.limits import late_after


@step
def check_cluster() -> dict[str, Any]:
    """Check everything that the run needs, settle its plan, and profile the served documents."""
    from provider import courses

    return courses.check_cluster()


@step
def snapshot_before(checked_cluster: dict[str, Any]) -> dict[str, Any]:
    """Keep a snapshot of the served index."""
    from provider import courses

    return courses.snapshot_before(checked_cluster)


@step
def create_index(kept: dict[str, Any]) -> dict[str, Any]:
    """Note where the source stands, and create the candidate with the mapping of the repository."""
    from provider import courses

    return courses.create_index(kept)


@step
def catch_up(copied: dict[str, Any]) -> dict[str, Any]:
    """Apply to the candidate what was written and deleted during the copy."""
    from provider import courses

    return courses.catch_up(copied)


@step
def compare_documents(applied: dict[str, Any]) -> dict[str, Any]:
    """Compare every document of the candidate with its source."""
    from provider import courses

    return courses.compare_documents(applied)


@step
def swap_alias(compared: dict[str, Any]) -> dict[str, Any]:
    """Swap the candidate in, under a short write block."""
    from provider import courses

    return courses.swap_alias(compared)


@step
def prune_indices() -> dict[str, Any]:
    """Delete old indices of ours; never one that is served, foreign or unknown."""
    from provider import courses

    return courses.prune_indices()


@step
def prune_snapshots() -> dict[str, Any]:
    """Delete old snapshots of ours."""
    from provider import courses

    return courses.prune_snapshots()


@dag(
    schedule="0 1 * * 0",
    start_date=datetime(2026, 11, 1, tz="Europe/Paris"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    dag_display_name="reindex_weekly",
    doc_md=__doc__,
    tags=["courses", "quality", late_after(timedelta(hours=4))],
    # A step that hangs ends; the copy has a limit of its own, REINDEX_COPY_HOURS.
    default_args={"owner": "data-platform", "execution_timeout": timedelta(hours=6)},
    params={
        "index": Param(
            "",
            type="string",
            pattern="^([a-z0-9][a-z0-9_.-]*)?$",
            title="Served name",
            description="Another alias or index instead of ELASTICSEARCH_INDEX. Empty: the configured one.",
        ),
        "requests_per_second": Param(
            -1,
            type="number",
            anyOf=[{"const": -1}, {"exclusiveMinimum": 0}],
            title="Documents a second",
            description="The most that the copy writes in a second; -1: as many as it can.",
        ),
        "slices": Param(
            "auto",
            type="string",
            pattern="^(auto|[1-9][0-9]{0,2})$",
            title="Slices of the copy",
            description="How many parts are copied side by side; auto: one a shard.",
        ),
        "max_document_loss": Param(
            0.01,
            type="number",
            exclusiveMinimum=0,
            maximum=1,
            title="Most documents lost",
            description="Share of the source's documents, above 0 to 1; from it on nothing is swapped.",
        ),
        "approval": Param(
            "setting",
            enum=["setting", "on", "off"],
            title="Wait for a person",
            description="on: a document loss of up to 5 % waits. setting: QUALITY_APPROVAL.",
        ),
        "writes": Param(
            "catch_up",
            enum=["catch_up", "block"],
            title="Writes during the copy",
            description="catch_up: go on and are caught up. block: get 403 from the copy until the swap.",
        ),
    },
)
def reindex_weekly() -> None:
    """Wire the steps and their gates."""
    planned = check_cluster()
    release_stale() >> planned
    created = create_index(snapshot_before(checked("courses_source", planned)))
    copied = CopyDocumentsOperator(
        task_id="copy_documents",
        created=created,
        requests_per_second="{{ params.requests_per_second }}",
        slices="{{ params.slices }}",
    ).output
    compared = compare_documents(catch_up(copied))
    passed = checked(
        "courses_reindexed",
        compared,
        # Writers that are refused until the swap must not wait for a person.
        approval="{{ 'off' if params.writes == 'block' else params.approval }}",
        max_document_loss="{{ params.max_document_loss }}",
    )
    swapped = swap_alias(passed)
    pruned = [prune_indices(), prune_snapshots()]
    swapped >> pruned
    finish(pruned)


reindex_weekly()
