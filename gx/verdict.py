"""From what Great Expectations says to what a gate decides on, and to what may be written down."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gx.batch import Batch
from gx.errors import GateError
from gx.report import Outcome, Severity
from gx.wording import observed

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

REPORTED_EXAMPLES = 10
MESSAGE_LENGTH = 300


def judge(results: Iterable["ExpectationValidationResult"], batch: Batch) -> tuple[Outcome, ...]:
    """One outcome per expectation."""
    return tuple(_outcome(result, batch) for result in results)


def _outcome(result: "ExpectationValidationResult", batch: Batch) -> Outcome:
    config = configuration(result)
    detail: Mapping[str, Any] = result.result or {}
    meta = config.meta or {}
    problem = _problem(result, detail, meta)
    success = bool(result.success) and problem is None
    failing = () if success else batch.examples(detail)
    return Outcome(
        expectation=config.type,
        description=config.description or config.type,
        column=config.kwargs.get("column"),
        severity=_severity(config.severity),
        success=success,
        observed="nothing observed" if problem else observed(detail, meta, success=success),
        threshold=str(meta.get("threshold", "")),
        unexpected_count=detail.get("unexpected_count"),
        element_count=detail.get("element_count"),
        examples=failing[:REPORTED_EXAMPLES],
        problem=problem,
    )


def configuration(result: "ExpectationValidationResult") -> "ExpectationConfiguration":
    """The configuration of the expectation that the result is of."""
    if result.expectation_config is None:
        raise GateError("Great Expectations returned a result without its expectation")
    return result.expectation_config


def _severity(severity: Any) -> Severity:
    value = getattr(severity, "value", severity)
    # An expectation that does not say how bad its failure is, is taken for critical.
    return value if value in ("warning", "info") else "critical"


def _problem(
    result: "ExpectationValidationResult", detail: Mapping[str, Any], meta: Mapping[str, Any]
) -> str | None:
    """Why nothing can be said: Great Expectations calls some of these a success."""
    message = exception_message(result.exception_info)
    if message is not None:
        return message
    if result.success is None:
        return "there is no verdict"
    if detail.get("element_count") == 0:
        return "no row matched the condition"
    if (
        "element_count" not in detail
        and meta.get("unit") != "presence"
        and detail.get("observed_value") is None
    ):
        return "nothing was observed"
    return None


def exception_message(info: Mapping[str, Any] | None) -> str | None:
    """Last line of the exception that an expectation raised, without emails; None when it raised none.

    info: one exception, or one per metric.
    """
    entries = [info or {}, *(entry for entry in (info or {}).values() if isinstance(entry, Mapping))]
    for entry in entries:
        if entry.get("raised_exception"):
            lines = str(entry.get("exception_message") or "").strip().splitlines()
            line = lines[-1] if lines else "an exception without a message"
            return re.sub(r"\S+@\S+", "…", line)[:MESSAGE_LENGTH]
    return None


def redact(result: "ExpectationSuiteValidationResult", batch: Batch) -> None:
    """Make the result fit to be written down: failing rows by key, exceptions without traceback."""
    for each in result.results:
        detail = each.result or {}
        keys = [example.text for example in batch.examples(detail)]
        for name in (
            "partial_unexpected_index_list",
            "unexpected_index_list",
            "unexpected_index_column_names",
        ):
            detail.pop(name, None)
        if "unexpected_rows" in detail.get("details", {}):
            detail["details"] = {"unexpected_rows": keys}
        elif keys:
            detail["partial_unexpected_list"] = keys
        message = exception_message(each.exception_info)
        each.exception_info = {
            "raised_exception": message is not None,
            "exception_message": message,
            "exception_traceback": None,
        }
