"""The users flow without Airflow: the steps and their gates in the order of the DAG."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from etl.refused.rejected_workbook import workbook_path
from etl.refused.replay import put_away
from etl.settings import UsersSettings
from etl.steps.extract import extract
from etl.steps.load import Loaded, load
from etl.steps.stage import Staged, stage
from etl.steps.transform import Judged, judge
from gx.gate import run_gate
from gx.report import GateReport
from gx.settings import QualitySettings
from gx.suites import load as load_suite
from pipeline.folder import RunFolder


class GateClosed(Exception):  # noqa: N818 - an outcome
    """A gate of the flow closed. report: its report."""

    def __init__(self, report: GateReport) -> None:
        super().__init__(report.summary)
        self.report = report


@dataclass(frozen=True)
class Flow:
    """Runs of the users flow on a database, with folders of their own.

    gated: whether the gates run; without them a run takes a tenth of the time.
    """

    engine: Engine
    root: Path
    gated: bool

    @property
    def settings(self) -> UsersSettings:
        """Every folder of the flow below `root`."""
        return UsersSettings(
            staging_url=str(self.root / "staging"),
            replay_path=str(self.root / "replay"),
            rejected_path=str(self.root / "rejected"),
        )

    def folder(self, run: str) -> RunFolder:
        return RunFolder.of(self.settings.staging_url, run)

    def rejected(self, run: str) -> Path:
        """The rejected workbook of a run."""
        return workbook_path(self.settings.rejected_path, run)

    def run(self, workbook: Path, run: str = "run-1") -> Loaded:
        """Every step. Raises GateClosed."""
        self.stage(workbook, run)
        return self.load(run)

    def load(self, run: str = "run-1") -> Loaded:
        """The last step of a run, or its retry."""
        loaded = load(self.folder(run), self.engine, run=run)
        put_away(self.folder(run), run_name=run)
        return loaded

    def stage(self, workbook: Path, run: str = "run-1") -> Staged:
        """Every step but the last. Raises GateClosed."""
        folder, settings = self.folder(run), self.settings
        source = extract(
            folder, str(workbook), replay_path=settings.replay_path, settle_seconds=0, force=True
        ).facts()
        self._gate("users_source", source, run)
        judged = self.judge(run)
        facts = {"source_rows": source["rows"], "replay_only": source["replay_only"]}
        self._gate("users_ready", {**asdict(judged), **facts}, run)
        staged = stage(folder, self.engine, run=run)
        self._gate("users_next", asdict(staged), run)
        return staged

    def judge(self, run: str = "run-1") -> Judged:
        """The verdicts on the rows that the run extracted."""
        return judge(self.folder(run), self.engine, run=run, rejected_path=self.rejected(run))

    def _gate(self, name: str, step: dict[str, Any], run: str) -> None:
        if not self.gated:
            return
        report = run_gate(
            name,
            step["batch"],
            run=run,
            facts={fact: step[fact] for fact in load_suite(name).facts},
            thresholds={},
            settings=QualitySettings(path=str(self.root / "quality")),
            engine=self.engine,
            history=self.engine,
        )
        if not report.passed:
            raise GateClosed(report)
