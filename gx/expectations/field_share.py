"""`expect_field_share_to_be_at_most`: few documents lack a field, or have an unknown value in it."""

from typing import Any, ClassVar, Literal

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, UnreadableCountsError, counts
from report.gate_report import Measure
from report.said import say

FAULTS = {"missing": say("missing", "sans valeur"), "unknown": say("unknown", "de valeur inconnue")}


class ExpectFieldShareToBeAtMost(SentenceExpectation):
    """Expect a fault of one field in at most a share of all documents.

    field: its row in the profile. fault: the field is `missing`, or its value is `unknown`.
    max_share: ratio 0-1, itself allowed.
    Observed: `7.5 % missing (15 of 200 documents)`.
    """

    field: str = pydantic.Field(min_length=1, description="The field.")
    fault: Literal["missing", "unknown"] = pydantic.Field(description="What may be wrong with it.")
    max_share: float = pydantic.Field(ge=0, le=1, description="Share of the documents that is allowed.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (FRAME,)
    success_keys: ClassVar[tuple[str, ...]] = ("field", "fault", "max_share")
    args_keys: ClassVar[tuple[str, ...]] = ("field", "fault", "max_share")

    def reads(self) -> Columns | None:
        """The field, and the counts of its documents and of the fault."""
        return frozenset({"field", "documents", self.fault})

    def look(self, metrics: dict[str, Any]) -> Seen:
        """The share of the documents in which the field has the fault."""
        profile = counts(metrics, ["documents", self.fault])[metrics[FRAME]["field"] == self.field]
        if len(profile) != 1:
            rows = say("{rows:row|rows}", "", rows=len(profile))
            raise UnreadableCountsError(f"The profile has {rows} of {self.field}.")
        documents, faults = (int(number) for number in profile.iloc[0])
        if documents == 0:
            raise UnreadableCountsError("The profile counts no document.")
        share = faults / documents
        return Seen(
            success=share <= self.max_share,
            sentence=say(
                "{share:percent} {fault} ({faults:number} of {documents:document|documents})",
                "{share:percent} {fault} ({faults:number} sur {documents:document|documents})",
                share=share,
                fault=FAULTS[self.fault],
                faults=faults,
                documents=documents,
            ),
            measure=Measure(share, high=self.max_share),
        )
