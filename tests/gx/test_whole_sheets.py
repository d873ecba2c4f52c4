"""What the reader dropped closes the gate: sheet, column and counts are named, in both languages."""

import pytest

from tests.gx.frames import ALI, ZOE, source

WHOLE = {"workbook": "users.xlsx", "sheet": "Feuil1", "rows": 2, "cells": {"Nom": [2, 2], "Email": [2, 2]}}


def test_as_many_rows_and_cells_as_in_the_file_pass(gate, outcome):
    whole = outcome(gate("users_source", source(ZOE, ALI), counted=[WHOLE]), "Nothing was dropped")
    assert (whole.success, whole.observed) == (True, "2 rows and 4 cells, in 1 sheet")


@pytest.mark.parametrize(
    ("counted", "english", "french"),
    [
        (
            WHOLE | {"rows": 3},
            "users.xlsx, Feuil1: 3 rows in the file, 2 read",
            "users.xlsx, Feuil1\u202f: 3 lignes dans le fichier, 2 lues",
        ),
        (
            WHOLE | {"cells": {"Nom": [2, 1]}},
            "users.xlsx, Feuil1, Nom: 2 filled cells in the file, 1 read",
            "users.xlsx, Feuil1, Nom\u202f: 2 cellules remplies dans le fichier, 1 lues",
        ),
        (
            WHOLE | {"sheet": "Feuil2", "rows": 1, "cells": {}},
            "users.xlsx, Feuil2: 1 row in the file, 0 read",
            "users.xlsx, Feuil2\u202f: 1 ligne dans le fichier, 0 lues",
        ),
    ],
)
def test_what_was_dropped_closes_the_gate(gate, outcome, counted, english, french):
    report = gate("users_source", source(ZOE, ALI), counted=[counted])
    assert not report.passed
    dropped = outcome(report, "Nothing was dropped")
    assert (dropped.severity, dropped.observed) == ("critical", english)
    assert dropped.french.observed == french


def test_of_many_differences_ten_are_named(gate, outcome):
    cells = {f"c{number}": [1, 0] for number in range(10, 24)}
    dropped = outcome(gate("users_source", source(ZOE, ALI), counted=[WHOLE | {"cells": cells}]), "dropped")
    assert dropped.observed.endswith("c19: 1 filled cell in the file, 0 read; 4 more")
