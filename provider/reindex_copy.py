"""The copy as an operator that holds no worker while the server copies: a trigger waits instead."""

import dataclasses
import functools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent

from pipeline.handover import as_json, from_json
from provider.connections import ELASTICSEARCH, async_elasticsearch_options
from provider.step_record import record_step
from provider.steps import RETRIES, plain_failures

if TYPE_CHECKING:
    from airflow.sdk import Context

    from reindex.copying.copy import Copying
    from reindex.flow import CoursesFlow
    from reindex.handover import CreatedIndex


class CopyDocumentsOperator(BaseOperator):
    """Have the server copy the source into the candidate, and wait for it in the triggerer.

    created: what the step before returned, a `reindex.handover.CreatedIndex`.
    requests_per_second: documents; -1: as many as the server can. slices: `auto` or a number.

    A retry finds the copy that still runs, or resumes one that the server forgot. After `REINDEX_COPY_HOURS`
    the copy is cancelled and the task fails. Whoever marks the task as failed or clears it cancels the copy.
    """

    template_fields: Sequence[str] = ("created", "requests_per_second", "slices")
    ui_color = "#e0f0e6"

    def __init__(
        self,
        *,
        created: Mapping[str, Any],
        requests_per_second: float | str = -1,
        slices: int | str = "auto",
        conn_id: str = ELASTICSEARCH,
        **kwargs: Any,
    ) -> None:
        # The limit is the trigger's: a time-out of Airflow's would leave the copy running on the server.
        super().__init__(**{**RETRIES, "execution_timeout": None, **kwargs})
        self.created = created
        self.requests_per_second = requests_per_second
        self.slices = slices
        self.conn_id = conn_id
        self._cancel: Callable[[], object] | None = None

    def execute(self, context: "Context") -> NoReturn:  # noqa: ARG002 - Airflow's signature
        """Start the copy, or find it running, and wait.

        Raises:
            AirflowFailException: the cluster refuses it, or somebody else holds the lock.
            TryAgain: the cluster is away.
        """
        with self._flow() as (flow, created):
            copying = flow.start_copy(
                created,
                requests_per_second=float(self.requests_per_second),
                slices="auto" if self.slices == "auto" else int(self.slices),
            )
            self._wait(created, copying)

    def resume(self, context: "Context", event: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Look at what the trigger saw; returns `reindex.handover.CopiedDocuments`.

        Raises:
            AirflowFailException: the copy failed, or took too long and was cancelled.
            TryAgain: the server forgot it, or is away.
        """
        from reindex.copying.copy import Copying

        copying = Copying(task=str(event["task"]), until=str(event["until"]))
        with self._flow() as (flow, created):
            done = flow.copy_documents(created, copying)
            if done is None:
                self._wait(created, copying)
        self.log.info(
            "%s documents copied in %.0f s, %s were there already.",
            f"{done.copied.created:,}",
            done.copied.seconds,
            f"{done.copied.conflicts:,}",
        )
        record_step(result := as_json(done), seconds=done.copied.seconds)
        return result

    def on_kill(self) -> None:
        """Cancel the copy when the worker is told to end while it talks to the server."""
        if self._cancel is not None:
            self._cancel()

    @contextmanager
    def _flow(self) -> "Iterator[tuple[CoursesFlow, CreatedIndex]]":
        from provider.courses import courses_flow
        from reindex.handover import CreatedIndex

        with plain_failures(), courses_flow(conn_id=self.conn_id) as flow:
            created = from_json(CreatedIndex, self.created)
            self._cancel = functools.partial(flow.cancel_copy, created)
            try:
                yield flow, created
            finally:
                self._cancel = None

    def _wait(self, created: "CreatedIndex", copying: "Copying") -> NoReturn:
        plan = created.plan
        self.log.info("The server copies %s into %s (task %s).", plan.source, plan.target, copying.task)
        trigger = CopyTrigger(conn_id=self.conn_id, **dataclasses.asdict(copying))
        self.defer(trigger=trigger, method_name=self.resume.__name__)


class CopyTrigger(BaseTrigger):
    """Waits until somebody has to look at a copy, and tells its progress in the task's log.

    task: the server's id of it. until: ISO time after which it has taken too long.

    It fires once: when the copy ended, was forgotten by the server or took too long, and when the cluster
    refuses the question or is away for minutes. What it is, the operator finds out. A triggerer that takes
    over from a dead one begins with the same question: nothing is kept here.
    """

    def __init__(self, *, conn_id: str, task: str, until: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow's has no annotations
        self.conn_id = conn_id
        self.task_on_server = task
        self.until = until

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What makes the same trigger again; the key stays in the connection."""
        arguments = {"conn_id": self.conn_id, "task": self.task_on_server, "until": self.until}
        return f"{type(self).__module__}.{type(self).__name__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event, with the arguments of the next trigger."""
        from elasticsearch import AsyncElasticsearch

        from reindex.copying.copy import Copying
        from reindex.copying.wait import wait_for_copy

        async with AsyncElasticsearch(**await async_elasticsearch_options(self.conn_id)) as client:
            copying = Copying(self.task_on_server, self.until)
            await wait_for_copy(client, copying, show=self.log.info, warn=self.log.warning)
        yield TriggerEvent(self.serialize()[1])  # type: ignore[no-untyped-call] # Airflow's has none

    async def on_kill(self) -> None:
        """Cancel the copy: somebody marked the task or cleared it."""
        from elasticsearch import AsyncElasticsearch

        async with AsyncElasticsearch(**await async_elasticsearch_options(self.conn_id)) as client:
            answer = client.options(ignore_status=404)
            await answer.tasks.cancel(task_id=self.task_on_server, wait_for_completion=True)
