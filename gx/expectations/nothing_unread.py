"""`expect_nothing_to_be_unread`: whoever made the batch has read all that its source holds."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import COLUMNS, Seen, SentenceExpectation
from report.gate_report import Measure
from report.said import Said, joined, say

SHOWN = 10
"""Things that a sentence names."""


class ExpectNothingToBeUnread(SentenceExpectation):
    """Expect that the maker of the batch reports nothing that it found and did not read.

    unread: what it did not read, in English; french: the same in French.
    """

    unread: list[str] = pydantic.Field(default=[], description="What was not read.")
    french: list[str] = pydantic.Field(default=[], description="The same in French.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (COLUMNS,)
    success_keys: ClassVar[tuple[str, ...]] = ("unread", "french")
    args_keys: ClassVar[tuple[str, ...]] = ("unread", "french")

    def reads(self) -> Columns | None:
        """No column."""
        return frozenset()

    def look(self, metrics: dict[str, Any]) -> Seen:  # noqa: ARG002 - it was counted before
        """What was not read."""
        parts = [Said(*texts) for texts in zip(self.unread, self.french, strict=True)]
        more = len(parts) - SHOWN
        if more > 0:
            parts = [*parts[:SHOWN], say("{more:number} more", "{more:number} de plus", more=more)]
        return Seen(
            success=not parts,
            sentence=joined(parts) if parts else say("nothing", "rien"),
            measure=Measure(len(self.unread), high=0, unit="number"),
        )
