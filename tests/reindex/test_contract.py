"""What a course is, said in one place."""

import pytest

from reindex import contract

FIELDS = (
    "url",
    "cours.titre",
    "cours.description",
    "cours.lien",
    "cours.contenus.paragraphs",
    "cours.niveau",
    "cours.duree",
    "cours.categories",
    "predictions.predicted_category",
    "predictions.predicted_level",
)


def test_its_fields_are_those_of_the_mapping():
    assert contract.fields() == FIELDS
    assert {*contract.REQUIRED, contract.DESCRIPTION, contract.LEVEL} < set(FIELDS)


@pytest.mark.parametrize(
    "other",
    [
        {"_id": "b", "_source": {"n": 1}},
        {"_id": "a", "_routing": "r", "_source": {"n": 1}},
        {"_id": "a", "_source": {"n": 1.0}},
        {"_id": "a", "_source": {"n": True}},
        {"_id": "a", "_source": {"n": "1"}},
        {"_id": "a", "_source": {"n": 2**70}},
        {"_id": "a", "found": False},
    ],
    ids=["id", "routing", "float", "bool", "text", "large", "gone"],
)
def test_another_document_is_not_the_same(other: dict[str, object]):
    assert contract.content(other) != contract.content({"_id": "a", "_source": {"n": 1}})


def test_the_order_of_keys_and_what_else_a_hit_has_do_not_count():
    hit = {"_id": "a", "_source": {"n": 1, "m": {"k": 2**70, "l": 2}}, "sort": [7]}
    asked_for = {"_id": "a", "found": True, "_source": {"m": {"l": 2, "k": 2**70}, "n": 1}}
    assert contract.content(hit) == contract.content(asked_for)
