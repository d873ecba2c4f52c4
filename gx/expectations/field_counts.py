"""`expect_field_counts_to_add_up`: a profile has looked at every document, in every field."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, counts, not_adding_up
from report.gate_report import Measure
from report.said import say

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
        sentence = say(
            "{fields:field|fields} of {documents:document|documents}{wrong}",
            "{fields:champ|champs} de {documents:document|documents}{wrong}",
            fields=len(profile),
            documents=self.documents,
            wrong=not_adding_up(bad),
        )
        return Seen(
            success=bad == 0,
            sentence=sentence,
            failing=failing,
            measure=Measure(bad, high=0, unit="number"),
        )
