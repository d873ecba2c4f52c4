"""`python -m provider incidents`: which incidents there are, and what a person does about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.command_line import engine_of, fail
from pipeline.errors import PipelineError
from pipeline.messages import first_line

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from alerts.incidents.incident import Event, Incident

VARIABLE = "QUALITY_DATABASE_URL"
RESOLVED = 20
"""Incidents that are over and that `list --all` shows."""
EVENTS = 50
"""Events that `show` shows."""

app = typer.Typer(help=__doc__, add_completion=False)

Number = Annotated[int, typer.Argument(help="Number of the incident, as `list` shows it.")]
By = Annotated[str, typer.Option(help="Your name: it stands in the incident.")]


@app.callback(invoke_without_command=True)
def incidents(context: typer.Context) -> None:
    """Incidents: a cause from its first failing verdict to its first good one. Without a command: `list`.

    The database is that of QUALITY_DATABASE_URL, or else of the connection postgres_default.
    """
    if context.invoked_subcommand is None:
        listed()


@app.command("list")
def listed(
    *, everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False
) -> None:
    """List the incidents that are open, the newest first."""
    from alerts.incidents.read import open_incidents, resolved_incidents

    with database() as engine:
        found = open_incidents(engine)
        over = resolved_incidents(engine, limit=RESOLVED) if everything else []
    for incident in (*found, *over):
        typer.echo(line_of(incident))
    if not found:
        typer.echo("No incident is open.")


@app.command()
def show(number: Number) -> None:
    """Show one incident, and what happened to it."""
    from alerts.incidents.read import events_of, incident_of

    with database() as engine:
        incident = incident_of(engine, number)
        events = events_of(engine, number, limit=EVENTS) if incident else []
    if incident is None:
        fail(f"There is no incident {number}.")
    typer.echo(line_of(incident))
    typer.echo(f"DAG {incident.cause.dag}, owner: {incident.owner or 'nobody is named'}")
    for event in events:
        typer.echo(event_line(event))


@app.command()
def acknowledge(number: Number, *, by: By) -> None:
    """Take an incident: no reminders any more; its end is told."""
    from alerts.incidents import acts

    with database() as engine:
        typer.echo(line_of(acts.acknowledge(engine, number, by=by, now=datetime.now(UTC))))


@app.command()
def mute(
    number: Number,
    *,
    by: By,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Its last day, e.g. 2026-12-03.")],
    reason: Annotated[str, typer.Option(help="Why, without personal data.")],
) -> None:
    """Let nobody be told of an incident through a day. Other checks, and its end, are told as always."""
    from alerts.incidents import acts

    with database() as engine:
        done = acts.mute(engine, number, by=by, until=until.date(), reason=reason, now=datetime.now(UTC))
        typer.echo(line_of(done))


@app.command()
def unmute(number: Number, *, by: By) -> None:
    """Let people be told again, from the next failing verdict on."""
    from alerts.incidents import acts

    with database() as engine:
        typer.echo(line_of(acts.unmute(engine, number, by=by, now=datetime.now(UTC))))


@contextmanager
def database() -> "Iterator[Engine]":
    """An engine on the database with the incidents; what goes wrong is one line and exit code 1."""
    from sqlalchemy.exc import DBAPIError

    from report.settings import QualitySettings

    try:
        url = QualitySettings().database_url
        engine = engine_of(url, VARIABLE) if url else _of_connection()
        try:
            yield engine
        finally:
            engine.dispose()
    except PipelineError as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"{first_line(error.orig)} ({VARIABLE if url else 'connection postgres_default'}).")


def _of_connection() -> "Engine":
    from provider.report_pages import history_engine

    return history_engine()


def line_of(incident: "Incident") -> str:
    """An incident on one line."""
    from alerts.incidents.words import since, taken

    now, cause = datetime.now(UTC), incident.cause
    parts = [since(incident, "en", now=now), taken(incident, "en", now=now)]
    if not incident.is_open:
        parts.insert(0, "resolved")
    told = ", ".join(part for part in parts if part)
    return f"{incident.id:>5}  {cause.gate}/{cause.check}  {incident.said.en}  ({told})"


def event_line(event: "Event") -> str:
    """An event on one line, its moment in UTC."""
    from alerts.incidents.words import event_words

    words = [event_words(event, "en"), event.said.en if event.said else event.reason, event.run]
    return f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M}  {'  '.join(word for word in words if word)}"
