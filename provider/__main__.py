"""`python -m provider`: who is told of what in this installation, and what was done about it."""

import os
from typing import TYPE_CHECKING

import typer

from pipeline.command_line import fail
from pipeline.errors import PipelineError
from provider.incidents import app as incidents

if TYPE_CHECKING:
    from alerts.routes import Routes

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
app.add_typer(incidents, name="incidents")


@app.callback()
def provider() -> None:
    """Who is told of what in this installation, by ALERT_ROUTES, ALERT_TO and Airflow's connections."""
    # Outside of a task Airflow reads connections from its database only in a process of its own servers.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")


@app.command()
def routes() -> None:
    """Show who is told of what, a line a route. Exit code 1 when something is wrong with them."""
    from alerts.settings import AlertSettings
    from provider.alerts.connections import usable_routes

    try:
        found, wrong = usable_routes(AlertSettings())
    except PipelineError as error:
        fail(str(error))
    lines = list(_lines(found))
    width = max(len(when) for when, _ in lines)
    for when, who in lines:
        typer.echo(f"{when:<{width}}  {who}")
    if wrong:
        fail("\n".join(("", *wrong)))


def _lines(routes: "Routes") -> list[tuple[str, str]]:
    """When somebody is told, and who, as it is now: where something is wrong, the default holds."""
    told = [(str(route.match), route.to) for route in routes.routes]
    told += [(f"owner {owner}", targets) for owner, targets in routes.owners.items()]
    told.append(("everything else" if told else "everything", routes.default))
    return [("WHEN", "WHO IS TOLD"), *((when, ", ".join(map(str, targets))) for when, targets in told)]


if __name__ == "__main__":
    app()
