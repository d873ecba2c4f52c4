"""What becomes of every workbook of a folder: `python -m tests.corpora FOLDER`.

Each is read in a process of its own, and an .xlsx once more by openpyxl. Prints the classes of outcome, ends
with 1 when one is a defect: a traceback, an abort, more than 20 s or 1 GB, a cell that differs. Outcomes
are kept in `var/corpora/<folder>.jsonl`: a second call goes on where the first one ended.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from etl.workbook.found import SUFFIXES
from tests.corpora.outcome import LARGEST_MB, LONGEST_SECONDS, Outcome, outcome_of

KEPT = Path(__file__).resolve().parents[2] / "var" / "corpora"

console = Console()


def main(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of workbooks.")],
    again: Annotated[bool, typer.Option("--again", help="Read all of them anew.")] = False,
) -> None:
    """Read every workbook of a folder and tell what became of them."""
    kept = KEPT / f"{folder.name}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    if again:
        kept.unlink(missing_ok=True)
    outcomes = _kept(kept)
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    with kept.open("a") as file:
        for path in paths:
            name = str(path.relative_to(folder))
            if name not in outcomes:
                outcomes[name] = outcome_of(path)
                file.write(json.dumps({"name": name, **vars(outcomes[name])}) + "\n")
                file.flush()
    found = {str(path.relative_to(folder)): outcomes[str(path.relative_to(folder))] for path in paths}
    raise typer.Exit(_tell(found))


def _kept(kept: Path) -> dict[str, Outcome]:
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    return {line.pop("name"): Outcome(**line) for line in lines}


def _tell(outcomes: dict[str, Outcome]) -> int:
    for kind, count in Counter(each.kind for each in outcomes.values()).most_common():
        console.print(f"{count:>6}  {kind}", highlight=False)
    defects = {name: each for name, each in outcomes.items() if each.is_defect}
    for name, each in defects.items():
        console.print(f"{name}: {each.kind}: {each.detail} ({each.seconds:.1f} s, {each.megabytes:.0f} MB)")
    cells = sum(each.cells for each in outcomes.values())
    slowest = max((each.seconds for each in outcomes.values()), default=0)
    largest = max((each.megabytes for each in outcomes.values()), default=0)
    console.print(
        f"{len(outcomes)} workbooks, {cells:,} cells compared, slowest {slowest:.1f} s (at most "
        f"{LONGEST_SECONDS}), largest {largest:.0f} MB (at most {LARGEST_MB}), {len(defects)} defects."
    )
    return 1 if defects else 0


if __name__ == "__main__":
    typer.run(main)
