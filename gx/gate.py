"""The gate: run one suite on one batch, write down what was seen, and say whether the batch may pass."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from gx.errors import GateUnavailable
from gx.suite import Suite, count
from gx.suites import load
from pipeline.messages import first_line
from pipeline.names import slug
from report.gate_report import GateReport, Outcome, Severity
from report.history import recent_measures, recent_rows, record
from report.looking_back import past_of
from report.past import NO_PAST
from report.publish import PAST, Beside, publish
from report.settings import QualitySettings
from report.store import PAGES, RESULT, Store, folder_of
from report.terms import EMPTY_BATCH, NO_EXPECTATION

if TYPE_CHECKING:
    import pandas as pd

    from gx.check import Checked, Question

NOTHING: Mapping[str, Any] = {}


def run_gate(
    suite: str | Suite | Callable[..., Any],
    batch: "str | pd.DataFrame",
    *,
    run: str,
    settings: QualitySettings,
    history: Engine | None,
    engine: Engine | None = None,
    dag: str = "",
    task: str = "",
    facts: Mapping[str, object] = NOTHING,
    thresholds: Mapping[str, float] = NOTHING,
) -> GateReport:
    """Check a batch and report; a closed gate is a report with `passed=False`, not an exception.

    suite: as `gx.suites.load` takes it. batch: as `gx.opening.open_batch` takes it.
    run: id of the Airflow run; its slug is the name of the run in paths. dag, task: whose run it is.
    engine: the database of a batch that is a table. history: the one with the table `quality_runs`, where the
    report is recorded and recent runs are looked up; None: neither.
    facts: what the suite needs to know besides the batch. thresholds: those that differ from the defaults.

    The gate closes when a critical expectation fails, and on doubt: an exception in any expectation, an empty
    suite or batch, a condition that matched no row, a decision or an observation that is missing. It never
    hangs on whether the report can be written: what could not be is a line in `GateReport.unpublished`.
    Raises GateUnavailable when the gate cannot look (trying again may help), GateMisuse when it is asked
    wrongly, GateError when Great Expectations itself gives up; whatever the suite raises comes as it is.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    asked = load(suite)
    asked.check_facts(facts)
    asked = asked.given(asked, facts)
    limits = asked.with_defaults(thresholds)
    recent = _recent(asked, history, run=run, settings=settings)
    expectations = asked.build({**facts, **recent}, limits)
    # Imported here: who imports this module may not need Great Expectations and pandas, which take seconds.
    from gx.check import Question, check
    from gx.columns import columns_of_all
    from gx.opening import open_batch

    question = Question(asked, expectations, limits, run=run, started=started)
    with (
        _plain_errors(asked.name),
        closing(open_batch(batch, asked, columns_of_all(expectations), facts=facts, engine=engine)) as opened,
    ):
        checked = check(question, opened)
        seconds = round(time.perf_counter() - clock, 3)
        notes = asked.notes({**facts, **recent})
        decided = replace(_report(question, checked, facts, seconds=seconds), dag=dag, task=task, notes=notes)
        past = NO_PAST if history is None else past_of(history, decided, limit=PAST)
        report = publish(decided, past, _beside(checked), Store(settings.path))
        if history is not None:
            record(history, report)
    return report


def _beside(checked: "Checked") -> Beside:
    """What stands beside the page: Great Expectations' own page and result, and the failing rows."""

    def own_page(root: str) -> str:
        from gx.great_expectations_page import great_expectations_page

        return great_expectations_page(checked.result, root=root)

    result = json.dumps(checked.result.to_json_dict(), ensure_ascii=False, indent=2)  # type: ignore[no-untyped-call]
    return Beside(result=result, rows=checked.failing, page=own_page)


def _report(
    question: "Question", checked: "Checked", facts: Mapping[str, object], *, seconds: float
) -> GateReport:
    suite, doubts = question.suite, _doubts(question, checked)
    folder = folder_of(suite.name, question.run, question.started)
    passed = not doubts and not any(outcome.closes for outcome in checked.outcomes)
    return GateReport(
        gate=suite.name,
        run=question.run,
        run_name=slug(question.run),
        passed=passed,
        severity=_worst(checked.outcomes, passed=passed),
        outcomes=checked.outcomes,
        rows=checked.rows if suite.stands_for is None else count(facts, suite.stands_for),
        parameters=json.loads(json.dumps({**question.limits, **facts}, default=str)),
        seconds=seconds,
        page=f"{folder}/{PAGES['en']}",
        result_file=f"{folder}/{RESULT}",
        started_at=question.started.isoformat(),
        doubts=doubts,
        unit=suite.unit,
        apart=suite.apart is not None and bool(facts[suite.apart]),
        holds=suite.holds,
        owner=suite.owner,
        counts=suite.counted(facts),
    )


def _recent(
    suite: Suite, history: Engine | None, *, run: str, settings: QualitySettings
) -> dict[str, object]:
    if history is None:
        return {}
    with _plain_errors(suite.name):
        rows = recent_rows(history, suite.name, limit=settings.history_runs, excluding=run)
        measures = recent_measures(history, suite.name, limit=settings.history_runs, excluding=run)
    return {"recent_rows": rows, "recent_measures": measures}


def _doubts(question: "Question", checked: "Checked") -> tuple[str, ...]:
    doubts = {
        NO_EXPECTATION.en: not question.expectations,
        EMPTY_BATCH.en: checked.rows == 0,
    }
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
        raise GateUnavailable(f"{gate}: the database does not answer: {first_line(error.orig)}") from error
