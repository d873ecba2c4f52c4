"""`expect_mapping_to_equal_file`: the new index is mapped as the file says."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import COLUMNS, Seen, SentenceExpectation

SHOWN_DIFFERENCES = 20


class ExpectMappingToEqualFile(SentenceExpectation):
    """Expect the mapping of the new index not to differ from the file.

    differences: what differs, a line each, e.g. `cours.niveau: keyword in the file, text in the index`.
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
        shown, more = self.differences[:SHOWN_DIFFERENCES], len(self.differences) - SHOWN_DIFFERENCES
        lines = [*shown, *([f"and {more} more"] if more > 0 else [])]
        return Seen(success=not lines, sentence="; ".join(lines) or "no difference")
