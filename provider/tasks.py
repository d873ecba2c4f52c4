"""Tasks that several DAGs have: the end of a run, and the lock of the courses."""

from typing import Any

from airflow.sdk import task

from provider.steps import RETRIES, step


@task(trigger_rule="all_done", **{**RETRIES, "retries": 5})
def notify_completion() -> None:
    """Mail what failed, once; a run in which nothing failed is told only in the log."""
    from provider.alerts import notify

    notify()


@step
def release_stale() -> dict[str, Any]:
    """Take the lock, and clear away what a run that died has left on the cluster."""
    from provider import courses

    return courses.release_stale()


@step(trigger_rule="all_done")
def release() -> dict[str, Any]:
    """Whatever happened: lift the write block, cancel what still runs, give the lock back."""
    from provider import courses

    return courses.release()
