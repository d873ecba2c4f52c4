"""Which row is the header, and which column is what."""

import pytest

from etl import header
from etl.errors import WorkbookError


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


def test_the_same_column_twice_names_both_places():
    found = header.locate([("Nom", "Email", "E-mail")])
    with pytest.raises(
        WorkbookError, match=r"'Email' \(column 2 of its table\), 'E-mail' \(column 3 of its table\)"
    ):
        header.check(found, workbook="u.xlsx", sheet="S")


def test_unknown_columns_keep_their_text_and_get_a_number_when_there_twice():
    found = header.locate([("Nom", "Email", "Note", "Note", None, "_reasons")])
    names = ["full_name", "email", "source:Note", "source:Note (2)", None, "own:_reasons"]
    assert header.column_names(found) == names


def test_a_long_header_is_shown_shortened():
    found = header.locate([tuple(f"Colonne {n}" for n in range(20))])
    assert header.shown(found).endswith("Colonne 14, … 5 more")
