"""Tasks that several DAGs have: the end of a run, and the lock of the courses."""

from typing import Any

from airflow.sdk import XComArg, chain, get_current_context, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException

from provider.steps import RETRIES, step


@task(task_id="notify_completion", trigger_rule="all_done", **{**RETRIES, "retries": 5})
def _notify() -> None:
    """Tell whom it concerns what failed and what is good again, once; all else is told only in the log."""
    from provider.alerts.notify import notify

    notify()


def notify_completion(trigger_rule: str = "all_done") -> XComArg:
    """The task that tells people how the run ended; what is wrong with the routes is logged, a line each."""
    from provider.alerts.connections import warn_of_routes

    # A task parses its DAG, too: it has its own log for other things.
    if get_parsing_context().dag_id is None:
        warn_of_routes()
    told: XComArg = _notify.override(trigger_rule=trigger_rule)()
    return told


@step
def release_stale() -> dict[str, Any]:
    """Take the lock, and clear away what a run that died has left on the cluster."""
    from provider import courses

    return courses.release_stale()


@step
def release() -> dict[str, Any]:
    """Whatever happened: lift the write block, cancel what still runs, give the lock back."""
    from provider import courses

    return courses.release()


@task(trigger_rule="all_done", **RETRIES)
def done() -> None:
    """The verdict of the run, whose state hangs on this task: fails unless every other task succeeded."""
    context = get_current_context()
    ti, run_id = context["ti"], str(context["run_id"])
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id])[run_id]
    others = {name: state for name, state in states.items() if name != ti.task_id and state != "success"}
    if others:
        told = ", ".join(f"{name} {state}" for name, state in others.items())
        raise AirflowFailException(f"Not every task succeeded: {told}.")


def finish(last: list[XComArg]) -> None:
    """Wire `release`, the mail and the verdict behind the last steps of a flow that holds the lock.

    All three are teardowns: those, and only those, still run when somebody marks the whole run as failed.
    """
    chain(
        last,
        release().as_teardown(),
        notify_completion().as_teardown(),
        done().as_teardown(on_failure_fail_dagrun=True),
    )
