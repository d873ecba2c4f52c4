"""What our own expectations share: what they saw is a sentence, in our report as on the page beside it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render.components import LegacyDiagnosticRendererType, RenderedTableContent
from great_expectations.render.renderer.renderer import renderer

from gx.columns import Columns
from gx.failing_rows import NAMED
from gx.measures import MEASURE
from report.gate_report import Example, Measure
from report.said import Said, say
from report.wording import FRENCH

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.execution_engine import ExecutionEngine
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

COLUMNS = "table.columns"
FRAME = "table.frame"


class TableFrame(TableMetricProvider):
    """The batch itself, as a metric: for expectations that look at several columns at once."""

    metric_name = FRAME

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805 - the decorator makes a class method of it
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        **_: object,
    ) -> pd.DataFrame:
        frame: pd.DataFrame = execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )[0]
        return frame


@dataclass(frozen=True)
class Seen:
    """What an expectation saw.

    sentence: what was observed. failing: per row of the batch whether it fails; None when rows do not matter.
    measure: the same as a number against its limits; None where it is none. named: what failed, where that is
    no row of the batch.
    """

    success: bool
    sentence: Said
    failing: "pd.Series[bool] | None" = None
    measure: Measure | None = None
    named: Sequence[Example] = ()

    def result(self) -> dict[str, Any]:
        """The same in the words of Great Expectations, as plain values; failing rows by their position."""
        result: dict[str, Any] = {"observed_value": self.sentence.en, FRENCH: self.sentence.fr}
        if self.measure is not None:
            result[MEASURE] = asdict(self.measure)
        if self.named:
            result[NAMED] = [asdict(example) for example in self.named]
        if self.failing is not None:
            rows, bad = len(self.failing), int(self.failing.sum())
            positions = self.failing.to_numpy().nonzero()[0].tolist()
            result |= {"element_count": rows, "unexpected_count": bad}
            result |= {"partial_unexpected_index_list": positions}
        return {"success": self.success, "result": result}


class SentenceExpectation(BatchExpectation):
    """Base of our expectations: `look` at metrics, and say in a sentence what was seen.

    An exception in `look` closes the gate, whatever the severity. shown: heading of the failing rows.
    """

    shown: ClassVar[str] = "Rows"

    @abstractmethod
    def reads(self) -> Columns | None:
        """Columns of the batch that it reads; None: any of them."""

    @abstractmethod
    def look(self, metrics: dict[str, Any]) -> Seen:
        """What the metrics say. metrics: those of `metric_dependencies`, by name."""

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - the signature of the base class
        execution_engine: "ExecutionEngine[Any] | None" = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        return self.look(metrics).result()

    @classmethod
    def _get_observed_value_from_evr(cls, result: "ExpectationValidationResult | None") -> str:
        sentence = result.result.get("observed_value") if result else None
        return "--" if sentence is None else str(sentence)

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_STATEMENT)
    def _diagnostic_unexpected_statement_renderer(
        cls,
        configuration: "ExpectationConfiguration | None" = None,
        result: "ExpectationValidationResult | None" = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> list[Any]:
        """Why nothing can be said, if so; otherwise nothing: the sentence has said it."""
        if result is None or not result.exception_info.get("raised_exception"):
            return []
        return super()._diagnostic_unexpected_statement_renderer(configuration, result, runtime_configuration)

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
    def _diagnostic_unexpected_table_renderer(
        cls,
        configuration: "ExpectationConfiguration | None" = None,  # noqa: ARG003 - the signature of the base class
        result: "ExpectationValidationResult | None" = None,
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG003
    ) -> list[Any] | None:
        """The failing rows, one line each."""
        rows = (result.result if result else {}).get("partial_unexpected_list")
        if not rows:
            return None
        styling = {"body": {"classes": ["table-bordered", "table-sm", "mt-3"]}}
        return [
            RenderedTableContent(
                content_block_type="table",
                table=[[row] for row in rows],
                header_row=[cls.shown],
                styling=styling,
            )
        ]


class UnreadableCountsError(ValueError):
    """A batch of counts is not one: nothing can be said about what it counts."""


def not_adding_up(count: int) -> Said:
    """What a sentence about counted things ends in when so many of them are counted wrongly."""
    if not count:
        return Said("", "")
    does = "does" if count == 1 else "do"
    return say(
        ", of which {count:number} {does} not add up",
        ", dont {count:incohérent|incohérents}",
        count=count,
        does=does,
    )


def counts(metrics: dict[str, Any], columns: Sequence[str]) -> pd.DataFrame:
    """These columns of the batch as whole numbers.

    Raises UnreadableCountsError when one is not there, or a cell is empty, negative or no whole number.
    """
    frame: pd.DataFrame = metrics[FRAME]
    for column in columns:
        if column not in frame:
            raise UnreadableCountsError(f'The column "{column}" does not exist.')
        cells = pd.to_numeric(frame[column], errors="coerce")
        bad = int((~(cells >= 0) | (cells % 1 != 0)).sum())
        if bad:
            raise UnreadableCountsError(f'The column "{column}" has {bad} cells that are no count.')
    return frame[list(columns)].astype("int64")
