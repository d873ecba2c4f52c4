"""`python -m upkeep`: what keeps the platform clean, done at once, beside Airflow."""

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


@contextmanager
def plain_errors() -> Iterator[None]:
    """What goes wrong on purpose is one line on stderr and exit code 1."""
    try:
        yield
    except PipelineError as error:
        fail(str(error))


if __name__ == "__main__":
    app()
