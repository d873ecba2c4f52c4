"""The steps of the users flow as Airflow sees them: connections and parameters in, handovers out."""

from typing import TYPE_CHECKING, Any

from etl.handover import Extraction, Staged, Verdicts
from pipeline.handover import as_json, from_json
from provider.connections import postgres_engine
from provider.run import current_run

if TYPE_CHECKING:
    from etl.flow import UsersFlow

Handover = dict[str, Any]
"""A handover of `etl.handover` as plain JSON values."""


def extract() -> Handover:
    """The step `extract` of the current run, with its parameters `workbook` and `force`."""
    params = current_run().params
    extraction = _flow().extract(workbook=str(params.get("workbook") or ""), force=bool(params.get("force")))
    return as_json(extraction)


def transform(extraction: Handover) -> Handover:
    """The step `transform` of the current run, with its parameter `on_duplicate`."""
    on_duplicate = current_run().params.get("on_duplicate", "keep_last")
    return as_json(_flow().transform(from_json(Extraction, extraction), on_duplicate=on_duplicate))


def stage(verdicts: Handover) -> Handover:
    """The step `stage` of the current run."""
    return as_json(_flow().stage(from_json(Verdicts, verdicts)))


def load(staged: Handover) -> Handover:
    """The step `load` of the current run."""
    return as_json(_flow().load(from_json(Staged, staged)))


def _flow() -> "UsersFlow":
    from etl.flow import UsersFlow
    from etl.settings import UsersSettings

    return UsersFlow(postgres_engine(), UsersSettings(), current_run().id)
