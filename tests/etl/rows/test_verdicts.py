"""The rules on literal rows: which verdict, for which reasons, with which values."""

import numpy as np
import pytest

from etl.rows.verdicts import MOST_CODES, give_verdicts, joined_codes
from tests.frames import source, verdicts


def test_a_row_with_a_name_and_an_email_is_valid():
    (row,) = verdicts({"full_name": "Zoé", "email": "zoe@x.fr"}).to_dict("records")
    assert (row["status"], row["reasons"], row["warnings"]) == ("valid", "", "")


@pytest.mark.parametrize(
    ("cells", "reasons"),
    [
        ({"full_name": None}, "missing_name"),
        ({"full_name": " \u00a0 "}, "missing_name"),
        ({"email": None}, "missing_email"),
        ({"email": "   "}, "missing_email"),
        ({"email": "zoe"}, "invalid_email"),
        ({"email": "zoe@localhost"}, "invalid_email"),
        ({"email": "zoe@x..fr"}, "invalid_email"),
        ({"email": "zoe@-x.fr"}, "invalid_email"),
        ({"email": "zoe martin@x.fr"}, "invalid_email"),
        ({"email": "zoé@x.fr"}, "invalid_email"),
        ({"email": "zoe@x.fr\nbcc:all@x.fr"}, "invalid_email"),
        ({"email": "z" * 250 + "@x.fr"}, "invalid_email"),
        ({"email": "=1+1"}, "invalid_email"),
        ({"email": "ｚｏｅ@x.fr"}, "ambiguous_email"),  # full-width letters
        ({"age": "vingt"}, "age_not_a_number"),
        ({"age": "25.5"}, "age_not_a_number"),
        ({"age": "1998-05-02 00:00:00"}, "age_not_a_number"),
        ({"age": "15"}, "age_out_of_range"),
        ({"age": "101"}, "age_out_of_range"),
        ({"age": "-20"}, "age_out_of_range"),
        ({"age": "9" * 400}, "age_out_of_range"),
        ({"full_name": "", "email": "zoe", "age": "7"}, "missing_name, invalid_email, age_out_of_range"),
    ],
)
def test_a_rejected_row_has_all_its_reasons(cells, reasons):
    (row,) = verdicts(cells).to_dict("records")
    assert (row["status"], row["reasons"]) == ("rejected", reasons)


@pytest.mark.parametrize(
    ("age", "years"), [("16", 16), ("100", 100), ("42.0", 42), ("42,", 42), (" 42 ", 42), ("+42", 42)]
)
def test_an_age_in_range_is_a_whole_number(age, years):
    assert verdicts({"age": age})["age"][0] == years


def test_an_empty_age_is_valid_and_null():
    (row,) = verdicts({"age": None}).itertuples()
    assert row.status == "valid"
    assert verdicts({"age": None})["age"].isna().all()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" ZOE@X.fr ", "zoe@x.fr"),
        ("\u00a0zoe@x.fr", "zoe@x.fr"),
        ("o'brien+news@sub.x.fr", "o'brien+news@sub.x.fr"),
    ],
)
def test_emails_are_normalised_before_they_are_compared(typed, stored):
    (row,) = verdicts({"email": typed}).itertuples()
    assert (row.status, row.email) == ("valid", stored)


def test_the_last_of_two_rows_with_one_email_wins():
    result = verdicts(
        {"full_name": "Zoé", "email": "zoe@x.fr"}, {"full_name": "Zoé B", "email": " ZOE@x.fr "}
    )
    assert list(result.status) == ["duplicate", "valid"]
    assert list(result.reasons) == ["duplicate_email", ""]


def test_a_rejected_row_beats_nobody():
    result = verdicts({"email": "zoe@x.fr", "age": "20"}, {"email": "zoe@x.fr", "age": "7"})
    assert list(result.status) == ["valid", "rejected"]


