"""A run that is late is mailed, whatever it is doing: the deadline of the DAG, not a time-out."""

import functools
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from pipeline.states import ENDED

log = logging.getLogger(__name__)


def mail_when_late(after: timedelta) -> DeadlineAlert:
    """A deadline for the runs of a DAG, counted from when a run was queued; the run goes on."""
    minutes = after.total_seconds() / 60
    # Seconds, not a timedelta: "Clear" in Airflow 3.3.2 computes with the stored value as it is, and answers
    # 500 when it is a serialised timedelta. Everything else in Airflow takes both.
    seconds: Any = after.total_seconds()
    return DeadlineAlert(
        name=f"longer than {minutes:g} minutes",
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=seconds,
        callback=AsyncCallback(mail_late_run, kwargs={"minutes": minutes}),
    )


def without_deadline_under_test(dag: DAG) -> DAG:
    """The same DAG, whose `test` (and so `airflow dags test`) runs it without its deadline.

    Airflow 3.3.2 ends every successful run of `DAG.test` in "can't adapt type 'dict'": its in-memory DAG
    holds the deadlines themselves where `DagRun.update_state` looks for the ids of stored ones.
    """
    test = dag.test

    @functools.wraps(test)
    def tested(*args: Any, **kwargs: Any) -> Any:
        dag.deadline = None
        return test(*args, **kwargs)

    vars(dag)["test"] = tested
    return dag


async def mail_late_run(*, minutes: float, context: Mapping[str, Any]) -> None:
    """Mail that a run is late, unless it has ended; called by the triggerer.

    While the mail server is away, the mail is tried again for half an hour.

    Airflow 3.3.2 drops the deadline of a run that succeeds, and keeps the one of a run that fails.

    context: has `dag_run` (a mapping with `dag_id` and `dag_run_id`) and nothing else of the run.
    """
    from alerts.composing import key_of
    from alerts.settings import AlertSettings, with_defaults
    from alerts.shapes.mail import Mail, render
    from provider.alerts.smtp import send_async
    from provider.links import report_site

    dag_run = context["dag_run"]
    if dag_run["state"] in ENDED:
        log.info("%s ended in time (%s): no mail.", dag_run["dag_run_id"], dag_run["state"])
        return
    run = {"dag_id": str(dag_run["dag_id"]), "run_id": str(dag_run["dag_run_id"])}
    mail = Mail(
        subject=f"[late] {run['dag_id']} takes longer than {minutes:g} minutes · {run['run_id']}",
        key=key_of("late", run["dag_id"], run["run_id"], str(minutes)),
        body=render(
            "late", with_defaults(AlertSettings)[0].language, site=report_site(), minutes=minutes, **run
        ),
    )
    await send_async(mail)
