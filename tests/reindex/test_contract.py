"""What a course is, said in one place."""

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


def test_a_document_that_is_gone_is_not_the_same():
    there = {"_id": "a", "_source": {"n": 1}}
    assert contract.content(there) != contract.content({"_id": "a", "found": False})


def test_the_order_of_keys_and_what_else_a_hit_has_do_not_count():
    hit = {"_id": "a", "_source": {"n": 1, "m": {"k": 2**70, "l": 2}}, "sort": [7]}
    asked_for = {"_id": "a", "found": True, "_source": {"m": {"l": 2, "k": 2**70}, "n": 1}}
    assert contract.content(hit) == contract.content(asked_for)
