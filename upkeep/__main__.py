"""`python -m upkeep`: what keeps the platform clean, done at once, beside Airflow."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pipeline.command_line import fail
from pipeline.errors import PipelineError
from upkeep.settings import UpkeepSettings

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go, and delete nothing.")]


@app.callback()
def upkeep() -> None:
    """What keeps the platform clean, done at once. Reads the UPKEEP_ variables; see `.env.example`."""


@app.command()
def logs(dry_run: DryRun = False) -> None:
    """Delete the logs of tasks and services that UPKEEP_KEEP_LOG_DAYS does not keep."""
    from upkeep.logs import clean_logs

    with plain_errors():
        settings = UpkeepSettings()
        oldest = datetime.now(UTC) - timedelta(days=settings.keep_log_days)
        done = clean_logs(settings.log_places, older_than=oldest, dry_run=dry_run)
    said = "would be deleted" if dry_run else "deleted"
    typer.echo(f"{done.files:,} log files {said}, {done.bytes:,} bytes")


@app.command()
def metadata(dry_run: DryRun = False) -> None:
    """Delete the rows of Airflow's database that UPKEEP_KEEP_METADATA_DAYS does not keep.

    For where Airflow runs: AIRFLOW__DATABASE__SQL_ALCHEMY_CONN says which database. In the DAG
    maintenance_daily the connection airflow_metadata does.
    """
    from upkeep.metadata import clean_metadata

    with plain_errors():
        settings = UpkeepSettings()
        oldest = datetime.now(UTC) - timedelta(days=settings.keep_metadata_days)
        done = clean_metadata(
            metadata_url(), older_than=oldest, archive=settings.archive_path, dry_run=dry_run
        )
    for table, rows in done.rows.items():
        typer.echo(f"{rows:>9,} rows  {table}")
    typer.echo(f"{done.total:>9,} rows {'would be deleted' if dry_run else 'deleted'}")


@app.command()
def backup() -> None:
    """Make an encrypted backup in UPKEEP_BACKUP_URL, and delete all but the last UPKEEP_BACKUP_KEEP."""
    from sqlalchemy import make_url

    from upkeep.backup import AIRFLOW, USERS, back_up

    users = os.environ.get("ETL_DATABASE_URL", "")
    with plain_errors():
        settings, url = UpkeepSettings(), metadata_url()
        if not users:
            fail("ETL_DATABASE_URL is not set: where are the users and the quality tables?")
        done = back_up({AIRFLOW: make_url(url), USERS: make_url(users)}, settings, now=datetime.now(UTC))
    typer.echo(f"{done.place}: {done.files:,} files, {done.rows:,} rows, {done.bytes:,} bytes")
    for name in done.removed:
        typer.echo(f"deleted {name}")
    typer.echo(f"Only {settings.backup_identity} opens it: keep a copy of that file on another machine.")


def metadata_url() -> str:
    """Address of Airflow's database. Fails in one line where there is none."""
    from upkeep.airflow_command import METADATA

    url = os.environ.get(METADATA, "")
    if "://" not in url or url.startswith("airflow-db-not-allowed"):
        fail(f"{METADATA} is not set: run this beside Airflow, with its environment.")
    return url


@contextmanager
def plain_errors() -> Iterator[None]:
    """What goes wrong on purpose is one line on stderr and exit code 1."""
    try:
        yield
    except PipelineError as error:
        fail(str(error))


if __name__ == "__main__":
    app()
