"""The gate as an operator: nothing behind it runs, and nothing passes but through it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from provider.connections import POSTGRES, postgres_engine
from provider.links import REPORT_URL_KEY, DataDocsLink, data_docs_url
from provider.steps import ERROR_KEY, RETRIES, plain_failures

if TYPE_CHECKING:
    from airflow.sdk import Context

    from gx.report import GateReport

REPORT_KEY = "report"
"""XCom in which a gate leaves its report, passed or closed."""


class QualityGateOperator(BaseOperator):
    """Run one Great Expectations suite on a batch, and let the batch through or fail.

    suite: name of a suite in `gx.suites`; the gate's name.
    batch: what the step before returned: a mapping with `batch` (path of a Parquet file, or
        `postgres:<table>`) and the facts that the suite asks for. Returned as it is when the gate passes,
        so that the next step gets its data only through the gate.
    parameters: thresholds that differ from the suite's defaults; templates are rendered.

    A failed critical expectation, or a doubt, fails the task at once, without a retry. A failed warning lets
    the run pass. Either way the report and the address of its Data Docs page are XComs of the task.
    """

    template_fields: Sequence[str] = ("batch", "parameters")
    operator_extra_links = (DataDocsLink(),)
    ui_color = "#f2e6ff"

    def __init__(
        self,
        *,
        suite: str,
        batch: Mapping[str, Any],
        parameters: Mapping[str, Any] | None = None,
        conn_id: str = POSTGRES,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**RETRIES, **kwargs})
        self.suite = suite
        self.batch = batch
        self.parameters = parameters or {}
        self.conn_id = conn_id

    def execute(self, context: "Context") -> dict[str, Any]:
        """Decide about the batch.

        Raises:
            AirflowFailException: the gate is closed, or was asked wrongly.
            TryAgain: the gate could not look.
        """
        with plain_failures():
            report = self._report(context["run_id"])
        ti = context["ti"]
        ti.xcom_push(REPORT_KEY, report.to_dict())
        ti.xcom_push(REPORT_URL_KEY, data_docs_url(report.page))
        self.log.info("%s. Report: %s", report.summary, data_docs_url(report.page))
        for outcome in report.warnings:
            self.log.warning(
                "%s: %s (expected: %s)", outcome.description, outcome.observed, outcome.threshold
            )
        if not report.passed:
            ti.xcom_push(ERROR_KEY, report.summary)
            raise AirflowFailException(report.summary)
        return dict(self.batch)

    def _report(self, run_id: str) -> "GateReport":
        from gx.gate import run_gate
        from gx.settings import QualitySettings
        from gx.suites import load

        gate_input = self.batch.get("gate")
        given = gate_input["facts"] if gate_input else self.batch
        facts = {name: given[name] for name in load(self.suite).facts if name in given}
        engine = postgres_engine(self.conn_id)
        try:
            return run_gate(
                self.suite,
                str((gate_input or self.batch)["batch"]),
                run=run_id,
                facts=facts,
                thresholds={name: float(value) for name, value in self.parameters.items()},
                settings=QualitySettings(),
                engine=engine,
            )
        finally:
            engine.dispose()


def checked(suite: str, batch: Any, **parameters: Any) -> Any:
    """The batch, but only if it passes its gate: a task `check_<suite>` in between."""
    gate = QualityGateOperator(task_id=f"check_{suite}", suite=suite, batch=batch, parameters=parameters)
    return gate.output
