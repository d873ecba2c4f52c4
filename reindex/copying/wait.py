"""Waiting for a copy that the server makes, without holding anything but an event loop."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_delay

from pipeline.errors import FatalError, PipelineError
from reindex.client import away, plain_errors
from reindex.copying import copy

if TYPE_CHECKING:
    from elasticsearch import AsyncElasticsearch

PAUSE_SECONDS = (0.1, 1.0)
"""The shortest pause between two looks and the longest one."""
PAUSE_SHARE = 0.02
"""Of the time so far: what a copy is known to have taken is at most so much too long."""
SHOW_SECONDS = (0.5, 60.0)
"""The first pause between two words on the progress and the longest one."""
AWAY_SECONDS = 120.0
"""How long the cluster may be away."""

Tell = Callable[[str], object]
"""Takes one line for a person."""


async def wait_for_copy(
    client: "AsyncElasticsearch",
    copying: copy.Copying,
    *,
    show: Tell = lambda _: None,
    warn: Tell = lambda _: None,
) -> None:
    """Return when somebody has to look at a copy: `CoursesFlow.copy_documents` says what came of it.

    That is when it ended, was forgotten by the server or has taken too long, and when the cluster refuses the
    question or is away for minutes. show: is told the progress. warn: is told that the cluster is away.
    """
    left = datetime.fromisoformat(copying.until) - datetime.now(UTC)
    looks = AsyncRetrying(
        retry=retry_if_result(lambda over: not over),
        wait=_pause,
        stop=stop_after_delay(left),
        retry_error_callback=lambda _: None,
    )
    await looks(_Watch(client, copying.task, show, warn).is_over)


class _Watch:
    """One look after the other, with what the ones before have seen."""

    def __init__(self, client: "AsyncElasticsearch", task: str, show: Tell, warn: Tell) -> None:
        self.client, self.task, self.show, self.warn = client, task, show, warn
        self.answered = self.shown = monotonic()
        self.show_after, self.longest = SHOW_SECONDS

    async def is_over(self) -> bool:
        """Whether nobody has to wait any more."""
        try:
            progress = await self._progress()
        except PipelineError as error:
            if not away(error) or monotonic() - self.answered > AWAY_SECONDS:
                return True
            self.warn(str(error))
            return False
        self.answered = monotonic()
        if progress.running and self.answered - self.shown >= self.show_after:
            self.show(progress.describe())
            self.shown, self.show_after = self.answered, min(2 * self.show_after, self.longest)
        return not progress.running

    async def _progress(self) -> copy.Progress:
        """As `reindex.copying.copy.progress`. Raises FatalError when the server knows no such copy."""
        with plain_errors(f"task {self.task}"):
            slices = await self.client.tasks.list(
                parent_task_id=self.task, actions=copy.ACTION, detailed=True, group_by="none"
            )
            document = (await self.client.tasks.get(task_id=self.task)).body
        if document["task"]["action"] != copy.ACTION:
            raise FatalError(f"task {self.task} is no copy.")
        return copy.progress_of(document, slices["tasks"])


def _pause(looks: RetryCallState) -> float:
    shortest, longest = PAUSE_SECONDS
    return min(max(PAUSE_SHARE * (looks.seconds_since_start or 0), shortest), longest)
