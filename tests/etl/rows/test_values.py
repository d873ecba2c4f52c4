"""A filled cell gives a value or a reason, never neither, whatever the column and whatever stands in it."""

import re
import sys
import unicodedata

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.contract import COLUMNS, EMAIL_PATTERN, RANGES, VALUE_SETS, Column, Reason
from etl.rows import spelling
from etl.rows.interests import interests
from etl.rows.values import read
from etl.visible import INVISIBLE, VISIBLE_PATTERN, is_visible
from etl.workbook.no_value import FORMULA_WITHOUT_VALUE
from tests.frames import verdicts
from tests.hostile_cells import CELLS, TEXTS

COLUMN = {column.field: column for column in COLUMNS}
bounded = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def series(cells: list[str | None]) -> pd.Series:
    return pd.Series(cells, dtype="str")


@pytest.mark.parametrize("column", COLUMNS, ids=[column.field for column in COLUMNS])
@bounded
@given(cells=st.lists(CELLS, min_size=1, max_size=12))
@example(cells=["٢٥", "2⁵", ", ;", "#N/A", FORMULA_WITHOUT_VALUE, "\u200b", "9" * 400, "NaN"])
def test_a_filled_cell_gives_a_value_or_a_code(column: Column, cells: list[str | None]):
    found = read(column, series(cells))
    required = {Reason.MISSING_NAME, Reason.MISSING_EMAIL}
    for place, cell in enumerate(cells):
        has_value, codes = (
            found.values.notna()[place],
            {code for code, flag in found.flags.items() if flag[place]},
        )
        if is_visible(cell):
            assert has_value != bool(codes), (cell, codes)
            assert len(codes) <= 1
            assert not codes & required
        else:
            assert not has_value
            assert bool(codes) == column.required
            assert codes <= required


@bounded
@given(cells=st.lists(TEXTS, min_size=1, max_size=6))
def test_a_value_is_one_that_the_gates_allow(cells: list[str]):
    values = {field: read(column, series(cells)).values.dropna() for field, column in COLUMN.items()}
    assert all(re.fullmatch(EMAIL_PATTERN, email) for email in values["email"])
    assert all(re.search(VISIBLE_PATTERN, name) for name in values["full_name"])
    assert all(set(values[field]) <= set(allowed) for field, allowed in VALUE_SETS.items())
    assert all(values[field].between(low, high).all() for field, (low, high) in RANGES.items())


@bounded
@given(cell=TEXTS)
@example(cell="\u212aelvin@x.fr")
@example(cell=" İnfo@X.FR\u00a0")
def test_an_email_is_folded_by_the_case_of_ascii_and_spaces_around_it_and_nothing_else(cell: str):
    [key] = spelling.email_keys(series([cell]))
    if is_visible(cell) and cell.strip() != FORMULA_WITHOUT_VALUE:
        assert key == cell.strip().encode().lower().decode()
        assert list(spelling.email_keys(series([key]))) == [key]
    else:
        assert pd.isna(key)


@pytest.mark.parametrize(
    "typed",
    ["İnfo@x.fr", "\u212aim@x.fr", "straße@x.fr", "ﬁlm@x.fr", "zoe＠x.fr", "ｚｏｅ@x.fr", "zoe\u200b@x.fr",
     "\ufeffzoe@x.fr", "zo\u00ade@x.fr", "zoe@x．fr", "zoe@ſx.fr", "x\u0304@x.fr",
     "①@x.fr"],
)  # fmt: skip
def test_what_could_be_taken_for_another_persons_address_is_ambiguous(typed: str):
    (row,) = verdicts({"email": typed}).itertuples()
    assert (row.status, row.reasons) == ("rejected", "ambiguous_email")


@pytest.mark.parametrize(
    "typed", ["zoé@x.fr", "zoe@müller.de", "почта@x.fr", "İnfo", "ınfo@x.fr", "用户@例子.中国"]
)
def test_an_address_beyond_ascii_that_looks_like_no_other_is_invalid(typed: str):
    (row,) = verdicts({"email": typed}).itertuples()
    assert (row.status, row.reasons) == ("rejected", "invalid_email")


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("age", "٢٥", 25),
        ("age", "२५", 25),
        ("age", "２５", 25),
        ("age", "٢٥٫٠", 25),
        ("total_experience_years", "٢٫٥", 2.5),
        ("total_experience_years", "２,５", 2.5),
    ],
)
def test_numbers_are_read_in_the_digits_of_any_script(field: str, typed: str, stored: float):
    (row,) = verdicts({field: typed}).to_dict("records")
    assert (row["status"], row["warnings"], row[field]) == ("valid", "", stored)


