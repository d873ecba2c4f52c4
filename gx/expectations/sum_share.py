"""`expect_column_sum_share_to_be_at_most`: the sum of a column is a small share of a number that is known."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic
from great_expectations.expectations.expectation import ColumnAggregateExpectation

SUM = "column.sum"


class ExpectColumnSumShareToBeAtMost(ColumnAggregateExpectation):
    """Expect the sum of a column to be at most a share of `of`, which may count more rows than the batch has.

    of: the whole. max_value: ratio 0-1, itself allowed. Observed: the share; nothing where `of` is 0.
    """

    of: int = pydantic.Field(ge=0, description="The whole.")
    max_value: float = pydantic.Field(ge=0, le=1, description="Share of the whole that is allowed.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (SUM,)
    success_keys: ClassVar[tuple[str, ...]] = ("of", "max_value")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "of", "max_value")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - the signature of the base class
        execution_engine: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        share = float(metrics[SUM]) / self.of if self.of else None
        return {
            "success": share is not None and share <= self.max_value,
            "result": {"observed_value": share},
        }
