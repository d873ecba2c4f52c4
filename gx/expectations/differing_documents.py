"""`expect_no_document_to_differ`: no document of a copy is missing, extra or changed."""

from typing import Any, ClassVar, Literal

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, counts
from report.wording import of_things


class ExpectNoDocumentToDiffer(SentenceExpectation):
    """Expect no document to differ in one way between the source and the target.

    difference: a document is `missing` in the target, `extra` there, or there but `changed`.
    Observed: `2 changed documents, in 1 of 256 buckets`.
    """

    difference: Literal["missing", "extra", "changed"] = pydantic.Field(description="What may not be.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (FRAME,)
    success_keys: ClassVar[tuple[str, ...]] = ("difference",)
    args_keys: ClassVar[tuple[str, ...]] = ("difference",)
    shown: ClassVar[str] = "Buckets with such documents"

    def reads(self) -> Columns | None:
        """The count of such documents."""
        return frozenset({self.difference})

    def look(self, metrics: dict[str, Any]) -> Seen:
        """How many documents differ, in how many buckets. Rows: one per bucket."""
        differing = counts(metrics, [self.difference])[self.difference]
        failing, documents = differing > 0, int(differing.sum())
        found = of_things(documents, f"{self.difference} document")
        where = f"in {int(failing.sum()):,} of {of_things(len(differing), 'bucket')}"
        return Seen(
            success=documents == 0,
            sentence=f"{found}, {where}" if documents else f"no {self.difference} document",
            failing=failing,
        )
