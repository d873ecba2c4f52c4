"""Which row is the header, and which column is what."""

import pytest

from etl.errors import WorkbookError
from etl.workbook import header


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Nom", "full_name"),
        ("  NOM ", "full_name"),
        ("Age", "age"),
        ("A\u0302ge", "age"),  # decomposed accent
        ("E-mail", "email"),
        ("Telephone", "phone"),
        ("langue_preferee", "preferred_language"),
        ("Mode d’apprentissage", "learning_mode"),  # typographic apostrophe
        ("CENTRES D'INTERET", "interests"),
        ("Expérience (années)", "total_experience_years"),
        ("Niveau_predits", "predicted_level"),
        ("Niveau prédits", "predicted_level"),
        ("Courriel", None),
        ("", None),
        (None, None),
    ],
)
def test_a_column_is_recognised_whatever_its_case_accents_and_spaces(text, field):
    assert header.field_of(text) == field


def test_the_header_is_the_row_that_names_most_columns():
    found = header.locate([("Nom : liste 2026", None), (None, None), ("Nom", "Email"), ("Zoé", "zoe@x.fr")])
    assert found is not None
    assert (found.row, found.fields) == (2, ("full_name", "email"))


def test_an_empty_sheet_has_no_header():
    assert header.locate([(None, " ")]) is None


def test_a_missing_required_column_names_what_was_found():
    found = header.locate([("Nom", "Courriel")])
    with pytest.raises(
        WorkbookError, match=r"u\.xlsx, sheet 'S', row 1: no column 'Email' \(found: Nom, Courriel\)"
    ):
        header.check(found, workbook="u.xlsx", sheet="S")


@pytest.mark.parametrize(
    "cells",
    [("Zoé Martin", "31", "zoe@x.fr", None, " "), ("Zoé Martin", "Email", "zoe@x.fr")],
    ids=["a row of users", "one whose cell reads like a header"],
)
def test_what_may_be_a_user_is_counted_and_never_shown(cells):
    found = header.locate([cells])
    with pytest.raises(WorkbookError, match=r"row 1: no column 'Nom'.*\(filled cells: 3; not") as refusal:
        header.check(found, workbook="u.xlsx", sheet="S")
    assert not [cell for cell in ("Zoé", "31", "zoe@x.fr") if cell in str(refusal.value)]
    assert "Name the columns in a row above the users." in str(refusal.value)


@pytest.mark.parametrize("row", [("Nom\ncomplet", "Cour\x0briel"), ("E-\nmail", "Nom", "Email")])
def test_a_header_of_two_lines_is_shown_on_one(row):
    with pytest.raises(WorkbookError) as refusal:
        header.check(header.locate([row]), workbook="u.xlsx", sheet="S")
    assert len(str(refusal.value).splitlines()) == 1


def test_a_control_character_in_a_header_is_a_space():
    found = header.locate([("Nom", "Email", "Centres\x0bd'intérêt", "No\x00te", "\x07")])
    assert found.texts[2:] == ("Centres d'intérêt", "No te", " ")
    assert header.column_names(found)[2:] == ["interests", "source:No te", "source:column 5"]


def test_the_same_column_twice_names_both_places():
    found = header.locate([("Nom", "Email", "E-mail")])
    with pytest.raises(
        WorkbookError, match=r"'Email' \(column 2 of its table\), 'E-mail' \(column 3 of its table\)"
    ):
        header.check(found, workbook="u.xlsx", sheet="S")


def test_unknown_columns_keep_their_text_and_get_a_number_when_there_twice():
    found = header.locate([("Nom", "Email", "Note", "Note", None, "_reasons")])
    names = ["full_name", "email", "source:Note", "source:Note (2)", "source:column 5", "own:_reasons"]
    assert header.column_names(found) == names


def test_a_long_header_is_shown_shortened():
    found = header.locate([tuple(f"Colonne {n}" for n in range(20))])
    assert header.shown(found).endswith("Colonne 14, … 5 more")
