"""Literal results of Great Expectations, as a gate hands them on to a page."""

from datetime import UTC, datetime
from typing import Any

from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

NOT_NULL = "expect_column_values_to_not_be_null"
IN_SET = "expect_column_values_to_be_in_set"
KNOWN_COLUMNS = "expect_table_columns_to_be_known"


def outcome(
    kind: str = NOT_NULL,
    *,
    success: bool = True,
    result: dict[str, Any] | None = None,
    problem: str | None = None,
    description: str | None = None,
    meta: dict[str, Any] | None = None,
    **kwargs: Any,
) -> ExpectationValidationResult:
    """The result of one expectation. kind: its type. kwargs: what it was asked with."""
    return ExpectationValidationResult(
        success=success,
        expectation_config=ExpectationConfiguration(
            type=kind, kwargs=kwargs, meta=meta or {}, description=description
        ),
        result=result or {},
        meta={},
        exception_info={
            "raised_exception": problem is not None,
            "exception_message": problem,
            "exception_traceback": "",
        },
    )


def suite_result(*outcomes: ExpectationValidationResult, suite: str = "users_ready", **meta: Any):
    """The result of a suite."""
    good = sum(bool(each.success) for each in outcomes)
    return ExpectationSuiteValidationResult(
        success=good == len(outcomes),
        results=list(outcomes),
        suite_name=suite,
        statistics={"evaluated_expectations": len(outcomes), "successful_expectations": good},
        suite_parameters={},
        meta={"run_id": {"run_name": "a_run", "run_time": datetime(2026, 11, 24, tzinfo=UTC)}, **meta},
    )


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    "</td></table><svg onload=alert(3)>",
    "\"' onmouseover=alert(4) x='",
    "javascript:alert(5)",
    "{{constructor.constructor('alert(6)')()}}",
    "$column",
    "<a href=https://evil.example>click</a>",
    "&lt;b&gt;",
)


def hostile_result() -> ExpectationSuiteValidationResult:
    """A result in which every text that comes from data is hostile."""
    everything = " ".join(HOSTILE)
    counts = {"unexpected_percent": 50.0, "unexpected_count": 9, "element_count": 18}
    return suite_result(
        outcome(column=everything, problem=everything, success=False),
        outcome(column="described", description=everything),
        outcome(
            IN_SET,
            column="email",
            value_set=list(HOSTILE),
            success=False,
            result={**counts, "partial_unexpected_list": list(HOSTILE)},
        ),
        outcome(
            KNOWN_COLUMNS, known_columns=list(HOSTILE), success=False, result={"observed_value": everything}
        ),
        suite=everything,
        batch_spec={everything: everything},
    )
