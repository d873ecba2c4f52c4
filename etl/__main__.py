"""`python -m etl`: what a person does to the users outside a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.command_line import engine_of, fail
from pipeline.errors import PipelineError
from pipeline.messages import first_line

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from etl.settings import UsersSettings
    from etl.upkeep.erase import Erased

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


@app.callback()
def users() -> None:
    """What a person does to the users outside a run. Needs ETL_DATABASE_URL; see `.env.example`."""


@app.command()
def erase(email: Annotated[str, typer.Argument(help="Email of the person, whatever its case.")]) -> None:
    """Delete every row of one person: users, quarantine, staging tables, runs' folders, rejected workbooks.

    Lines of the quality report that name the person's masked email are blanked.
    Exit code 1 when a file could not be read: the rows in all other places are deleted then, too.
    """
    from etl.upkeep.erase import erase as erase_person

    with connected() as (engine, settings):
        erased = erase_person(engine, settings, email)
    erased = with_report(erased)
    for place, rows in erased.places.items():
        typer.echo(f"{rows:>7,} rows  {place}")
    for workbook in erased.by_hand:
        typer.echo(f"   look yourself: {workbook} cannot be rewritten here")
    for place, reason in erased.unread.items():
        typer.echo(f"   not read: {place}: {reason}")
    typer.echo(f"{erased.total:>7,} rows of {erased.email} erased.")
    for account in erased.accounts:
        typer.echo(f"The account {account} stays in the platform: delete it there, as its own pages do.")
    typer.echo(f"Remove the person from {settings.users_path}, too: the next run would load it again.")
    if erased.unread:
        fail(
            f"Not read, so the person may still be in there: {', '.join(erased.unread)}. "
            "Repair or delete them, then erase again."
        )


@app.command()
def duplicates() -> None:
    """List the persons who share an email, whatever its case: in full, for the owner of the data."""
    from etl.postgres.guard import duplicates as find
    from etl.postgres.stored import stored
    from etl.postgres.target import TARGETS

    with connected("Nothing was changed.") as (engine, settings), engine.connect() as connection:
        users = stored(connection, TARGETS[settings.users_target])
        found = find(connection, users)
    for each in found:
        typer.echo(each.email)
        for key, spelled, name in each.persons:
            typer.echo(f"    {key}  {spelled}  {name}")
    persons = sum(len(each.persons) for each in found)
    table = users.person.table.name
    typer.echo(f"{len(found):,} emails that several persons have; {persons:,} rows of {table}.")
    if not found:
        typer.echo("Keep it so: python -m etl guard")


@app.command()
def guard() -> None:
    """Make the unique index on lower(email), while everybody reads and writes. Nothing is deleted."""
    from etl.postgres.guard import guard as make
    from etl.postgres.target import TARGETS

    with connected("Nothing was changed.") as (engine, settings):
        target = TARGETS[settings.users_target]
        name = make(engine, target)
    typer.echo(f"{target.person.table}: the index {name} keeps every email unique, whatever its case.")


def with_report(erased: "Erased") -> "Erased":
    """The same, and what was blanked in the quality report: its lines name a person by a masked email."""
    from dataclasses import replace

    from report.erasure import erase as erase_from_report
    from report.settings import QualitySettings
    from report.store import Store

    settings = QualitySettings()
    # The address of the database has a variable of its own where it is another one than the users'.
    engine = engine_of(settings.database_url, "ETL_DATABASE_URL")
    try:
        lines = erase_from_report(Store(settings.path), engine, erased.masked)
    except Exception as error:  # noqa: BLE001 - whatever a storage's client raises
        return replace(erased, unread={**erased.unread, settings.path: first_line(error)})
    places = {f"{settings.path.rstrip('/')}/{folder}": count for folder, count in lines.items()}
    return replace(erased, places={**erased.places, **places})


@contextmanager
def connected(nothing: str = "Nothing was erased.") -> "Iterator[tuple[Engine, UsersSettings]]":
    """An engine and the settings; what goes wrong is one line on stderr and exit code 1.

    nothing: what is said of the database when it does not answer.
    """
    from sqlalchemy.exc import DBAPIError

    from etl.settings import UsersSettings

    try:
        settings = UsersSettings()
        yield engine_of(settings.database_url, "ETL_DATABASE_URL"), settings
    except PipelineError as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"{first_line(error.orig)} (ETL_DATABASE_URL). {nothing}")


if __name__ == "__main__":
    app()
