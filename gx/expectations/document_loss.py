"""`expect_document_loss_to_be_below`: a copy lacks fewer documents than is allowed."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, counts
from report.gate_report import Measure
from report.said import say

COUNTS = ("source_documents", "target_documents", "missing")


class ExpectDocumentLossToBeBelow(SentenceExpectation):
    """Expect the documents that the target lacks to be a smaller share of the source than `max_loss`.

    Counted are missing documents: a target with as many others instead has lost them all the same.
    max_loss: ratio 0-1, itself too much; 0 allows no loss at all.
    Observed: `source 200,000, target 199,998, loss 0.001 %, allowed 1 %`.
    """

    max_loss: float = pydantic.Field(ge=0, le=1, description="Share of the source that is too much to lose.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (FRAME,)
    success_keys: ClassVar[tuple[str, ...]] = ("max_loss",)
    args_keys: ClassVar[tuple[str, ...]] = ("max_loss",)
    shown: ClassVar[str] = "Buckets with missing documents"

    def reads(self) -> Columns | None:
        """The counts of a bucket."""
        return frozenset(COUNTS)

    def look(self, metrics: dict[str, Any]) -> Seen:
        """How many documents are lost. Rows: one per bucket."""
        buckets = counts(metrics, COUNTS)
        source, target, missing = (int(total) for total in buckets.sum())
        failing = buckets["missing"] > 0
        sizes = say(
            "source {source:number}, target {target:number}",
            "source {source:number}, cible {target:number}",
            source=source,
            target=target,
        )
        if source == 0:
            nothing = say("{sizes}: no document to lose", "{sizes} : aucun document à perdre", sizes=sizes)
            return Seen(success=False, sentence=nothing, failing=failing)
        loss = missing / source
        return Seen(
            success=missing == 0 or loss < self.max_loss,
            sentence=say(
                "{sizes}, loss {loss:percent}, allowed {allowed:percent}",
                "{sizes}, perte {loss:percent}, admis {allowed:percent}",
                sizes=sizes,
                loss=loss,
                allowed=self.max_loss,
            ),
            failing=failing,
            measure=Measure(loss, high=self.max_loss, strict=self.max_loss > 0),
        )
