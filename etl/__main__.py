"""`python -m etl`: what a person does to the users outside a run."""

from typing import Annotated

import typer

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


@app.callback()
def users() -> None:
    """What a person does to the users outside a run. Needs ETL_DATABASE_URL; see `.env.example`."""


@app.command()
def erase(email: Annotated[str, typer.Argument(help="Email of the person, whatever its case.")]) -> None:
    """Delete every row of one person: users, quarantine, staging, runs' folders, rejected workbooks."""
    from sqlalchemy import create_engine

    from etl.erase import erase as erase_person
    from etl.settings import UsersSettings

    settings = UsersSettings()
    if not settings.database_url:
        raise typer.BadParameter(
            "ETL_DATABASE_URL is not set: which database? (e.g. postgresql+psycopg2://…)"
        )
    erased = erase_person(create_engine(settings.database_url), settings, email)
    for place, rows in erased.places.items():
        typer.echo(f"{rows:>7,} rows  {place}")
    for workbook in erased.by_hand:
        typer.echo(f"   look yourself: {workbook} cannot be rewritten here")
    typer.echo(f"{erased.total:>7,} rows of {erased.email} erased.")
    typer.echo(f"Remove the person from {settings.users_path}, too: the next run would load it again.")


if __name__ == "__main__":
    app()
