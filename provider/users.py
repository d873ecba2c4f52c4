"""The steps of the users flow as Airflow sees them: connections and parameters in, handovers out."""

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from etl.handover import Extraction, Staged, Verdicts
from pipeline.handover import as_json, from_json
from provider.connections import postgres_engine
from provider.run import current_run

if TYPE_CHECKING:
    from etl.flow import UsersFlow

log = logging.getLogger(__name__)

Handover = dict[str, Any]
"""A handover of `etl.handover` as plain JSON values."""


def extract() -> Handover:
    """The step `extract` of the current run, with its parameters `workbook` and `force`.

    What is kept long enough of the report is deleted first, as `UsersFlow.extract` does with its own traces.
    """
    prune_report()
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


def prune_report() -> None:
    """Delete old verdicts, and incidents long over. What cannot be deleted tonight keeps no run back."""
    from alerts.incidents.retention import prune as prune_incidents
    from report.retention import prune
    from report.settings import QualitySettings
    from report.store import Store

    settings, now = QualitySettings(), datetime.now(UTC)
    try:
        engine = postgres_engine()
        done = prune(
            engine,
            Store(settings.path),
            now=now,
            keep_days=settings.keep_days,
            keep_runs=settings.keep_runs,
        )
        prune_incidents(engine, now=now, keep_days=settings.keep_days)
    except Exception:  # whatever a storage's client raises
        log.exception("Old verdicts below %s are not deleted tonight", settings.path)
    else:
        log.info("%s", done)


def _flow() -> "UsersFlow":
    from etl.flow import UsersFlow
    from etl.settings import UsersSettings

    return UsersFlow(postgres_engine(), UsersSettings(), current_run().id)
