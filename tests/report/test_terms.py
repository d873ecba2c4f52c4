"""The few English terms that a report stores."""

from report.terms import EMPTY_BATCH, term


def test_a_doubt_and_a_unit_are_found_in_french():
    assert term(EMPTY_BATCH.en, "en") == "the batch is empty"
    assert term(EMPTY_BATCH.en, "fr") == "le lot est vide"
    assert term("rows", "fr") == "lignes"


def test_what_is_not_known_stays_as_it_is():
    assert term("invoices", "fr") == "invoices"
