"""`expect_table_columns_to_be_known`: no column that the contract does not know."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import COLUMNS, Seen, SentenceExpectation
from report.gate_report import Measure
from report.said import plain, say


class ExpectTableColumnsToBeKnown(SentenceExpectation):
    """Expect every column of the batch to be a known one; known columns may be absent.

    known_columns: columns that may be there.
    reported_columns: columns that whoever made the batch already calls unknown; they count as well.
    Observed: the unknown columns, in the order of the batch.
    """

    known_columns: list[str] = pydantic.Field(description="Columns that may be there.")
    reported_columns: list[str] = pydantic.Field(default=[], description="Columns already called unknown.")

    names: ClassVar[bool] = True
    metric_dependencies: ClassVar[tuple[str, ...]] = (COLUMNS,)
    success_keys: ClassVar[tuple[str, ...]] = ("known_columns", "reported_columns")
    args_keys: ClassVar[tuple[str, ...]] = ("known_columns", "reported_columns")

    def reads(self) -> Columns | None:
        """Any: it looks at all names."""
        return None

    def look(self, metrics: dict[str, Any]) -> Seen:
        """The unknown columns."""
        unknown = [str(column) for column in metrics[COLUMNS] if column not in self.known_columns]
        unknown += [column for column in self.reported_columns if column not in unknown]
        none = say("no unknown column", "aucune colonne inconnue")
        return Seen(
            success=not unknown,
            sentence=plain(", ".join(unknown)) if unknown else none,
            measure=Measure(len(unknown), high=0, unit="number"),
        )
