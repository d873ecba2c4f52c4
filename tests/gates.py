"""The gates between the steps of a flow, where Airflow does not run them."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.handover import GateInput

# Nothing heavy at the top: the process that measures must stay small.
if TYPE_CHECKING:
    from sqlalchemy import Engine

    from report.gate_report import GateReport


class GateClosed(Exception):  # noqa: N818 - an outcome
    """A gate of the flow closed. report: its report."""

    def __init__(self, report: "GateReport") -> None:
        super().__init__(report.summary)
        self.report = report


def check(suite: str, gate: GateInput, *, run: str, engine: "Engine", quality: Path) -> None:
    """Run a gate with its default thresholds on what a step left. Raises GateClosed.

    quality: folder of its results and pages.
    """
    from gx.gate import run_gate
    from report.settings import QualitySettings

    report = run_gate(
        suite,
        gate.batch,
        run=run,
        facts=gate.facts,
        thresholds={},
        settings=QualitySettings(path=str(quality)),
        engine=engine,
        history=engine,
    )
    if not report.passed:
        raise GateClosed(report)
