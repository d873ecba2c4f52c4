"""`expect_field_counts_to_add_up`: a profile has looked at every document, in every field."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, counts
from report.wording import not_adding_up, of_things

COUNTS = ("documents", "present", "missing", "unknown")


class ExpectFieldCountsToAddUp(SentenceExpectation):
    """Expect each field of a profile to be counted over all documents, as present or missing.

    documents: how many there are.
    Observed: `12 fields of 20,000 documents`.
    """

    documents: int = pydantic.Field(ge=0, description="Documents of the index.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (FRAME,)
    success_keys: ClassVar[tuple[str, ...]] = ("documents",)
    args_keys: ClassVar[tuple[str, ...]] = ("documents",)
    shown: ClassVar[str] = "Fields that do not add up"

    def reads(self) -> Columns | None:
        """The counts of a field."""
        return frozenset(COUNTS)

    def look(self, metrics: dict[str, Any]) -> Seen:
        """How many fields do not add up. Rows: one per field."""
        profile = counts(metrics, COUNTS)
        failing = (
            (profile["documents"] != self.documents)
            | (profile["present"] + profile["missing"] != profile["documents"])
            | (profile["unknown"] > profile["present"])
        )
        bad = int(failing.sum())
        held = f"{of_things(len(profile), 'field')} of {of_things(self.documents, 'document')}"
        return Seen(
            success=bad == 0,
            sentence=held + not_adding_up(bad),
            failing=failing,
        )