@pytest.mark.parametrize(
    "typed", ["2⁵", "②⑤", "½", "ⅩⅩⅤ", "二十五", "2 5", "1e1", "0x19", "25%", "−25", "２５ ans", "٢٬٥"]
)
def test_what_is_no_plain_number_is_said_so_and_stored_by_nobody(typed: str):
    (row,) = verdicts({"age": typed, "total_experience_years": typed}).to_dict("records")
    assert (row["reasons"], row["warnings"]) == ("age_not_a_number", "unknown_total_experience_years")
    assert pd.isna(row["age"])


@pytest.mark.parametrize(
    ("field", "typed", "warning"),
    [
        ("interests", ", ;|\n", "unknown_interests"),
        ("interests", ",\u200b,", "unknown_interests"),
        ("interests", "#N/A", "unknown_interests"),
        ("phone", "#REF!", "unknown_phone"),
        ("predicted_level", FORMULA_WITHOUT_VALUE, "formula_without_value_predicted_level"),
        ("gender", FORMULA_WITHOUT_VALUE, "formula_without_value_gender"),
    ],
)
def test_a_filled_cell_without_a_value_leaves_what_is_stored(field: str, typed: str, warning: str):
    (row,) = verdicts({field: typed}).to_dict("records")
    assert (row["status"], row["warnings"], row["keep"]) == ("valid", warning, f"|{field}|")


def test_a_formula_without_a_value_is_the_reason_in_a_strict_column_once():
    rows = verdicts(
        *({field: FORMULA_WITHOUT_VALUE} for field in ("full_name", "email", "age")), {"full_name": "#REF!"}
    )
    assert list(rows["reasons"]) == [*["formula_without_value"] * 3, "error_value"]
    assert (
        verdicts({"full_name": FORMULA_WITHOUT_VALUE, "age": FORMULA_WITHOUT_VALUE})["reasons"][0].count("f")
        == 1
    )
    assert pd.isna(rows["email"][1])


def test_nothing_that_unicode_calls_a_space_or_a_control_can_be_seen():
    kinds = {"Cc", "Zs", "Zl", "Zp"}
    unseen = {chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in kinds}
    assert unseen <= set(INVISIBLE)
    assert not [
        letter for letter in INVISIBLE if unicodedata.category(letter)[0] in "LNPS" and letter not in UNSEEN
    ]


UNSEEN = "\u115f\u1160\u2800\u3164\uffa0\U0001d159"
"""Fillers, and signs that are drawn as nothing, which Unicode counts as letters or symbols."""


@pytest.mark.parametrize(
    "text",
    ["\u200b", "\ufeff", "\u00ad", "\u2060", "\u3164", "\uffa0", "\u2800", "\x07\x1f\x7f", "\u202e\u202c",
     "\ufe0f", "\U000e0001\U000e0041", "\u180e", "\u034f", "\u2028\u2029", "\u3000 \t\n", "\U0001d159",
     "\u17b4", "\0", "\uffff"],
)  # fmt: skip
def test_a_text_in_which_nothing_can_be_seen_is_empty_everywhere(text: str):
    (row,) = verdicts({"full_name": text, "phone": text, "interests": f"a,{text}"}).to_dict("records")
    assert (row["reasons"], row["warnings"], row["keep"]) == ("missing_name", "", "")
    assert pd.isna(row["phone"])
    assert list(interests(series([f"a,{text};b"]), pd.Series([0])).labels["label"]) == ["a", "b"]
    assert verdicts({"email": text})["reasons"][0] == "missing_email"


@bounded
@given(text=TEXTS)
def test_transform_and_gate_agree_on_what_can_be_seen(text: str):
    [seen] = spelling.visible(pa.array([text])).to_pylist()
    assert seen == is_visible(text) == bool(re.search(VISIBLE_PATTERN, text))
    assert seen == series([text]).str.contains(VISIBLE_PATTERN, regex=True)[0]


@bounded
@given(cells=st.lists(TEXTS, min_size=1, max_size=4))
def test_no_row_names_a_label_twice_and_no_two_labels_have_one_key(cells: list[str]):
    found = interests(spelling.trimmed(series(cells)), pd.Series(range(len(cells))))
    assert not found.of_rows.duplicated().any()
    keys = [spelling.label_key(label) for label in found.labels["label"]]
    assert len(set(keys)) == len(keys)
    assert all(keys)
    assert set(found.of_rows["number"]) == set(found.labels["number"])
