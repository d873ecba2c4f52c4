"""Centres of interest in one cell."""

import pandas as pd

from etl.rows.interests import interests


def split(*cells):
    found = interests(pd.Series(cells, dtype="str"), pd.Series(range(len(cells))))
    rows = found.of_rows.merge(found.labels, on="number")
    return [(int(seq), label) for seq, label in zip(rows["seq"], rows["label"], strict=True)]


def test_labels_are_separated_by_comma_semicolon_bar_or_line_break():
    assert split("Python, Linux;Réseaux|UI/UX\nArt") == [
        (0, label) for label in ("Python", "Linux", "Réseaux", "UI/UX", "Art")
    ]


def test_spaces_are_single_and_empty_labels_left_out():
    assert split(" data   science ,, ;", None) == [(0, "data science")]


def test_one_label_in_several_cases_is_the_first_spelling():
    assert split("Python, PYTHON", "python, Java") == [(0, "Python"), (1, "Python"), (1, "Java")]
