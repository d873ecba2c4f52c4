"""What every batch has in common, whatever it is: a frame, a Parquet file, a table of a database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation

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
    once its pieces were looked at.
    """

    @property
    def rows(self) -> int:
        """How many there are."""

    @property
    def present(self) -> tuple[str, ...]:
        """Its columns."""

    def pieces(self, expectations: "Sequence[Expectation]") -> "Iterator[Piece]":
        """What Great Expectations looks at, one after the other, with all expectations among them."""

    def failing(self, result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The keys of all failing rows that the `result` of an expectation names."""

    def close(self) -> None:
        """Let go of connections."""


class Whole(Protocol):
    """A batch, or columns of one, as Great Expectations takes it."""

    @property
    def result_format(self) -> dict[str, Any]:
        """How Great Expectations reports failing rows of this batch."""

    def define(self, context: "EphemeralDataContext", name: str) -> "BatchDefinition[Any]":
        """The batch, added to the context under a name."""

    @property
    def parameters(self) -> dict[str, Any] | None:
        """What the checkpoint needs besides the definition."""


@dataclass(frozen=True)
class Piece:
    """What is looked at at once. expectations: those that are asked of it."""

    batch: Whole
    expectations: "Sequence[Expectation]"
