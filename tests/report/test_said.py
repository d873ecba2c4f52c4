"""Numbers and nouns by the rules of each language."""

import pytest

from report.said import Said, at_least, at_most, joined, percent, say


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (0, "0 rows", "0 ligne"),
        (1, "1 row", "1 ligne"),
        (2, "2 rows", "2 lignes"),
        (1000, "1,000 rows", "1\u202f000 lignes"),
        (float("inf"), "∞ rows", "∞ lignes"),
    ],
)
def test_a_noun_follows_its_count(count, english, french):
    assert say("{n:row|rows}", "{n:ligne|lignes}", n=count) == Said(english, french)


@pytest.mark.parametrize(
    ("ratio", "english", "french"),
    [
        (0.8, "80 %", "80\u202f%"),
        (0.713, "71.3 %", "71,3\u202f%"),
        (0.00001, "0.001 %", "0,001\u202f%"),
        (0.9999999, "99.99999 %", "99,99999\u202f%"),
        (1, "100 %", "100\u202f%"),
    ],
)
def test_a_share_has_as_many_digits_as_it_needs(ratio, english, french):
    assert (percent(ratio), percent(ratio, "fr")) == (english, french)


def test_limits_are_said_in_each_language():
    assert at_least(0.8) == Said("at least 80 %", "au moins 80\u202f%")
    assert f"{at_most(0.055)}" == "at most 5.5 %"


def test_decimals_stand_where_they_are_asked_for():
    said = say("{a:decimal} {a:number} {b:number}", "{a:decimal} {a:number} {b:number}", a=1234.0, b=36.25)
    assert said == Said("1,234.0 1,234 36.25", "1\u202f234,0 1\u202f234 36,25")


def test_spaces_of_french_are_those_of_the_sentence_and_not_of_a_value():
    said = say("{what}: yes", "{what} : « oui » ?", what="a : b")
    assert said == Said("a : b: yes", "a : b\u202f: «\u202foui\u202f»\u202f?")


def test_a_sentence_within_a_sentence_is_in_the_same_language():
    assert say("{x}!", "{x} !", x=Said("yes", "oui")) == Said("yes!", "oui\u202f!")


def test_several_sentences_are_one():
    assert joined([Said("a", "à"), Said("b", "bé")]) == Said("a; b", "à\u202f; bé")
