"""Sample workbooks in the shape that the learning platform exports, in both generations of its columns.

    python -m local.sample.platform users.xlsx --rows 1000 --plain

The users are those of `local.sample.users`. Beside their columns stand others of the platform, which the
contract does not know: they are reported and left alone.
"""

import unicodedata
from pathlib import Path
from typing import Annotated

import typer
from openpyxl import Workbook

from etl.contract import COLUMNS
from local.sample.users import Defects, users
from pipeline import private

OTHERS = {
    "Objectifs": "Apprendre à mon rythme",
    "Métier souhaité": "Analyste",
    "Diplômes obtenus": "Licence d'économie",
    "Emploi actuel": "Vendeuse",
    "Heures par semaine": 4,
}
"""Columns of the platform that are a person's own, each with what stands in it."""

WITH_ACCENTS = {"predicted_level": "Niveau_prédits"}
"""Spellings of the first generation that are not those of the contract."""


def headers(*, plain: bool) -> list[str]:
    """The platform's headers. plain: its second generation, without accents: `Age`, `Telephone`."""
    names = [*(WITH_ACCENTS.get(column.field, column.header) for column in COLUMNS), *OTHERS]
    return [without_accents(name) for name in names] if plain else names


def without_accents(text: str) -> str:
    """`Téléphone` → `Telephone`."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )


def write_workbook(path: Path, *, rows: int, seed: int = 1, plain: bool = False) -> None:
    """Write a workbook of valid users as the platform exports them. plain: see `headers`."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Export")
    sheet.append(headers(plain=plain))
    for cells in users(rows, seed, Defects(0, 0, 0, 0, 0, 0, 0)):
        sheet.append([*cells, *OTHERS.values()])
    private.make_folder(path.parent)
    private.create_file(path)
    workbook.save(path)


def main(
    path: Annotated[Path, typer.Argument(help="The .xlsx file to write.")],
    rows: Annotated[int, typer.Option(min=1, help="Number of users.")] = 1_000,
    plain: Annotated[bool, typer.Option(help="Headers without accents, as newer exports have them.")] = False,
) -> None:
    """Write a workbook of made-up users in the shape of the platform."""
    write_workbook(path, rows=rows, plain=plain)
    typer.echo(f"{path}: {rows} users, {len(headers(plain=plain))} columns")


if __name__ == "__main__":
    typer.run(main)
