"""One run of Great Expectations: a suite on a batch, its result made fit to be written down."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from great_expectations import Checkpoint, ExpectationSuite, ValidationDefinition
from great_expectations.core import RunIdentifier
from great_expectations.exceptions.exceptions import GreatExpectationsError

from gx.batch import Batch, Piece
from gx.context import quality_context
from gx.errors import GateError, GateUnavailable
from gx.failing_rows import rows_csv
from gx.outcomes import configuration, outcomes_of, redact
from gx.suite import Suite
from gx.table_batch import TableBatch
from pipeline.messages import first_line, last_line
from pipeline.names import slug
from report.gate_report import Outcome

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation


@dataclass(frozen=True)
class Question:
    """What a gate asks of its batch.

    expectations: those of the suite in this run. limits: values of the parameters that they name.
    run: run id, whose slug is the name of the run. started: when the gate began.
    """

    suite: Suite
    expectations: "Sequence[Expectation]"
    limits: Mapping[str, float]
    run: str
    started: datetime


@dataclass(frozen=True)
class Checked:
    """What was seen: the rows of the batch and an outcome per expectation.

    result: Great Expectations' own, without personal data. failing: all failing rows as CSV, by their keys.
    """

    rows: int
    outcomes: tuple[Outcome, ...]
    result: "ExpectationSuiteValidationResult"
    failing: str


def check(question: Question, batch: Batch) -> Checked:
    """Run the expectations on the batch, as the checkpoint of a gate.

    Raises GateUnavailable when the database gives out, GateError when Great Expectations does.
    """
    gate = question.suite.name
    with _plain_errors(gate):
        result = _validated(question, batch)
        _check_connection(gate, result, batch)
        outcomes = outcomes_of(
            result.results, question.expectations, batch=batch, suite=question.suite, limits=question.limits
        )
        seen = [
            (each.name, result.result or {}) for each, result in zip(outcomes, result.results, strict=True)
        ]
        failing = rows_csv(seen, batch, question.suite)
        redact(result, outcomes, batch, question.suite)
    return Checked(rows=batch.rows, outcomes=outcomes, result=result, failing=failing)


def _validated(question: Question, batch: Batch) -> "ExpectationSuiteValidationResult":
    """What Great Expectations says of the batch, in the order of the expectations; of its pieces as one."""
    found: dict[int, ExpectationValidationResult] = {}
    for piece in batch.pieces(question.expectations):
        result = _looked_at(question, piece)
        found |= dict(zip(map(id, piece.expectations), result.results, strict=True))
    result.results = [found[id(each)] for each in question.expectations]
    return result


def _looked_at(question: Question, piece: Piece) -> "ExpectationSuiteValidationResult":
    gate, context = question.suite.name, quality_context()
    suite = context.suites.add(ExpectationSuite(name=gate, expectations=list(piece.expectations)))
    definition = context.validation_definitions.add(
        ValidationDefinition(name=gate, data=piece.batch.define(context, gate), suite=suite)
    )
    checkpoint = Checkpoint(
        name=gate, validation_definitions=[definition], result_format=piece.batch.result_format
    )
    [result] = checkpoint.run(
        batch_parameters=piece.batch.parameters,
        expectation_parameters=dict(question.limits),
        run_id=RunIdentifier(run_name=slug(question.run), run_time=question.started),
    ).run_results.values()
    result.results = _in_order(result.results, suite)
    return result


def _in_order(
    results: "Sequence[ExpectationValidationResult]", suite: ExpectationSuite
) -> "list[ExpectationValidationResult]":
    """The results in the order of the suite; Great Expectations returns them by column."""
    order = {expectation.id: place for place, expectation in enumerate(suite.expectations)}
    return sorted(results, key=lambda result: order[configuration(result).id])


def _check_connection(gate: str, result: "ExpectationSuiteValidationResult", batch: Batch) -> None:
    """Raise GateUnavailable when the database went away: that says nothing about the data."""
    if isinstance(batch, TableBatch) and any(batch.went_away(str(r.exception_info)) for r in result.results):
        raise GateUnavailable(f"{gate}: the database went away while the gate looked at {batch.table}")


@contextmanager
def _plain_errors(gate: str) -> Iterator[None]:
    try:
        yield
    except ConnectionError as error:
        raise GateUnavailable(f"{gate}: the database does not answer: {first_line(error)}") from error
    except GreatExpectationsError as error:
        raise GateError(f"{gate}: Great Expectations could not run: {last_line(error)}") from error
