"""`expect_table_columns_to_be_known`: no column that the contract does not know."""

import html
from typing import TYPE_CHECKING, Any, ClassVar

from great_expectations.compatibility import pydantic
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.render.components import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from great_expectations.render.renderer_configuration import RendererConfiguration, RendererValueType

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.execution_engine import ExecutionEngine
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


class ExpectTableColumnsToBeKnown(BatchExpectation):
    """Expect every column of the batch to be a known one; known columns may be absent.

    known_columns: columns that may be there.
    reported_columns: columns that whoever made the batch already calls unknown; they count as well.
    Observed value: the unknown columns, in the order of the batch.
    """

    known_columns: list[str] = pydantic.Field(description="Columns that may be there.")
    reported_columns: list[str] = pydantic.Field(default=[], description="Columns already called unknown.")

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.columns",)
    success_keys: ClassVar[tuple[str, ...]] = ("known_columns", "reported_columns")
    args_keys: ClassVar[tuple[str, ...]] = ("known_columns", "reported_columns")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - the signature of the base class
        execution_engine: "ExecutionEngine[Any] | None" = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        unknown = [str(column) for column in metrics["table.columns"] if column not in self.known_columns]
        unknown += [column for column in self.reported_columns if column not in unknown]
        return {"success": not unknown, "result": {"observed_value": unknown}}

    @classmethod
    def _prescriptive_template(
        cls, renderer_configuration: "RendererConfiguration[Any]"
    ) -> "RendererConfiguration[Any]":
        renderer_configuration.add_param(name="known_columns", param_type=RendererValueType.ARRAY)
        renderer_configuration.template_str = "Must have no other columns than: $known_columns"
        return renderer_configuration

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(
        cls,
        configuration: "ExpectationConfiguration | None" = None,
        result: "ExpectationValidationResult | None" = None,  # noqa: ARG003 - the signature of the base class
        runtime_configuration: dict[str, Any] | None = None,
        **_: object,
    ) -> list[RenderedStringTemplateContent]:
        known = configuration.kwargs.get("known_columns", []) if configuration else []
        template = {
            "template": "Must have no other columns than: $known_columns",
            "params": {"known_columns": ", ".join(known)},
            "styling": (runtime_configuration or {}).get("styling"),
        }
        return [RenderedStringTemplateContent(content_block_type="string_template", string_template=template)]

    @classmethod
    def _get_observed_value_from_evr(cls, result: "ExpectationValidationResult | None") -> str:
        unknown = result.result.get("observed_value") if result else None
        if unknown is None:
            return "--"
        # Headers are text of a workbook, and Data Docs does not escape them.
        return f"unknown: {html.escape(', '.join(unknown))}" if unknown else "no unknown column"
