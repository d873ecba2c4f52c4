"""The file with the queries: ours is whole, one's own is read, a broken one is told in one line."""

from pathlib import Path

import pytest

from reindex.checks.cluster import check_queries
from reindex.errors import QueriesError
from reindex.queries.file import OURS, load
from reindex.queries.search import EXACT_TERMS

RELIED_ON = (
    "number of courses",
    "one course by its id",
    "facet by category",
    "facet by level",
    "filter by category",
    "filter by level",
    "full text with a title",
    "full text with a slip of the pen",
    "sort by title",
    "sort by level",
    "sort by category",
)


def test_our_file_has_what_the_platform_relies_on():
    queries = {query.name: query for query in load(None)}
    assert set(RELIED_ON) <= queries.keys()
    full_text = queries["full text with a slip of the pen"].search.query
    assert full_text == {
        "multi_match": {
            "query": "débuter avec pyhton",
            "fields": ["cours.titre^3", "cours.description^2", "cours.contenus.paragraphs"],
            "fuzziness": "AUTO",
        }
    }
    assert check_queries(None) == f"{len(queries)} in {OURS.name}"


def own(folder: Path, text: str) -> str:
    file = folder / "own.yml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_ones_own_file_is_read(tmp_path: Path):
    path = own(tmp_path, "queries: [{name: all, search: {query: {match_all: {}}, sort: url, from: 20}}]")
    [query] = load(path)
    assert (query.name, query.search.size, query.search.skipped, query.search.sort) == (
        "all",
        10,
        20,
        ("url",),
    )
    assert check_queries(path) == f"1 in {path}"


def test_fields_whose_names_only_end_like_those_of_the_server_are_fields(tmp_path: Path):
    [query] = load(own(tmp_path, "queries: [{name: a, search: {sort: [my_doc, {my_score: desc}]}}]"))
    assert not query.search.scored


def test_values_stand_in_the_place_of_their_names_and_terms_are_counted_in_full(tmp_path: Path):
    path = own(
        tmp_path,
        """
        queries:
          - name: facet
            values: {level: niveau}
            search:
              query: {term: {niveau: $level}}
              aggs: {a: {terms: {field: x}, aggs: {b: {terms: {field: y, shard_size: 7}}}}}
        """,
    )
    [query] = load(path)
    search = query.search.filled({"level": "Avancé"})
    assert search.query == {"term": {"niveau": "Avancé"}}
    assert search.aggs == {
        "a": {
            "terms": {"field": "x", "shard_size": EXACT_TERMS},
            "aggs": {"b": {"terms": {"field": "y", "shard_size": 7}}},
        }
    }


BROKEN = {
    "queries: [": "own.yml is no YAML: while parsing",
    "": "own.yml: Input should be",
    "searches: []": "own.yml: queries: Field required (and 1 more)",
    "queries: []": "own.yml: queries: Tuple should have at least 1 item",
    "queries: [{name: a}]": "own.yml: query 1 (a), search: Field required",
    "queries: [{search: {}}]": "own.yml: query 1, name: Field required",
    "queries: [7]": "own.yml: query 1: Input should be a valid dictionary",
    "queries: [{name: a, search: {}}, {name: a, search: {}}]": "own.yml: 2 queries are called 'a'",
    "queries: [{name: a, search: {quer: {}}}]": "query 1 (a), search.quer: Extra inputs are not permitted",
    "queries: [{name: a, search: {size: 1000}}]": "query 1 (a), search.size: Input should be less than",
    "queries: [{name: a, search: {query: {term: {x: $level}}}}]": "query 1 (a): $level is none of its values",
    "queries: [{name: a, search: {sort: _doc}}]": "query 1 (a), search.sort: the order of the disk is not",
    "queries: [{name: a, search: {sort: [{x: asc, y: asc}]}}]": "search.sort: one field an entry",
    "queries: [{name: a, search: {sort: [x, _score]}}]": "_score may only stand first",
    "queries: [{name: a, search: {aggs: {x: {top_hits: {}}}}}]": "x: two answers of top_hits",
    "queries: [{name: a, search: {aggs: {x: {filter: {}, aggs: {y: {global: {}}}}}}}]": "y: two answers",
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), BROKEN.items())
def test_a_broken_file_is_told_in_one_line_with_the_next_step(tmp_path: Path, text: str, told: str):
    with pytest.raises(QueriesError) as broken:
        load(own(tmp_path, text))
    said = str(broken.value)
    assert told in said
    assert "\n" not in said
    assert said.endswith(". Mend it, or set REINDEX_QUERIES to another file.")


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path):
    with pytest.raises(QueriesError, match=r"nowhere\.yml cannot be read: No such file"):
        load(str(tmp_path / "nowhere.yml"))
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(QueriesError, match=r"binary\.yml is no YAML"):
        load(str(tmp_path / "binary.yml"))
