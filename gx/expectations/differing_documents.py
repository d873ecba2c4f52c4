"""`expect_no_document_to_differ`: no document of a copy is missing, extra or changed."""

from typing import Any, ClassVar, Literal

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation, counts
from report.gate_report import Measure
from report.said import Said, say

# Per difference: what is said of none, and the templates of what is said of some.
WORDS = {
    "missing": (
        Said("no missing document", "aucun document manquant"),
        Said(
            "{documents:missing document|missing documents}",
            "{documents:document manquant|documents manquants}",
        ),
    ),
    "extra": (
        Said("no extra document", "aucun document en trop"),
        Said("{documents:extra document|extra documents}", "{documents:document|documents} en trop"),
    ),
    "changed": (
        Said("no changed document", "aucun document modifié"),
        Said(
            "{documents:changed document|changed documents}",
            "{documents:document modifié|documents modifiés}",
        ),
    ),
}


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
        return Seen(
            success=documents == 0,
            sentence=_found(self.difference, documents, places=int(failing.sum()), buckets=len(differing)),
            failing=failing,
            measure=Measure(documents, high=0, unit="number"),
        )


def _found(difference: str, documents: int, *, places: int, buckets: int) -> Said:
    none, some = WORDS[difference]
    if not documents:
        return none
    where = say(
        "in {places:number} of {buckets:bucket|buckets}",
        "dans {places:groupe|groupes} sur {buckets:number}",
        places=places,
        buckets=buckets,
    )
    return say(f"{some.en}, {{where}}", f"{some.fr}, {{where}}", documents=documents, where=where)
