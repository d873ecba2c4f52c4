"""What every batch has in common, whatever it is: a frame, a Parquet file, a table of a database."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import EphemeralDataContext

# Failing rows that results and pages show, however many there are.
SHOWN_ROWS = 20

RESULT_FORMAT: dict[str, Any] = {
    "exclude_unexpected_values": True,
    "partial_unexpected_count": SHOWN_ROWS,
    "return_unexpected_index_query": False,
}


class Batch(Protocol):
    """What a gate looks at, as far as the gate needs to know it.

    rows: how many there are. present: the columns that it has, whether they are read or not. Both are known
    once the batch is defined.
    """

    rows: int
    present: tuple[str, ...]

    @property
    def result_format(self) -> dict[str, Any]:
        """How Great Expectations reports failing rows of this batch."""

    def define(self, context: "EphemeralDataContext", name: str) -> "BatchDefinition[Any]":
        """The batch, added to the context under a name."""

    @property
    def parameters(self) -> dict[str, Any] | None:
        """What the checkpoint needs besides the definition."""

    def failing(self, result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The keys of all failing rows that the `result` of an expectation names."""

    def close(self) -> None:
        """Let go of connections."""
