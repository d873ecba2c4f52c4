"""`python -m gx`: questions about gates that need no run."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.command_line import engine_of, fail
from pipeline.errors import PipelineError
from pipeline.messages import first_line
from report.settings import QualitySettings

if TYPE_CHECKING:
    from gx.backtest import Retried

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)

EXAMPLE = "e.g. python -m gx backtest orders --max-null-ratio 0.02"
VARIABLE = "QUALITY_DATABASE_URL (or ETL_DATABASE_URL)"
EVERYTHING = 1_000_000


@app.callback()
def gates() -> None:
    """Questions about gates that need no run. Needs QUALITY_DATABASE_URL or ETL_DATABASE_URL."""


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def backtest(
    context: typer.Context,
    gate: Annotated[str, typer.Argument(help="Name of a suite.")],
    since: Annotated[datetime | None, typer.Option(help="Only runs from this day on.")] = None,
) -> None:
    """Say how often a gate would have closed with another threshold, such as --min-valid-ratio 0.85."""
    from sqlalchemy.exc import DBAPIError

    from gx.backtest import backtest as decide_again
    from gx.suites import load
    from report.history import create, reports_of_gate

    threshold, value = threshold_of(context.args)
    try:
        suite, engine = load(gate), engine_of(QualitySettings().database_url, VARIABLE)
        create(engine)
        from_day = since.replace(tzinfo=since.tzinfo or UTC) if since else None
        reports = reports_of_gate(engine, suite.name, limit=EVERYTHING, since=from_day)
        found = list(decide_again(list(reversed(reports)), suite, threshold, value))
    except PipelineError as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"{first_line(error.orig)} ({VARIABLE}).")
    show(found, f"{gate} with {threshold} = {value:g}", left_out=len(reports) - len(found))


def show(found: "Sequence[Retried]", what: str, *, left_out: int) -> None:
    """Print a line a decision, then how often it would have closed."""
    for each in found:
        then, again = (("open" if passed else "closed") for passed in (each.passed, each.would_pass))
        change = "" if each.passed == each.would_pass else f"  now {again}"
        note = "  warning" if each.would_fail and each.would_pass else ""
        typer.echo(
            f"{each.when:%Y-%m-%d %H:%M}  {then:<6}  {each.value:>12}  {again:<6}  {each.run}{change}{note}"
        )
    would, did = sum(not each.would_pass for each in found), sum(not each.passed for each in found)
    typer.echo(f"{what}: of {len(found):,} verdicts {would:,} would be closed ({did:,} were).")
    typer.echo(f"The check itself would fail in {sum(each.would_fail for each in found):,}.")
    if left_out:
        typer.echo(f"{left_out:,} verdicts do not say what was measured, and are left out.")


def threshold_of(arguments: Sequence[str]) -> tuple[str, float]:
    """The one threshold among the arguments: `--min-valid-ratio 0.85`, or with `=`."""
    parts = [part for argument in arguments for part in argument.split("=", 1)]
    if len(parts) != 2 or not parts[0].startswith("--"):
        fail(f"One threshold and its value are needed ({EXAMPLE}).")
    try:
        return parts[0].removeprefix("--").replace("-", "_"), float(parts[1])
    except ValueError:
        fail(f"{parts[0]} = {parts[1]!r} is no number ({EXAMPLE}).")


if __name__ == "__main__":
    app()
