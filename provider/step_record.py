"""What a step counted and how long it took, kept for those who watch."""

import logging
from collections.abc import Mapping

from airflow.sdk import get_current_context

from pipeline.handover import told

log = logging.getLogger(__name__)

PATIENCE = 2
"""Seconds that the database gets to answer: a figure is worth no more of a step's time."""


def record_step(result: object, *, seconds: float) -> None:
    """Add the current step to `step_runs`; whatever goes wrong, the step goes on.

    result: the handover that it returns, as JSON; a step that returns none is not recorded.
    seconds: wall time that its work took.
    """
    if not isinstance(result, Mapping):
        return
    try:
        _record(figures(result), seconds)
    except Exception:  # whatever the database, its client or Airflow's connection raises
        log.warning("The figures of this step are not recorded", exc_info=True)


def figures(result: Mapping[str, object]) -> dict[str, float]:
    """What a handover counts, by name, and for how many seconds its swap blocked writers."""
    counted: dict[str, float] = dict(told(result).counts)
    swap = result.get("swap")
    if isinstance(swap, Mapping) and "block_seconds" in swap:
        counted["write_block_seconds"] = float(swap["block_seconds"])
    return counted


def _record(counted: Mapping[str, float], seconds: float) -> None:
    from provider.connections import postgres_engine
    from report.step_runs import record

    context = get_current_context()
    engine = postgres_engine(patience=PATIENCE, answer=PATIENCE)
    try:
        record(
            engine,
            dag=context["ti"].dag_id,
            task=context["ti"].task_id,
            run=str(context["run_id"]),
            seconds=round(seconds, 3),
            figures=counted,
        )
    finally:
        engine.dispose()
