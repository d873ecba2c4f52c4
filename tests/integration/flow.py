"""The users flow without Airflow: its steps, the gates between them, and handovers as they travel."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Engine

from etl.flow import UsersFlow
from etl.handover import Extraction, Staged, Verdicts
from etl.postgres.merge import Merged
from etl.refused.rejected_workbook import workbook_path
from etl.settings import UsersSettings
from pipeline.folder import RunFolder
from pipeline.handover import as_json, from_json
from tests import gates

Left = TypeVar("Left", Extraction, Verdicts, Staged)


@dataclass(frozen=True)
class Flow:
    """Runs of the users flow on a database, with folders of their own.

    gated: whether the gates run; without them a run takes a tenth of the time. target: where the users go.
    left: what the steps of each run left for the next, as JSON.
    """

    engine: Engine
    root: Path
    gated: bool
    target: Literal["own", "django"] = "own"
    left: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def settings(self) -> UsersSettings:
        """Every folder of the flow below `root`."""
        return UsersSettings(
            users_path=str(self.root / "users.xlsx"),
            staging_url=str(self.root / "staging"),
            replay_path=str(self.root / "replay"),
            rejected_path=str(self.root / "rejected"),
            settle_seconds=0,
            users_target=self.target,
        )

    def folder(self, run: str) -> RunFolder:
        return RunFolder.of(self.settings.staging_url, run)

    def rejected(self, run: str) -> Path:
        """The rejected workbook of a run."""
        return workbook_path(self.settings.rejected_path, run)

    def run(self, workbook: Path, run: str = "run-1") -> Merged:
        """Every step. Raises GateClosed."""
        self.run_to_stage(workbook, run)
        return self.load(run)

    def run_to_stage(self, workbook: Path, run: str = "run-1") -> Staged:
        """Every step but the last. Raises GateClosed."""
        self.extract(workbook, run)
        self._check("users_source", Extraction, run)
        self.transform(run)
        self._check("users_ready", Verdicts, run)
        self.stage(run)
        self._check("users_next", Staged, run)
        return self.taken(Staged, run)

    def extract(self, workbook: Path, run: str = "run-1") -> Extraction:
        """The first step: the nightly workbook and what waits for its replay."""
        settings = self.settings.model_copy(update={"users_path": str(workbook)})
        return self._leave(UsersFlow(self.engine, settings, run).extract(force=True), run)

    def transform(self, run: str = "run-1") -> Verdicts:
        """The second step of a run, or its retry."""
        return self._leave(self._steps(run).transform(self.taken(Extraction, run)), run)

    def stage(self, run: str = "run-1") -> Staged:
        """The third step of a run, or its retry."""
        return self._leave(self._steps(run).stage(self.taken(Verdicts, run)), run)

    def load(self, run: str = "run-1") -> Merged:
        """The last step of a run, or its retry."""
        return Merged(**self._steps(run).load(self.taken(Staged, run)).told.counts)

    def taken(self, kind: type[Left], run: str) -> Left:
        """What a step of a run left."""
        return from_json(kind, self.left[run, kind.__name__])

    def _steps(self, run: str) -> UsersFlow:
        return UsersFlow(self.engine, self.settings, run)

    def _leave(self, handover: Left, run: str) -> Left:
        self.left[run, type(handover).__name__] = as_json(handover)
        return handover

    def _check(self, suite: str, kind: type[Left], run: str) -> None:
        if self.gated:
            gate = self.taken(kind, run).gate
            gates.check(suite, gate, run=run, engine=self.engine, quality=self.root / "quality")
