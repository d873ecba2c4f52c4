"""`expect_mapping_to_equal_plan`: the new index has the mapping and the settings that the plan says."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import COLUMNS, Seen, SentenceExpectation
from report.gate_report import Measure
from report.said import Said, say

SHOWN_DIFFERENCES = 20


class ExpectMappingToEqualPlan(SentenceExpectation):
    """Expect the mapping and settings of the new index not to differ from the plan.

    differences: what differs, a line each, e.g. `cours.niveau type: keyword in the plan, text in the index`.
    Observed: those lines, at most `SHOWN_DIFFERENCES` of them.
    """

    differences: list[str] = pydantic.Field(description="What differs, a line each.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (COLUMNS,)
    success_keys: ClassVar[tuple[str, ...]] = ("differences",)
    args_keys: ClassVar[tuple[str, ...]] = ("differences",)

    def reads(self) -> Columns | None:
        """None: what differs was found before."""
        return frozenset()

    def look(self, metrics: dict[str, Any]) -> Seen:  # noqa: ARG002 - the differences were found before
        """The differences."""
        found = len(self.differences)
        return Seen(
            success=found == 0,
            sentence=_listed(self.differences),
            measure=Measure(found, high=0, unit="number"),
        )


def _listed(differences: list[str]) -> Said:
    if not differences:
        return say("no difference", "aucune différence")
    shown, more = "; ".join(differences[:SHOWN_DIFFERENCES]), len(differences) - SHOWN_DIFFERENCES
    if more <= 0:
        return Said(shown, shown)
    return say("{shown}; and {more} more", "{shown} ; et {more} de plus", shown=shown, more=more)
