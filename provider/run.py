"""The run that a task belongs to."""

from dataclasses import dataclass
from typing import Any

from airflow.sdk import get_current_context

from pipeline.names import slug


@dataclass(frozen=True)
class Run:
    """A run. name: its id as a file name. params: of the DAG run."""

    dag_id: str
    id: str
    name: str
    params: dict[str, Any]

    @property
    def owner(self) -> str:
        """The run among the runs of all DAGs: `<dag_id>/<run_id>`."""
        return f"{self.dag_id}/{self.id}"


def current_run() -> Run:
    """The run of the task that calls."""
    context = get_current_context()
    run_id = str(context["run_id"])
    return Run(str(context["dag"].dag_id), run_id, slug(run_id), dict(context["params"]))
