"""What our command lines share: one line for what goes wrong, and a database by its URL."""

from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

EXAMPLE = "e.g. postgresql+psycopg2://user:password@host/elearning_db"


def fail(message: str) -> NoReturn:
    """Print one line on stderr and end with exit code 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)


def engine_of(url: str | None, variable: str) -> "Engine":
    """An engine on the database of a URL, which holds a password and so is in no message.

    variable: the environment variable that it is from. Fails in one line without one, or with a wrong one.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError

    if not url:
        fail(f"{variable} is not set: which database? ({EXAMPLE})")
    try:
        return create_engine(url)
    except (ArgumentError, ImportError, ValueError):
        fail(f"{variable} is no URL of a database that can be used here ({EXAMPLE}).")
