"""Why a check on rows failed, in a sentence with the number that was needed or allowed."""

from collections.abc import Mapping
from typing import Any

import pytest

from report.gate_report import Measure
from report.said import Said
from report.wording import SILENT, reason

VALID = {"label": "valid", "french": {"label": "valides"}}
UNKNOWN = {
    "fault": "with an unknown value",
    "predicate": "have an unknown value",
    "french": {"fault": "avec une valeur inconnue", "predicate": "ont une valeur inconnue"},
}
ANONYMOUS = {"fault": "without a customer", "french": {"fault": "sans client"}}


def rows(bad: int, *, seen: int = 1000, missing: int = 0) -> dict[str, int]:
    return {"element_count": seen + missing, "missing_count": missing, "unexpected_count": bad}


@pytest.mark.parametrize(
    ("result", "meta", "measure", "english", "french"),
    [
        (
            rows(310),
            VALID,
            Measure(0.69, low=0.8),
            "690 of 1,000 rows are valid, 800 are needed",
            "690 lignes sur 1\u202f000 sont valides, il en faut 800",
        ),
        (
            rows(310, missing=500),
            VALID,
            Measure(0.69, low=0.8001),
            "690 of 1,000 rows are valid, 801 are needed",
            "690 lignes sur 1\u202f000 sont valides, il en faut 801",
        ),
        (
            rows(1),
            VALID,
            Measure(0.999, low=1),
            "999 of 1,000 rows are valid, all are needed",
            "999 lignes sur 1\u202f000 sont valides, il les faut toutes",
        ),
        (
            rows(52),
            UNKNOWN,
            Measure(0.052, high=0.05),
            "52 of 1,000 rows have an unknown value, at most 50 are allowed",
            "52 lignes sur 1\u202f000 ont une valeur inconnue, au plus 50 sont admises",
        ),
        (
            rows(2, seen=20),
            ANONYMOUS,
            Measure(0.1, high=0.05),
            "2 of 20 rows without a customer, at most 1 is allowed",
            "2 lignes sur 20 sans client, au plus 1 est admise",
        ),
        (
            rows(2, seen=20),
            ANONYMOUS,
            Measure(0.1, high=0),
            "2 of 20 rows without a customer, none is allowed",
            "2 lignes sur 20 sans client, aucune n’est admise",
        ),
    ],
)
def test_a_reason_counts_the_rows_and_those_that_were_needed_or_allowed(
    result: Mapping[str, Any], meta: Mapping[str, Any], measure: Measure, english: str, french: str
):
    assert reason(result, meta, measure) == Said(english, french)


@pytest.mark.parametrize(
    ("result", "meta", "measure"),
    [
        (rows(3), {}, Measure(0.003, high=0)),
        ({"observed_value": 3}, VALID, Measure(3, low=4, unit="number")),
        (rows(0, seen=0), VALID, None),
    ],
    ids=["rows without words", "no rows", "nothing measured"],
)
def test_without_words_or_counts_there_is_no_reason(result, meta, measure):
    assert reason(result, meta, measure) is SILENT
