"""The copy as an operator that holds no worker while the server copies: a trigger waits instead."""

import asyncio
import dataclasses
import functools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent

from provider.connections import ELASTICSEARCH, async_elasticsearch_options
from provider.steps import RETRIES, plain_failures

if TYPE_CHECKING:
    from airflow.sdk import Context
    from elasticsearch import AsyncElasticsearch, Elasticsearch

    from reindex.copying.copy import Progress
    from reindex.plan import Plan

POLL_SECONDS = 1.0
LONGEST_SHOW_SECONDS = 60.0
"""Longest pause between two lines of progress in the task's log; the first ones come faster."""


class CopyDocumentsOperator(BaseOperator):
    """Have the server copy the source into the candidate, and wait for it in the triggerer.

    plan: what the step before returned: the fields of `reindex.plan.Plan` and whatever else the steps behind
        need. Returned with the counts of `reindex.copying.copy.Copied` added.
    requests_per_second: documents; -1: as many as the server can. slices: `auto` or a number.

    A retry finds the copy that still runs, or resumes one that the server forgot. After `REINDEX_COPY_HOURS`
    the copy is cancelled and the task fails. Whoever marks the task as failed or clears it cancels the copy.
    """

    template_fields: Sequence[str] = ("plan", "requests_per_second", "slices")
    ui_color = "#e0f0e6"

    def __init__(
        self,
        *,
        plan: Mapping[str, Any],
        requests_per_second: float | str = -1,
        slices: int | str = "auto",
        conn_id: str = ELASTICSEARCH,
        **kwargs: Any,
    ) -> None:
        # The limit is the trigger's: a time-out of Airflow's would leave the copy running on the server.
        super().__init__(**{**RETRIES, "execution_timeout": None, **kwargs})
        self.plan = plan
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
        from provider.courses import run_settings
        from reindex.copying import copy

        with self._on_the_cluster() as (client, plan):
            task = copy.start(
                client,
                plan,
                requests_per_second=float(self.requests_per_second),
                slices="auto" if self.slices == "auto" else int(self.slices),
            )
            limit = timedelta(hours=run_settings().copy_hours)
            self._wait(plan, task, until=datetime.now(UTC) + limit)

    def resume(self, context: "Context", event: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Look at what the trigger saw; returns the plan and the counts.

        Raises:
            AirflowFailException: the copy failed, or took too long and was cancelled.
            TryAgain: the server forgot it, or is away.
        """
        from reindex.copying import copy
        from reindex.errors import CopyError

        task, until = str(event["task"]), datetime.fromisoformat(event["until"])
        with self._on_the_cluster() as (client, plan):
            progress = copy.progress(client, task)
            if progress.running and until > datetime.now(UTC):
                self._wait(plan, task, until=until)
            if progress.running:
                copy.cancel(client, plan.opaque_id)
                raise CopyError(
                    f"The copy into {plan.target} took longer than REINDEX_COPY_HOURS and was cancelled: "
                    f"{progress.describe()}. Raise the limit, or requests_per_second."
                )
            copied = copy.finish(client, plan, task)
        self.log.info(
            "%s documents copied in %.0f s, %s were there already.",
            f"{copied.created:,}",
            copied.seconds,
            f"{copied.conflicts:,}",
        )
        return {**self.plan, **dataclasses.asdict(copied)}

    def on_kill(self) -> None:
        """Cancel the copy when the worker is told to end while it talks to the server."""
        if self._cancel is not None:
            self._cancel()

    @contextmanager
    def _on_the_cluster(self) -> "Iterator[tuple[Elasticsearch, Plan]]":
        from provider.courses import writing
        from reindex.copying import copy

        with plain_failures(), writing(self.plan, conn_id=self.conn_id) as (client, plan):
            self._cancel = functools.partial(copy.cancel, client, plan.opaque_id)
            try:
                yield client, plan
            finally:
                self._cancel = None

    def _wait(self, plan: "Plan", task: str, *, until: datetime) -> NoReturn:
        self.log.info("The server copies %s into %s (task %s).", plan.source, plan.target, task)
        trigger = CopyTrigger(conn_id=self.conn_id, task=task, until=until.isoformat(timespec="seconds"))
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

        async with AsyncElasticsearch(**await async_elasticsearch_options(self.conn_id)) as client:
            await self._until_somebody_has_to_look(client)
        yield TriggerEvent(self.serialize()[1])  # type: ignore[no-untyped-call] # Airflow's has none

    async def on_kill(self) -> None:
        """Cancel the copy: somebody marked the task or cleared it."""
        from elasticsearch import AsyncElasticsearch

        async with AsyncElasticsearch(**await async_elasticsearch_options(self.conn_id)) as client:
            answer = client.options(ignore_status=404)
            await answer.tasks.cancel(task_id=self.task_on_server, wait_for_completion=True)

    async def _until_somebody_has_to_look(self, client: "AsyncElasticsearch") -> None:
        """Return when the copy does not run any more, cannot be asked about, or is late."""
        from pipeline.errors import PipelineError
        from reindex.copying import copy

        limit = datetime.fromisoformat(self.until)
        answered, shown, pause = monotonic(), monotonic(), POLL_SECONDS
        while datetime.now(UTC) < limit:
            try:
                progress = await self._progress(client)
            except PipelineError as error:
                if not copy.away(error) or monotonic() - answered > copy.AWAY_SECONDS:
                    return
                self.log.warning("%s", error)
            else:
                answered = monotonic()
                if not progress.running:
                    return
                if monotonic() - shown >= pause:
                    self.log.info("%s", progress.describe())
                    shown, pause = monotonic(), min(2 * pause, LONGEST_SHOW_SECONDS)
            await asyncio.sleep(POLL_SECONDS)

    async def _progress(self, client: "AsyncElasticsearch") -> "Progress":
        """As `reindex.copying.copy.progress`. Raises FatalError when the server knows no such copy."""
        from pipeline.errors import FatalError
        from reindex.client import plain_errors
        from reindex.copying import copy

        with plain_errors(f"task {self.task_on_server}"):
            slices = await client.tasks.list(
                parent_task_id=self.task_on_server, actions=copy.ACTION, detailed=True, group_by="none"
            )
            document = (await client.tasks.get(task_id=self.task_on_server)).body
        if document["task"]["action"] != copy.ACTION:
            raise FatalError(f"task {self.task_on_server} is no copy.")
        return copy.progress_of(document, slices["tasks"])
