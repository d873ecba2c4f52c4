"""The engine of the gates knows nobody's data: its words are those of batches, rows and columns."""

import re
from pathlib import Path

import pytest

ENGINE = sorted((Path(__file__).resolve().parent.parent.parent / "gx").glob("*.py"))
DOMAIN = re.compile(r"(?:emails?|users?|workbooks?|replays?|courses?|documents?)(?![a-z])", re.IGNORECASE)
HISTORY = 'Column("replay", Boolean, key="apart", nullable=False)'
"""The table had this column before the engine was anybody's."""


def domain_words(source: str) -> list[str]:
    return DOMAIN.findall(source.replace(HISTORY, ""))


@pytest.mark.parametrize("module", ENGINE, ids=lambda module: module.name)
def test_the_engine_has_no_word_of_a_domain(module: Path):
    assert domain_words(module.read_text()) == []


def test_such_words_are_found():
    assert domain_words('"""An email of a user."""\nreplay_only = courses') == [
        "email",
        "user",
        "replay",
        "courses",
    ]
