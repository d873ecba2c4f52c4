"""Benchmarks against their limits: `python -m tests.benchmarks users --rows 200000 --repeat 3 --million`.

Prints a table, writes `var/bench/users.json`, and ends with 1 when a limit is not met.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from tests.benchmarks import users
from tests.benchmarks.report import print_report, write_report

FOLDER = Path(__file__).resolve().parents[2] / "var" / "bench"


def main(
    bench: Annotated[Literal["users"], typer.Argument(help="Which benchmark.")] = "users",
    rows: Annotated[int, typer.Option(min=1_000, help="Rows of the workbook.")] = 200_000,
    repeat: Annotated[int, typer.Option(min=1, help="The median of so many runs counts.")] = 3,
    million: Annotated[bool, typer.Option("--million", help="Also 1,000,000 rows: time and memory.")] = False,
) -> None:
    """Measure, compare with the limits, and say which are met."""
    console = Console()
    report = users.run(FOLDER, rows=rows, repeat=repeat, million=million, progress=console.log)
    write_report(report, FOLDER / f"{bench}.json")
    print_report(report, console)
    raise typer.Exit(0 if report.met else 1)


if __name__ == "__main__":
    typer.run(main)
