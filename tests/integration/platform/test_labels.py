"""Labels in the platform's tables: one cell never closes a gate, nor ends a load."""

from pathlib import Path

import pytest

from etl.rows.spelling import label_key
from tests.integration.flow import Flow
from tests.integration.platform.people import profile
from tests.integration.stored import query
from tests.workbooks import row, workbook

pytestmark = pytest.mark.postgres

TYPED = [
    "İstanbul, istanbul",
    "istanbul, İstanbul, ISTANBUL",
    "\u212aelvin, kelvin",
    "ΟΔΟΣ, οδος, οδοσ",
    "Straße, STRASSE",
    "ﬁlm, film",
]


def test_what_the_database_takes_for_one_label_is_loaded_and_stays(gated: Flow, tmp_path: Path) -> None:
    rows = [row(email=f"user{place}@x.fr", interests=cell) for place, cell in enumerate(TYPED)]
    path = workbook(tmp_path / "d.xlsx", *rows)
    assert gated.run(path).inserted == len(TYPED)
    before = [profile(f"user{place}@x.fr")["interests"] for place in range(len(TYPED))]
    assert gated.run(path, "run-2").unchanged == len(TYPED)
    assert [profile(f"user{place}@x.fr")["interests"] for place in range(len(TYPED))] == before
    assert before[:3] == [["İstanbul"], ["İstanbul"], ["Kelvin"]]


def test_no_database_takes_two_labels_for_one_whose_keys_differ(flow: Flow) -> None:
    letters = query(
        flow.engine,
        "SELECT chr(code) AS letter, lower(chr(code)) AS lower FROM generate_series(1, 131071) AS code "
        "WHERE code NOT BETWEEN 55296 AND 57343",
    )
    folded = [each for each in letters if each["letter"] != each["lower"]]
    assert len(folded) > 1000
    assert [each for each in folded if label_key(each["letter"]) != label_key(each["lower"])] == []
