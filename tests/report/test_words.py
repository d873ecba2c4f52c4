"""The words of the pages: every key in every language, with the same values put in."""

from string import Formatter

import pytest

from report.said import LANGUAGES
from report.words import WORDS, word


def fields(template: str) -> set[str]:
    """The values that a template puts in."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("key", WORDS)
def test_a_key_has_words_in_each_language_and_they_tell_the_same_values(key: str):
    texts = [WORDS[key].in_language(language) for language in LANGUAGES]
    assert all(text.strip() for text in texts)
    assert fields(texts[0]) == fields(texts[1])


def test_counts_follow_the_plural_rules_of_the_language():
    assert word("strip", "en", n=1) == "Last 1 verdict, the newest at the end"
    assert word("strip", "fr", n=30) == "30 derniers verdicts, le plus récent à la fin"
