"""What an alert is about: the same cause is the same incident, night after night."""

from dataclasses import dataclass

DOUBT = "doubt"
"""The check of a gate that could not say anything of its batch."""
TASK = "task"
"""The check of a task that failed without a verdict; its gate is the id of the task."""

WATCH = "quality_watch"
"""The DAG that looks for what did not happen."""
DID_NOT_HAPPEN = ("schedule", "workbook", "late")
NEVER_BEGAN = ("schedule", "workbook")
"""What no run of Airflow has seen: the run that should have."""


@dataclass(frozen=True, order=True)
class Cause:
    """One thing that is wrong: one check of one gate of one DAG.

    check: the key of an expectation, as in `GateReport.by_name`; `DOUBT`; or `TASK`. What should have
    happened and did not is named by one word, which is gate and check: `schedule`, `workbook`, `late`.
    """

    dag: str
    gate: str
    check: str

    @property
    def scope(self) -> tuple[str, str]:
        """The DAG and the gate, which are looked at together."""
        return (self.dag, self.gate)

    def __str__(self) -> str:
        return "/".join((self.dag, self.gate, self.check))
