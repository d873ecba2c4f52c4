"""The gate as an operator: nothing behind it runs, and nothing passes but through it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from pipeline.handover import GateInput
from provider.approval import Asked, answer, ask, park, waiting, wanted, why_closed, with_evidence
from provider.connections import POSTGRES, database_engine, postgres_engine
from provider.links import REPORT_URL_KEY, DataDocsLink, report_url
from provider.steps import ERROR_KEY, RETRIES, plain_failures

if TYPE_CHECKING:
    from airflow.sdk import Context
    from sqlalchemy import Engine

    from gx.suite import Suite
    from report.gate_report import GateReport

    AnySuite = str | Suite | Callable[..., Any]

REPORT_KEY = "report"
"""XCom in which a gate leaves its report, passed or closed."""


class QualityGateOperator(BaseOperator):
    """Run one Great Expectations suite on a batch, and let the batch through or fail.

    suite: name of a suite, of `gx.suites` or registered by another package; `module:attribute`; a
        `gx.suite.Suite`; or a plain function whose parameters are thresholds.
    batch: what the step before returned, as `gate_input` reads it. Returned as it is when the gate passes, so
        that the next step gets its data only through the gate.
    parameters: thresholds that differ from the suite's defaults; templates are rendered.
    conn_id: connection to the database of a batch that is a table. Nothing is left in it.
    history_conn_id: connection to the PostgreSQL with the table `quality_runs`, where each report is a row.
    approval: `on` or `off`: whether the run waits for a person when the gate is closed within the bounds that
        its suite declares; anything else: as QUALITY_APPROVAL says. Templates are rendered.

    A failed critical expectation, or a doubt, fails the task at once, without a retry, or after a person has
    refused to let the run pass. A failed warning lets it pass. Either way the report and the address of its
    page are XComs of the task.
    """

    template_fields: Sequence[str] = ("batch", "parameters", "approval")
    operator_extra_links = (DataDocsLink(),)
    ui_color = "#f2e6ff"

    def __init__(
        self,
        *,
        suite: "AnySuite",
        batch: Any,
        parameters: Mapping[str, Any] | None = None,
        conn_id: str = POSTGRES,
        history_conn_id: str = POSTGRES,
        approval: str = "setting",
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**RETRIES, **kwargs})
        self.suite = suite
        self.batch = batch
        self.parameters = parameters or {}
        self.conn_id = conn_id
        self.history_conn_id = history_conn_id
        self.approval = approval

    def execute(self, context: "Context") -> Any:
        """Decide about the batch.

        Raises:
            AirflowFailException: the gate is closed, or was asked wrongly.
            TryAgain: the gate could not look.
        """
        with plain_failures():
            report = self._report(str(context["run_id"]))
        ti = context["ti"]
        ti.xcom_push(REPORT_KEY, report.to_dict())
        ti.xcom_push(REPORT_URL_KEY, report_url(report.page))
        self.log.info("%s. Report: %s", report.summary, report_url(report.page))
        for note in report.notes:
            self.log.info("%s", note)
        for outcome in report.warnings:
            self.log.warning(
                "%s: %s (expected: %s)", outcome.description, outcome.observed, outcome.threshold
            )
        if not report.passed:
            self._wait(report, context)
            self._close(report.summary, context)
        return self.batch

    def answered(self, context: "Context", event: Mapping[str, Any], asked: Mapping[str, str]) -> Any:
        """Decide with what a person answered, or with that nobody did; Airflow calls it.

        event: as an `ApprovalOperator` gets it. asked: as `provider.approval.Asked`.

        Raises:
            AirflowFailException: the gate stays closed.
            TryAgain: the answer could not be written down; the gate looks again, and asks again.
            TaskAwaitingInput: it was approved without a reason, so the run waits on.
        """
        from report.answer import record_answer
        from report.settings import QualitySettings
        from report.store import Store

        with plain_failures(), self._history() as history:
            report = answer(history, event, Asked(**asked), gate_input(self.batch).batch)
            if not report.waits:
                record_answer(history, Store(QualitySettings().path), report)
        if report.waits:
            self.log.warning("Approved without a reason: the run waits on. Answer again, with a reason.")
            self._ask(report, context)
        context["ti"].xcom_push(REPORT_KEY, report.to_dict())
        if not report.passed:
            self._close(f"{report.summary}. {why_closed(report)}", context)
        self.log.info("%s", report.summary)
        return with_evidence(self.batch, report)

    def _wait(self, report: "GateReport", context: "Context") -> None:
        """Have the run wait for a person, if one may open the gate.

        Raises AirflowException when nobody could be told; Airflow retries.
        """
        from gx.table_name import table_of
        from provider.alerts.notify import notify
        from report.answer import record_answer
        from report.settings import QualitySettings
        from report.store import Store

        batch, settings = gate_input(self.batch).batch, QualitySettings()
        if not (wanted(self.approval, settings) and report.may_be_approved):
            return
        if table_of(batch) is not None:
            self.log.warning("Nobody is asked: %s may change while the run waits. Check a file.", batch)
            return
        with plain_failures(), self._history() as history:
            report = waiting(report, batch, hours=settings.approval_hours)
            record_answer(history, Store(settings.path), report)
        context["ti"].xcom_push(REPORT_KEY, report.to_dict())
        # First: nobody would come to answer what nobody has been told.
        notify()
        self._ask(report, context)

    def _ask(self, report: "GateReport", context: "Context") -> NoReturn:
        from alerts.settings import AlertSettings, with_defaults

        ask(report, context, language=with_defaults(AlertSettings)[0].language)
        park(report)

    def _close(self, message: str, context: "Context") -> NoReturn:
        context["ti"].xcom_push(ERROR_KEY, message)
        raise AirflowFailException(message)

    def _report(self, run_id: str) -> "GateReport":
        from gx.gate import run_gate
        from gx.suites import load
        from report.settings import QualitySettings

        suite, given = load(self.suite), gate_input(self.batch)
        with self._engines(given.batch) as (engine, history):
            return run_gate(
                suite,
                given.batch,
                run=run_id,
                dag=self.dag_id,
                task=self.task_id,
                facts=_asked(suite, given.facts),
                thresholds={name: _number(name, value) for name, value in self.parameters.items()},
                settings=QualitySettings(),
                engine=engine,
                history=history,
            )

    @contextmanager
    def _history(self) -> "Iterator[Engine]":
        history = postgres_engine(self.history_conn_id)
        try:
            yield history
        finally:
            history.dispose()

    @contextmanager
    def _engines(self, batch: str) -> "Iterator[tuple[Engine | None, Engine]]":
        """The database of the batch, where it is a table, and that of the history."""
        from gx.table_name import table_of

        with self._history() as history:
            if table_of(batch) is None:
                yield None, history
            elif self.conn_id == self.history_conn_id:
                yield history, history
            else:
                engine = database_engine(self.conn_id)
                try:
                    yield engine, history
                finally:
                    engine.dispose()


def gate_input(handover: object) -> GateInput:
    """What a gate is to look at, of what the step before returned.

    handover: the text of a batch; a mapping with `batch` and facts; or one with both under `gate`.
    Raises GateMisuse when it names no batch.
    """
    from gx.errors import GateMisuse

    if isinstance(handover, str):
        return GateInput(handover)
    given = handover if isinstance(handover, Mapping) else {}
    nested = given.get("gate")
    batch = (nested or given).get("batch")
    if not isinstance(batch, str):
        raise GateMisuse(
            f"the gate got {type(handover).__name__} without the text of a batch. Return a path, table:…, "
            "or a mapping with it as `batch`; a frame is too large to pass between tasks: write Parquet."
        )
    return GateInput(batch, nested.get("facts", {}) if nested else given)


def _asked(suite: "Suite", facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the suite asks for, and what it counts, of what the step before told."""
    return {name: facts[name] for name in (*suite.facts, *suite.counts.values()) if name in facts}


def _number(name: str, value: Any) -> float:
    from gx.errors import GateMisuse

    try:
        return float(value)
    except (TypeError, ValueError):
        raise GateMisuse(f"threshold {name} = {value!r} is no number") from None


def checked(
    suite: "AnySuite",
    batch: Any,
    *,
    task_id: str | None = None,
    conn_id: str = POSTGRES,
    history_conn_id: str = POSTGRES,
    approval: str = "setting",
    **thresholds: Any,
) -> Any:
    """The batch, but only if it passes its gate: a task `check_<suite>` in between.

    Arguments as of `QualityGateOperator`; any other is a threshold of the suite.
    """
    gate = QualityGateOperator(
        task_id=task_id or f"check_{_name(suite)}",
        suite=suite,
        batch=batch,
        parameters=thresholds,
        conn_id=conn_id,
        history_conn_id=history_conn_id,
        approval=approval,
    )
    return gate.output


def _name(suite: "AnySuite") -> str:
    """The name of a suite as far as it is known without importing it."""
    if isinstance(suite, str):
        return suite.rpartition(":")[2].lower()
    return str(getattr(suite, "name", None) or getattr(suite, "__name__", "suite"))
