"""`expect_sheets_to_be_whole`: what was read of each sheet is all that its own records have."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pandas as pd
from great_expectations.compatibility import pydantic

from gx.columns import Columns
from gx.expectations.sentences import FRAME, Seen, SentenceExpectation
from report.gate_report import Measure
from report.said import Said, joined, say

SHOWN = 10
"""Differences that a sentence names."""


class ExpectSheetsToBeWhole(SentenceExpectation):
    """Expect as many rows and filled cells of each sheet as its own records have, counted without the reader.

    counted: per sheet `workbook`, `sheet`, `rows`, and `cells`: per header how many cells are filled by the
    records of the sheet, and how many of them are in the batch. The rows are counted in the batch.
    Observed: `200,000 rows and 2,198,645 cells, in 1 sheet`.
    """

    counted: list[dict[str, Any]] = pydantic.Field(description="What the sheets' own records have.")

    metric_dependencies: ClassVar[tuple[str, ...]] = (FRAME,)
    success_keys: ClassVar[tuple[str, ...]] = ("counted",)
    args_keys: ClassVar[tuple[str, ...]] = ("counted",)

    def reads(self) -> Columns | None:
        """Where each row comes from."""
        return frozenset({"workbook", "sheet"})

    def look(self, metrics: dict[str, Any]) -> Seen:
        """What is missing, or too much."""
        wrong = list(_differences(self.counted, _rows(metrics[FRAME])))
        more = len(wrong) - SHOWN
        if more > 0:
            wrong = [*wrong[:SHOWN], say("{more:number} more", "{more:number} de plus", more=more)]
        return Seen(
            success=not wrong,
            sentence=joined(wrong) if wrong else _whole(self.counted),
            measure=Measure(len(wrong) + max(0, more - 1), high=0, unit="number"),
        )


def _rows(frame: pd.DataFrame) -> Counter[tuple[str, str]]:
    sizes = frame.groupby(["workbook", "sheet"], observed=True).size().reset_index(name="rows")
    return Counter(
        {(str(book), str(sheet)): int(rows) for book, sheet, rows in sizes.itertuples(index=False)}
    )


def _differences(counted: list[dict[str, Any]], rows: Mapping[tuple[str, str], int]) -> Iterator[Said]:
    for sheet in counted:
        where = f"{sheet['workbook']}, {sheet['sheet']}"
        read = rows[sheet["workbook"], sheet["sheet"]]
        if read != sheet["rows"]:
            yield say(
                "{where}: {counted:row|rows} in the file, {read:number} read",
                "{where} : {counted:ligne|lignes} dans le fichier, {read:number} lues",
                where=where,
                counted=sheet["rows"],
                read=read,
            )
        for header, (there, taken) in sheet["cells"].items():
            if there != taken:
                yield say(
                    "{where}, {header}: {counted:filled cell|filled cells} in the file, {read:number} read",
                    "{where}, {header} : {counted:cellule remplie|cellules remplies} dans le fichier, "
                    "{read:number} lues",
                    where=where,
                    header=header,
                    counted=there,
                    read=taken,
                )


def _whole(counted: list[dict[str, Any]]) -> Said:
    return say(
        "{rows:row|rows} and {cells:cell|cells}, in {sheets:sheet|sheets}",
        "{rows:ligne|lignes} et {cells:cellule|cellules}, dans {sheets:feuille|feuilles}",
        rows=sum(sheet["rows"] for sheet in counted),
        cells=sum(there for sheet in counted for there, _ in sheet["cells"].values()),
        sheets=len(counted),
    )
