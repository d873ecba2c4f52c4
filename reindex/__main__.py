"""`python -m reindex`: what a person does to the served index outside a run; a run is Airflow's alone."""

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.command_line import fail
from pipeline.errors import PipelineError, RetriableError

if TYPE_CHECKING:
    from reindex.flow import CoursesFlow
    from reindex.keeping.prune import Pruned

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def courses() -> None:
    """What a person does to the served index. Needs ELASTICSEARCH_HOST and its API key; see `.env.example`.

    There is no command that runs a reindex: nothing is swapped without its gate, and those are Airflow's.
    """


@app.command()
def plan() -> None:
    """Show each check and what the next run would do. Exit code 1 when a check refuses. Changes nothing."""
    from reindex.checks.cluster import findings, make_plan
    from reindex.screen import finding_line, plan_lines

    with connected() as flow:
        refused = 0
        for finding in findings(flow.client, flow.settings, run=flow.run):
            typer.echo(finding_line(finding))
            refused += finding.refusal is not None
        if refused:
            fail(f"{flow.served}: a run would be refused by {refused} of these checks.")
        for line in plan_lines(make_plan(flow.client, flow.settings, run=flow.run), flow.settings):
            typer.echo(line)


@app.command()
def status() -> None:
    """Show what is served, our other indices, our snapshots, the lock and the copy that runs."""
    from reindex.screen import status_lines

    with connected() as flow:
        for line in status_lines(flow.client, flow.settings):
            typer.echo(line)


@app.command()
def rollback(
    to: Annotated[str | None, typer.Option(help="A validated index; without it, the previous one.")] = None,
) -> None:
    """Serve the previous index again, and say how many documents were written since the swap."""
    from reindex.keeping.lock import held

    with connected() as flow, held(flow.client, flow.served, owner=flow.run):
        chosen = flow.choose_index(to)
        try:
            done = flow.rollback_alias(chosen)
        except RetriableError as error:
            fail(f"{error} Then try again: python -m reindex rollback --to {chosen}")
    if done.repeated:
        typer.echo(f"{done.served} → {done.to_index} already; nothing was changed.")
    else:
        typer.echo(
            f"{done.served} → {done.to_index} (was {done.from_index}, which is kept and refuses writes)."
        )
    if done.from_index != done.to_index:
        typer.echo(f"{done.written_since:,} documents were written to {done.from_index} since its swap.")


@app.command()
def throttle(
    documents: Annotated[float, typer.Argument(help="The most documents in a second; 0: as many as it can.")],
) -> None:
    """Change the speed of the copy that runs."""
    from reindex.copying import copy
    from reindex.keeping.release import copies
    from reindex.plan import opaque_id

    with connected() as flow:
        runs = set(copies(flow.client, flow.served).values())
        ids = [opaque_id(flow.served, run) for run in runs]
        if not sum(copy.throttle(flow.client, each, documents or copy.UNLIMITED) for each in ids):
            fail(f"{flow.served}: no copy runs.")
    speed = f"{documents:,g} documents a second" if documents else "as many documents as it can"
    typer.echo(f"{flow.served}: the copy writes {speed} from now on.")


@app.command()
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it only; delete nothing.")] = False,
) -> None:
    """Delete our old indices and snapshots, as every run does at its end."""
    from reindex.keeping.lock import held

    with connected() as flow:
        if dry_run:
            show_pruned(flow, dry_run=True)
        else:
            with held(flow.client, flow.served, owner=flow.run):
                show_pruned(flow, dry_run=False)


@app.command()
def release(
    force: Annotated[bool, typer.Option("--force", help="Take the lock from a holder that is dead.")] = False,
) -> None:
    """Clear away what a dead run left: its lock, its write block on the served index, its copy."""
    from reindex.keeping.lock import MINUTES_OF_A_COMMAND

    with connected() as flow:
        until = datetime.now(UTC) + timedelta(minutes=MINUTES_OF_A_COMMAND)
        try:
            done = flow.release_stale(ended=lambda _: force, until=until)
        finally:
            flow.release()
    typer.echo(f"{flow.served}: the lock is free.")
    if done.unblocked:
        typer.echo("  Its index refused writes; it takes them again.")
    if done.cancelled:
        typer.echo(f"  {done.cancelled} copies were cancelled.")
    for name in done.failed:
        typer.echo(f"  {name} is marked as failed.")


def show_pruned(flow: "CoursesFlow", *, dry_run: bool) -> None:
    """Prune indices, then snapshots, and print what came of each name."""
    echo_pruned("indices", flow.prune_indices(dry_run=dry_run), dry_run=dry_run)
    snapshots = flow.prune_snapshots(dry_run=dry_run)
    echo_pruned(f"snapshots in {flow.settings.repository}", snapshots, dry_run=dry_run)


def echo_pruned(what: str, pruned: "Pruned", *, dry_run: bool) -> None:
    """Print one line a name."""
    typer.echo(what)
    fates = (
        ("kept", pruned.kept),
        ("would be deleted" if dry_run else "deleted", pruned.deleted),
        ("left alone", pruned.left_alone),
    )
    for fate, names in fates:
        for name in names:
            typer.echo(f"  {fate:<17} {name}")


@contextmanager
def connected() -> "Iterator[CoursesFlow]":
    """The flow of this command; what goes wrong is one line on stderr and exit code 1."""
    from pipeline.folder import RunFolder
    from pipeline.names import slug
    from reindex.client import connect
    from reindex.flow import CoursesFlow
    from reindex.settings import ClusterSettings, ReindexSettings

    run = owner()
    try:
        settings = ReindexSettings()
        with connect(ClusterSettings()) as client:
            yield CoursesFlow(client, settings, run, RunFolder.of(settings.staging_url, slug(run)))
    except PipelineError as error:
        fail(str(error))


def owner() -> str:
    """Who holds the lock while a command works: this person, machine and process."""
    return f"{getpass.getuser()} at {socket.gethostname()} (python -m reindex, process {os.getpid()})"


if __name__ == "__main__":
    app()
