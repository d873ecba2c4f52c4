"""What the gate `runs_weekly` looks at: the runs themselves, out of Airflow's API and `quality_runs`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.handover import GateInput
from provider.watch.api import AirflowApi, Answer, airflow_api
from provider.watch.look import USERS

if TYPE_CHECKING:
    from sqlalchemy import Engine

COURSES = "reindex_weekly"
PRUNED = "prune_snapshots"
"""The task that tells which snapshots it keeps."""
RUNS = "users_runs"
"""The frame with one row per run."""
LOOKED_BACK = 5
"""Runs of the courses among which one is looked for that kept snapshots."""
WEEK = timedelta(days=7)


def gather_runs() -> dict[str, Any]:
    """Write the last runs into the folder of the current run; returns what the gate looks at, as `gate`."""
    from etl.settings import UsersSettings
    from pipeline.folder import RunFolder, prune_folders
    from pipeline.handover import as_json
    from provider.connections import postgres_engine
    from provider.run import current_run

    settings, now = UsersSettings(), datetime.now(UTC)
    prune_folders(settings.staging_url, [RUNS], older_than=now - timedelta(days=settings.keep_staging_days))
    folder = RunFolder.of(settings.staging_url, current_run().name)
    engine = postgres_engine()
    try:
        with airflow_api() as api:
            return {"gate": as_json(gather(api, engine, folder, now=now))}
    finally:
        engine.dispose()


def gather(api: AirflowApi, engine: "Engine", folder: Any, *, now: datetime) -> GateInput:
    """The last users runs that ended, one row per run, and the facts of `gx.suites.runs_weekly`.

    folder: a `RunFolder` for the rows.
    """
    from report.figures import last_document_loss, rows_of_runs

    ended = api.ended(USERS, limit=LAST_RUNS)
    rows, valid = rows_of_runs(engine, [run["dag_run_id"] for run in ended], dag=USERS)
    messages, delivered = deliveries(engine, since=now - WEEK)
    facts = {
        "runs": len(ended),
        "rows": rows,
        "valid_rows": valid,
        "messages": messages,
        "delivered": delivered,
        "document_loss": _listed(last_document_loss(engine)),
        "snapshots": _listed(kept_snapshots(api)),
    }
    return GateInput(folder.write_frame(RUNS, frame_of(ended)), facts)


LAST_RUNS = 30
"""As `gx.suites.runs_weekly` has it, which imports Great Expectations."""


def deliveries(engine: "Engine", *, since: datetime) -> tuple[int, int]:
    """Messages to somebody since a moment, and how many of them were delivered; none before the first."""
    from sqlalchemy import inspect, text

    if not inspect(engine).has_table("quality_deliveries"):
        return 0, 0
    query = text("SELECT count(*), count(delivered_at) FROM quality_deliveries WHERE first_at >= :since")
    with engine.connect() as connection:
        messages, delivered = connection.execute(query, {"since": since}).one()
    return int(messages), int(delivered)


def frame_of(ended: Sequence[Answer]) -> Any:
    """One row per run that ended: `run`, `succeeded` (1 or 0), `minutes` from its start to its end."""
    import pandas as pd

    rows = [(run["dag_run_id"], float(run["state"] == "success"), _minutes(run)) for run in ended]
    frame = pd.DataFrame(rows, columns=["run", "succeeded", "minutes"])
    return frame.astype({"run": "str", "succeeded": "float64", "minutes": "float64"})


def kept_snapshots(api: AirflowApi) -> int | None:
    """How many snapshots of the courses the last run kept that deleted old ones; None: no run did."""
    for run in api.ended(COURSES, limit=LOOKED_BACK):
        pruned = api.returned(COURSES, run["dag_run_id"], PRUNED)
        if pruned is not None:
            return len(pruned["kept"])
    return None


def _minutes(run: Answer) -> float:
    """A run that was marked before it began took no time."""
    if not (run["start_date"] and run["end_date"]):
        return 0.0
    taken = datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])
    return taken / timedelta(minutes=1)


def _listed(value: float | None) -> list[float]:
    """A fact that may be missing, as the suite takes it."""
    return [] if value is None else [value]
