"""`expect_figure_to_be_between`: a number that was measured elsewhere keeps its limits."""

from typing import Any, ClassVar

from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import COLUMNS, Seen, SentenceExpectation
from report.gate_report import Measure, Unit
from report.said import Said


class ExpectFigureToBeBetween(SentenceExpectation):
    """Expect a number, which is none of the batch, to keep its limits.

    seen: the figure in words, by language (`en`, `fr`). low, high: allowed themselves unless `strict`.
    Observed: what `seen` says.
    """

    figure: float = pydantic.Field(description="The number.")
    seen: dict[str, str] = pydantic.Field(description="The number in words, by language.")
    low: float | None = pydantic.Field(default=None, description="Its lower limit.")
    high: float | None = pydantic.Field(default=None, description="Its upper limit.")
    strict: bool = pydantic.Field(default=False, description="Whether a limit itself is too far.")
    measured_in: Unit = pydantic.Field(default="number", description="What it is measured in.")

    # Great Expectations asks for one metric at least.
    metric_dependencies: ClassVar[tuple[str, ...]] = (COLUMNS,)
    success_keys: ClassVar[tuple[str, ...]] = ("figure", "low", "high", "strict", "seen", "measured_in")
    args_keys: ClassVar[tuple[str, ...]] = ("figure", "low", "high")

    def reads(self) -> Columns | None:
        """Nothing of the batch."""
        return frozenset()

    def look(self, metrics: dict[str, Any]) -> Seen:  # noqa: ARG002 - the signature of the base class
        """Whether the figure keeps its limits."""
        above = self.low is None or self.figure > self.low or (self.figure == self.low and not self.strict)
        below = self.high is None or self.figure < self.high or (self.figure == self.high and not self.strict)
        return Seen(
            success=above and below,
            sentence=Said(**self.seen),
            measure=Measure(self.figure, self.low, self.high, self.measured_in, self.strict),
        )
