"""`python -m metrics`: the exporter of what gates and steps found, until it is told to end."""

import logging
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from pipeline.command_line import engine_of, fail
from pipeline.errors import PipelineError

app = typer.Typer(help=__doc__, add_completion=False)

VARIABLE = "METRICS_DATABASE_URL (or QUALITY_DATABASE_URL, ETL_DATABASE_URL)"


@app.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    """Serve the figures of the quality database for Prometheus. Reads METRICS_HOST and METRICS_PORT."""
    from metrics.server import read_only, serving
    from metrics.settings import MetricsSettings

    if context.invoked_subcommand:
        return
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = MetricsSettings()
    except PipelineError as error:
        fail(str(error))
    engine = read_only(engine_of(settings.database_url, VARIABLE).url, patience=settings.patience)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    try:
        with serving(engine, settings) as port:
            logging.info("Metrics on http://%s:%s/metrics", settings.host, port)
            told.wait()
    except OSError as error:
        fail(f"{settings.host}:{settings.port}: {error.strerror or error}. Choose another METRICS_PORT.")


@app.command()
def write(folder: Annotated[Path, typer.Argument(help="Such as docker/monitoring.")]) -> None:
    """Write dashboards and alert rules as files, for Grafana, Prometheus and VictoriaMetrics."""
    from metrics.written import write as write_files

    write_files(folder)


if __name__ == "__main__":
    app()
