"""`expect_buckets_to_add_up`: a comparison has looked at every document of both sides."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, counts, not_adding_up
from report.gate_report import Measure
from report.said import Said, say

COUNTS = ("source_documents", "target_documents", "missing", "extra", "in_flight")


class ExpectBucketsToAddUp(SentenceExpectation):
    """Expect the buckets of a comparison to hold all documents, and each bucket to explain its difference.

    source_documents, target_documents: how many the comparison says that it read.
    In a bucket, the target has what the source has, but for missing, extra and still written documents.
    Observed: `source 200,000, target 199,998, in 256 buckets`.
    """

    source_documents: int = pydantic.Field(ge=0, description="Documents of the source.")
    target_documents: int = pydantic.Field(ge=0, description="Documents of the target.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (FRAME,)
    success_keys: ClassVar[tuple[str, ...]] = ("source_documents", "target_documents")
    args_keys: ClassVar[tuple[str, ...]] = ("source_documents", "target_documents")
    shown: ClassVar[str] = "Buckets that do not add up"

    def reads(self) -> Columns | None:
        """The counts of a bucket."""
        return frozenset(COUNTS)

    def look(self, metrics: dict[str, Any]) -> Seen:
        """What the buckets hold, and how many do not add up. Rows: one per bucket."""
        buckets = counts(metrics, COUNTS)
        explained = buckets["source_documents"] - buckets["missing"] + buckets["extra"]
        failing = (explained - buckets["target_documents"]).abs() > buckets["in_flight"]
        source, target = (int(buckets[side].sum()) for side in ("source_documents", "target_documents"))
        bad = int(failing.sum())
        return Seen(
            success=bad == 0 and (source, target) == (self.source_documents, self.target_documents),
            sentence=_held(source, target, buckets=len(buckets), bad=bad),
            failing=failing,
            measure=Measure(bad, high=0, unit="number"),
        )


def _held(source: int, target: int, *, buckets: int, bad: int) -> Said:
    return say(
        "source {source:number}, target {target:number}, in {buckets:bucket|buckets}{wrong}",
        "source {source:number}, cible {target:number}, en {buckets:groupe|groupes}{wrong}",
        source=source,
        target=target,
        buckets=buckets,
        wrong=not_adding_up(bad),
    )
