"""`python -m report`: what a person does to the quality report outside a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.command_line import engine_of, fail
from pipeline.errors import PipelineError
from pipeline.messages import first_line
from report.settings import QualitySettings
from report.store import Store

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)

VARIABLE = "QUALITY_DATABASE_URL (or ETL_DATABASE_URL)"


@app.callback()
def quality() -> None:
    """What a person does to the quality report outside a run. Reads QUALITY_PATH; see `.env.example`."""


@app.command()
def prune() -> None:
    """Delete what QUALITY_KEEP_DAYS and QUALITY_KEEP_RUNS (of each gate) do not keep, as each night does."""
    from report.retention import prune as prune_report

    with plain_errors():
        settings = QualitySettings()
        done = prune_report(
            engine_of(settings.database_url, VARIABLE),
            Store(settings.path),
            now=datetime.now(UTC),
            keep_days=settings.keep_days,
            keep_runs=settings.keep_runs,
        )
    typer.echo(f"{done.rows:>7,} verdicts deleted from quality_runs")
    typer.echo(f"{done.folders:>7,} folders deleted from {settings.path}")
    typer.echo(f"{done.unfinished:>7,} half-written folders deleted")
    typer.echo(f"{done.mended:>7,} pages linked to what is gone, and link to the gate's history now")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet, or an earlier export.")],
    airflow: Annotated[str | None, typer.Option(help="Address of the Airflow that links lead to.")] = None,
) -> None:
    """Write the whole site as static files, which open from a folder without a server.

    Without a database it is made of the stored reports alone.
    """
    from report.export import export as export_report

    with plain_errors():
        settings = QualitySettings()
        engine = engine_of(settings.database_url, VARIABLE) if settings.database_url else None
        now = datetime.now(UTC)
        done = export_report(Store(settings.path), engine, folder, now=now, airflow=airflow)
    typer.echo(f"{done.verdicts:,} verdicts of {done.gates:,} gates: {done.files:,} files")
    if not done.from_history:
        typer.echo(f"{VARIABLE} is not set: made of the reports below {settings.path} alone.")
    typer.echo(f"Open {folder / 'index.html'}")


@contextmanager
def plain_errors() -> Iterator[None]:
    """What goes wrong is one line on stderr and exit code 1."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except PipelineError as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"{first_line(error.orig)} ({VARIABLE}).")
    except (OSError, ImportError) as error:
        fail(f"{first_line(error)} (QUALITY_PATH).")


if __name__ == "__main__":
    app()