def test_a_replayed_row_is_older_than_any_other():
    replayed = {"email": "zoe@x.fr", "replay": True, "extracted_at": "2026-11-01T02:00:00Z"}
    result = verdicts({"email": "zoe@x.fr"}, replayed)
    assert list(result.status) == ["valid", "duplicate"]


def test_on_duplicate_fail_leaves_both_rows_to_the_gate():
    result = give_verdicts(source({"email": "zoe@x.fr"}, {"email": "ZOE@x.fr"}), on_duplicate="fail")
    assert list(result.status) == ["valid", "valid"]


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("gender", "Femme", "F"),
        ("gender", "féminin", "F"),
        ("gender", "male", "M"),
        ("gender", "H", "M"),
        ("gender", "Non-binaire", "O"),
        ("gender", "Préfère ne pas dire", "P"),
        ("preferred_language", "Français", "fr"),
        ("preferred_language", "ENGLISH", "en"),
        ("preferred_language", "中文", "zh"),
        ("learning_mode", "Vidéo", "video"),
        ("learning_mode", "pratique", "practice"),
        ("highest_academic_level", "Baccalauréat", "bac"),
        ("highest_academic_level", "Bac+5", "master"),
        ("highest_academic_level", "PhD", "doctorat"),
        ("total_experience_years", "2,5", 2.5),
        ("total_experience_years", "3", 3.0),
        ("phone", " 06 11 ", "06 11"),
        ("predicted_level", "avancé", "avancé"),
    ],
)
def test_optional_values_have_many_spellings(field, typed, stored):
    (row,) = verdicts({field: typed}).to_dict("records")
    assert (row[field], row["warnings"], row["keep"]) == (stored, "", "")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("gender", "?"),
        ("preferred_language", "klingon"),
        ("learning_mode", "télépathie"),
        ("highest_academic_level", "certificat"),
        ("total_experience_years", "-3"),
        ("total_experience_years", "81"),
        ("total_experience_years", "dix"),
    ],
)
def test_an_unknown_optional_value_is_a_warning_and_keeps_what_is_stored(field, typed):
    (row,) = verdicts({field: typed}).to_dict("records")
    assert (row["status"], row["warnings"], row["keep"]) == ("valid", f"unknown_{field}", f"|{field}|")


def test_an_empty_cell_becomes_null_and_an_absent_column_leaves_the_field():
    empty, absent = verdicts({"phone": None}), verdicts({}, absent=("phone",))
    assert (empty["keep"][0], absent["keep"][0]) == ("", "|phone|")


def test_what_a_row_keeps_is_named_in_the_order_of_the_contract():
    result = verdicts({"gender": "?"}, {"learning_mode": "?", "gender": "?"}, absent=("phone", "age"))
    assert list(result["keep"]) == ["|age|gender|phone|", "|age|gender|phone|learning_mode|"]


def test_more_codes_than_can_be_joined_are_refused():
    flags = {f"code_{number}": np.array([True]) for number in range(MOST_CODES + 1)}
    with pytest.raises(ValueError, match="32 codes, more than the 31"):
        joined_codes(flags, 1)
    last = flags.popitem()[0]
    assert last not in joined_codes(flags, 1)[0]
    assert joined_codes(flags, 1)[0].endswith("code_30")


def test_every_row_gets_exactly_one_verdict_and_keeps_its_place():
    result = verdicts({"email": "a@x.fr"}, {"email": "a@x.fr"}, {"email": "b"}, {"full_name": None})
    assert list(result.status) == ["duplicate", "valid", "rejected", "rejected"]
    assert list(result[["workbook", "sheet", "row"]].iloc[3]) == ["data.xlsx", "Feuil1", 5]


def test_no_row_gives_no_verdict():
    assert give_verdicts(source().iloc[:0]).empty


def test_nul_cannot_be_stored_and_becomes_the_replacement_character():
    assert verdicts({"full_name": "Zo\0é"})["full_name"][0] == "Zo\ufffdé"
