"""The gate: run one suite on one batch, write down what was seen, and say whether the batch may pass."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from gx import history
from gx.errors import GateUnavailable
from gx.report import GateReport, Outcome, Severity
from gx.settings import QualitySettings
from gx.suites import Suite, load
from pipeline.names import slug

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

    from gx.check import Checked


def run_gate(
    gate: str,
    batch: str,
    *,
    run: str,
    facts: Mapping[str, object],
    thresholds: Mapping[str, float],
    settings: QualitySettings,
    engine: Engine | None = None,
) -> GateReport:
    """Check a batch and report; a closed gate is a report with `passed=False`, not an exception.

    gate: name of a suite in `gx.suites.SUITES`.
    batch: path or fsspec URL of a parquet file, or `postgres:<table or view>`, read through `engine`.
    run: id of the Airflow run; its slug is the name of the run in Data Docs.
    facts: what the suite needs to know besides the batch. thresholds: those that differ from the defaults.
    engine: database with the table `quality_runs`, where the report is recorded and the history is read.

    The gate closes when a critical expectation fails, and on doubt: an exception in any expectation, an empty
    suite or batch, a condition that matched no row, a verdict or an observation that is missing.
    Raises GateUnavailable when the gate cannot look (trying again may help), GateMisuse when it is asked
    wrongly, GateError when Great Expectations itself gives up.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    suite = load(gate)
    suite.check_facts(facts)
    limits = suite.with_defaults(thresholds)
    with _plain_errors(gate):
        expectations = suite.build({**facts, **_history(engine, gate, run=run, settings=settings)}, limits)
        checked, rows = _look(gate, batch, suite, expectations, run, started, facts, limits, settings, engine)
        doubts = _doubts(expectations, rows)
        passed = not doubts and not any(outcome.closes for outcome in checked.outcomes)
        report = GateReport(
            gate=gate,
            run=run,
            run_name=slug(run),
            passed=passed,
            severity=_worst(checked.outcomes, passed=passed),
            outcomes=checked.outcomes,
            rows=rows,
            parameters=json.loads(json.dumps({**limits, **facts}, default=str)),
            seconds=round(time.perf_counter() - clock, 3),
            page=checked.page,
            result_file=checked.result_file,
            started_at=started.isoformat(),
            doubts=doubts,
            unit=suite.unit,
        )
        if engine is not None:
            history.record(engine, report)
    return report


def _look(
    gate: str,
    batch: str,
    suite: Suite,
    expectations: "list[Expectation]",
    run: str,
    started: datetime,
    facts: Mapping[str, object],
    limits: Mapping[str, float],
    settings: QualitySettings,
    engine: Engine | None,
) -> "tuple[Checked, int]":
    # Imported here: Great Expectations and pandas take seconds, and DAG files import this module.
    from gx.batch import open_batch
    from gx.check import check

    with closing(open_batch(batch, suite, facts, engine)) as opened:
        checked = check(
            gate, opened, expectations, run=run, started=started, limits=limits, settings=settings
        )
        return checked, opened.rows


def _history(engine: Engine | None, gate: str, *, run: str, settings: QualitySettings) -> dict[str, object]:
    if engine is None:
        return {}
    return {"recent_rows": history.recent_rows(engine, gate, limit=settings.history_runs, excluding=run)}


def _doubts(expectations: "list[Expectation]", rows: int) -> tuple[str, ...]:
    doubts = {"the suite has no expectation": not expectations, "the batch is empty": rows == 0}
    return tuple(doubt for doubt, holds in doubts.items() if holds)


def _worst(outcomes: tuple[Outcome, ...], *, passed: bool) -> Severity | None:
    if not passed:
        return "critical"
    failed = {outcome.severity for outcome in outcomes if not outcome.success}
    return next((severity for severity in ("warning", "info") if severity in failed), None)


@contextmanager
def _plain_errors(gate: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise GateUnavailable(f"{gate}: the database does not answer: {_first_line(error.orig)}") from error
    except OSError as error:
        raise GateUnavailable(f"{gate}: results cannot be written: {_first_line(error)}") from error


def _first_line(error: BaseException | None) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
