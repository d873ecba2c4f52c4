"""The write block of an index: writers get 403 and try again, readers do not notice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError, RetriableError
from reindex.client import plain_errors
from reindex.errors import SwapError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SETTING = "index.blocks.write"


def block_writes(client: "Elasticsearch", index: str) -> None:
    """Refuse writes to an index; when this returns, no write is under way any more.

    Raises:
        SwapError: a shard did not confirm it.
    """
    if blocked(client, index):  # asked again, the server answers that no shard confirmed it
        return
    with plain_errors(f"write block of {index}"):
        answer = client.indices.add_block(index=index, block="write")
    if not (answer["acknowledged"] and answer["shards_acknowledged"]):
        raise SwapError(f"Index {index}: not every shard confirmed the write block.")


def allow_writes(client: "Elasticsearch", index: str) -> bool:
    """Lift the write block; False when there was none."""
    if not blocked(client, index):
        return False
    with plain_errors(f"write block of {index}"):
        client.indices.put_settings(index=index, settings={SETTING: None})
    return True


def blocked(client: "Elasticsearch", index: str) -> bool:
    """Whether the index refuses writes."""
    with plain_errors(f"index {index}"):
        settings = client.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
    return str(settings.get(SETTING, "false")) == "true"


@contextmanager
def undone_on_failure(undo: Callable[[], object]) -> Iterator[None]:
    """Take the write block back when the body fails.

    Raises RetriableError when that fails, too: both reasons, and who lifts the block then.
    """
    try:
        yield
    except BaseException as failure:
        try:
            undo()
        except PipelineError as error:
            raise RetriableError(
                f"{failure} And the write block could not be lifted ({error}): "
                "`python -m reindex release` does it when the cluster is back."
            ) from failure
        raise
