"""Two answers, as the server gives them: which parts of them are the same."""

from typing import Any

import pytest

from reindex.queries.answers import Difference, differences
from reindex.queries.ask import Answer
from reindex.queries.scores import parts


def buckets(*counts: tuple[str, int], error: int = 0, **below: Any) -> Answer:
    made = [{"key": key, "doc_count": count, **below} for key, count in counts]
    found = {"doc_count_error_upper_bound": error, "sum_other_doc_count": 0, "buckets": made}
    return Answer(total=9, aggregations={"level": found})


def value(number: object) -> Answer:
    return Answer(total=9, aggregations={"price": {"value": number}})


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (buckets(("a", 2), ("b", 1)), buckets(("a", 2), ("b", 1))),
        (buckets(("a", 2)), buckets(("a", 2), error=3)),
        (value(0.1 + 0.2), value(0.3)),
        (value(None), value(None)),
        (Answer(total=9, milliseconds=4), Answer(total=9, milliseconds=40)),
    ],
    ids=["buckets", "an estimate of the error", "sums of fractions", "no value", "times"],
)
def test_the_same(source: Answer, target: Answer):
    assert list(differences(source, target)) == []


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        (Answer(total=9), Answer(total=8), Difference("total", 9, 8)),
        (buckets(("a", 2)), buckets(("a", 1)), Difference("value", 2, 1, at="level, a")),
        (buckets(("a", 2)), buckets(), Difference("value", 2, None, at="level, a")),
        (buckets(), buckets(("a", 2)), Difference("value", None, 2, at="level, a")),
        (
            buckets(("a", 2), ("b", 2)),
            buckets(("b", 2), ("a", 2)),
            Difference("place", "a", "b", at="level", place=1),
        ),
        (
            buckets(("a", 2), price={"value": 3.5}),
            buckets(("a", 2), price={"value": 3.25}),
            Difference("value", 3.5, 3.25, at="level, a, price, value"),
        ),
        (value(3), value(None), Difference("value", 3, None, at="price, value")),
        (value("x" * 100), value(1), Difference("value", "x" * 79 + "…", 1, at="price, value")),
        (value(1), Answer(total=9), Difference("value", "{'value': 1}", None, at="price")),
    ],
)
def test_a_difference(source: Answer, target: Answer, found: Difference):
    assert list(differences(source, target)) == [found]


def explained(*, word: str = "python", place: int = 4, freq: float = 1.0, n: int = 5, dl: float = 3.0) -> Any:
    """The score of one word, as Lucene explains it."""
    idf = [
        {"value": n, "description": "n, number of documents containing term", "details": []},
        {"value": 90, "description": "N, total number of documents with field", "details": []},
    ]
    tf = [
        {"value": freq, "description": "freq, occurrences of term within document", "details": []},
        {"value": dl, "description": "dl, length of field", "details": []},
        {"value": 3.1 * n, "description": "avgdl, average length of field", "details": []},
    ]
    factors = [
        {
            "value": 1 / n,
            "description": "idf, computed as log(1 + (N - n + 0.5) / (n + 0.5)) from:",
            "details": idf,
        },
        {"value": 0.4, "description": "tf, computed as freq / (freq + k1 * (…)) from:", "details": tf},
    ]
    weight = f"weight(cours.titre:{word} in {place}) [PerFieldSimilarity], result of:"
    return {"value": 0.4 / n, "description": weight, "details": factors}


def test_the_statistics_of_an_index_and_the_place_on_the_disk_are_no_part_of_a_score():
    assert parts(explained()) == parts(explained(n=17, place=1234))


@pytest.mark.parametrize(
    "other", [{"word": "linux"}, {"freq": 2.0}, {"dl": 4.0}], ids=["word", "frequency", "length"]
)
def test_words_frequencies_and_lengths_are(other: dict[str, Any]):
    assert parts(explained()) != parts(explained(**other))
