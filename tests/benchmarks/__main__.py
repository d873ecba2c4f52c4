"""Benchmarks against their limits: `python -m tests.benchmarks users`, `… reindex`, `… report`.

Prints a table, writes it to `var/bench/<name>.json`, and ends with 1 when a limit is not met.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.benchmarks import quality, reindex, users
from tests.benchmarks.report import Report, print_report, write_report

FOLDER = Path(__file__).resolve().parents[2] / "var" / "bench"

console = Console()
app = typer.Typer(add_completion=False, help="Measure, compare with the limits, and say which are met.")


@app.command("users")
def measure_users(
    rows: Annotated[int, typer.Option(min=1_000, help="Rows of the workbook.")] = 200_000,
    repeat: Annotated[int, typer.Option(min=1, help="The median of so many runs counts.")] = 3,
    million: Annotated[bool, typer.Option("--million", help="Also 1,000,000 rows: time and memory.")] = False,
) -> None:
    """The users flow against the row-by-row way."""
    _tell(users.run(FOLDER, rows=rows, repeat=repeat, million=million, progress=console.log), "users")


@app.command("reindex")
def measure_reindex(
    documents: Annotated[int, typer.Option(min=1_000, help="Courses of the index.")] = 300_000,
    repeat: Annotated[int, typer.Option(min=2, help="The median of so many runs counts.")] = 5,
) -> None:
    """The copy against a bare `_reindex`, the comparison, and the swap."""
    _tell(reindex.run(documents=documents, repeat=repeat, progress=console.log), "reindex")


@app.command("report")
def measure_report(
    verdicts: Annotated[int, typer.Option(min=1_000, help="Stored verdicts, of five gates.")] = 20_000,
    repeat: Annotated[int, typer.Option(min=1, help="The median of so many times counts.")] = 9,
) -> None:
    """The overview and publishing over a long history, against a short one."""
    _tell(quality.run(FOLDER, verdicts=verdicts, repeat=repeat, progress=console.log), "report")


def _tell(report: Report, name: str) -> None:
    write_report(report, FOLDER / f"{name}.json")
    print_report(report, console)
    raise typer.Exit(0 if report.met else 1)


if __name__ == "__main__":
    app()
