"""From what Great Expectations says to what a gate decides on, and to what may be written down."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gx.batch import SHOWN_ROWS, Batch
from gx.columns import missing_columns
from gx.errors import GateError
from gx.failing_rows import examples
from gx.measures import measure_of
from gx.severity import APPROVABLE, KEY
from gx.suite import Suite
from pipeline.messages import LENGTH, last_line, shown
from report.approval import Bound
from report.gate_report import Outcome, Severity, Words
from report.said import Said, plain, say
from report.wording import FRENCH, NOTHING_OBSERVED, SILENT, VALUES, observed, reason, translated

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

REPORTED_EXAMPLES = 10

# What of a result is written down; the rest may hold values.
NUMBERS = (
    "observed_value",
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "unexpected_percent_total",
    "unexpected_percent_nonmissing",
    "missing_count",
    "missing_percent",
)


def outcomes_of(
    results: Iterable["ExpectationValidationResult"],
    expectations: Iterable["Expectation"],
    *,
    batch: Batch,
    suite: Suite,
    limits: Mapping[str, float],
) -> tuple[Outcome, ...]:
    """One outcome per expectation. results: of the expectations, in their order; limits: their parameters."""
    return tuple(
        _outcome(result, batch, suite, limits, missing_columns(expectation, batch.present))
        for result, expectation in zip(results, expectations, strict=True)
    )


def _outcome(
    result: "ExpectationValidationResult",
    batch: Batch,
    suite: Suite,
    limits: Mapping[str, float],
    missing: Sequence[str],
) -> Outcome:
    config = configuration(result)
    detail: Mapping[str, Any] = result.result or {}
    meta = config.meta or {}
    problem = _lacking(missing) or _problem(result, detail, meta)
    success = bool(result.success) and problem is None
    description, threshold = config.description or config.type, translated(meta, "threshold")
    words = {**VALUES, **suite.words}
    seen = NOTHING_OBSERVED if problem else observed(detail, meta, success=success, words=words)
    measure = None if problem else measure_of(config.type, config.kwargs, detail, meta, limits)
    why = SILENT if success else reason(detail, meta, measure)
    return Outcome(
        expectation=config.type,
        description=description,
        column=config.kwargs.get("column"),
        severity=_severity(config.severity),
        success=success,
        observed=seen.en,
        threshold=threshold.en,
        unexpected_count=detail.get("unexpected_count"),
        element_count=detail.get("element_count"),
        examples=() if success else examples(batch, suite, detail, at_most=REPORTED_EXAMPLES),
        problem=problem.en if problem else None,
        key=str(meta.get(KEY, "")),
        measure=measure,
        french=Words(
            description=str(meta.get(FRENCH, {}).get("description", description)),
            observed=seen.fr,
            threshold=threshold.fr,
            problem=problem.fr if problem else None,
            reason=why.fr,
        ),
        reason=why.en,
        approvable=Bound(**meta[APPROVABLE]) if APPROVABLE in meta else None,
    )


def _lacking(columns: Sequence[str]) -> Said | None:
    """Why nothing can be said when columns are not there: whatever failed then says it less clearly."""
    if not columns:
        return None
    names = ", ".join(f'"{column}"' for column in columns)
    lacking = say("the batch has no column {names}", "le lot n’a pas de colonne {names}", names=names)
    return Said(lacking.en[:LENGTH], lacking.fr[:LENGTH])


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
) -> Said | None:
    """Why nothing can be said: Great Expectations calls some of these a success."""
    message = exception_message(result.exception_info)
    if message is not None:
        return plain(message)
    if result.success is None:
        return say("there is no verdict", "il n’y a pas de verdict")
    if detail.get("element_count") == 0:
        return say("no row matched the condition", "aucune ligne ne remplit la condition")
    if (
        "element_count" not in detail
        and meta.get("unit") != "presence"
        and detail.get("observed_value") is None
    ):
        return say("nothing was observed", "rien n’a été observé")
    return None


def exception_message(info: Mapping[str, Any] | None) -> str | None:
    """Last line of the exception that an expectation raised, without addresses; None when it raised none.

    info: one exception, or one per metric.
    """
    entries = [info or {}, *(entry for entry in (info or {}).values() if isinstance(entry, Mapping))]
    for entry in entries:
        if entry.get("raised_exception"):
            said = entry.get("exception_message") or ""
            return shown(last_line(said, otherwise="an exception without a message"))
    return None


def redact(
    result: "ExpectationSuiteValidationResult", outcomes: Sequence[Outcome], batch: Batch, suite: Suite
) -> None:
    """Make the result fit to be written down and shown.

    Of what was observed only numbers stay; failing rows are named by their keys; an outcome that closes the
    gate on doubt reads as a failure with its reason. Texts are as they are: a page escapes what it shows.
    """
    for each, outcome in zip(result.results, outcomes, strict=True):
        detail = each.result or {}
        keys = [example.text for example in examples(batch, suite, detail, at_most=SHOWN_ROWS)]
        kept: dict[str, Any] = {name: detail[name] for name in NUMBERS if name in detail}
        if "unexpected_rows" in detail.get("details", {}):
            kept["details"] = {"unexpected_rows": keys}
        elif keys:
            kept["partial_unexpected_list"] = keys
        each.result = kept
        each.success = outcome.success
        each.exception_info = {
            "raised_exception": outcome.problem is not None,
            "exception_message": outcome.problem,
            # Great Expectations' own page shows it as text: None would leave no page at all.
            "exception_traceback": "",
        }
    good = sum(outcome.success for outcome in outcomes)
    result.success = bool(outcomes) and good == len(outcomes)
    result.statistics = {
        "evaluated_expectations": len(outcomes),
        "successful_expectations": good,
        "unsuccessful_expectations": len(outcomes) - good,
        "success_percent": 100 * good / len(outcomes) if outcomes else None,
    }
