"""The steps of the users flow as Airflow sees them: parameters and connections in, small summaries out."""

import dataclasses
from typing import Any

from etl.settings import UsersSettings
from provider.connections import postgres_engine
from provider.run import current_run


def extract() -> dict[str, Any]:
    """Read the workbooks; returns `etl.steps.extract.Extraction` and the run's folder as a mapping."""
    from etl.steps.extract import extract as extract_rows
    from etl.steps.load import published_checksum
    from etl.upkeep import retention
    from pipeline.folder import RunFolder

    settings, run, engine = UsersSettings(), current_run(), postgres_engine()
    retention.prune(engine, settings)
    workbook = str(run.params.get("workbook") or "")
    folder = RunFolder.of(settings.staging_url, run.name)
    extraction = extract_rows(
        folder,
        workbook or settings.users_path,
        replay_path=None if workbook else settings.replay_path,
        settle_seconds=settings.settle_seconds,
        published_checksum=published_checksum(engine),
        force=bool(run.params.get("force")),
    )
    return {"folder": folder.url, **extraction.facts()}


def transform(source: dict[str, Any]) -> dict[str, Any]:
    """Give every row its verdict; returns `transform.Judged`, the folder and the facts of the gate."""
    from etl.refused.rejected_workbook import workbook_path
    from etl.steps.transform import judge
    from pipeline.folder import RunFolder

    run = current_run()
    judged = judge(
        RunFolder(source["folder"]),
        postgres_engine(),
        run=run.id,
        rejected_path=workbook_path(UsersSettings().rejected_path, run.name),
        on_duplicate=run.params.get("on_duplicate", "keep_last"),
    )
    facts = {name: source[name] for name in ("folder", "replay_only")}
    return {**facts, "source_rows": source["rows"], **dataclasses.asdict(judged)}


def stage(ready: dict[str, Any]) -> dict[str, Any]:
    """Put the valid rows beside `users`; returns `stage.Staged` and the run's folder as a mapping."""
    from etl.steps.stage import stage as stage_rows
    from pipeline.folder import RunFolder

    staged = stage_rows(RunFolder(ready["folder"]), postgres_engine(), run=current_run().id)
    return {"folder": ready["folder"], **dataclasses.asdict(staged)}


def load(staged: dict[str, Any]) -> dict[str, Any]:
    """Merge the staged rows into `users`; returns `etl.steps.load.Loaded` as a mapping."""
    from etl.refused.replay import put_away
    from etl.steps.load import load as load_rows
    from pipeline.folder import RunFolder

    folder, run = RunFolder(staged["folder"]), current_run()
    loaded = load_rows(folder, postgres_engine(), run=run.id)
    put_away(folder, run_name=run.name)
    return dataclasses.asdict(loaded)
