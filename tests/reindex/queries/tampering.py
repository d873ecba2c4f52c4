"""A client that returns wrong answers of the target: what a broken index would, without breaking one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from elasticsearch import Elasticsearch

from reindex.client import options
from reindex.settings import ClusterSettings

Tamper = Callable[[Any], None]
"""Changes the body of a search's answer."""


def one_document_less_in_one_facet(answer: Any) -> None:
    """The first bucket of each facet has lost a document."""
    for facet in answer.get("aggregations", {}).values():
        for bucket in facet.get("buckets", [])[:1]:
            bucket["doc_count"] -= 1


def two_documents_swapped_in_a_sort(answer: Any) -> None:
    """The first two hits that are sorted by a text have changed places."""
    hits = answer["hits"]["hits"]
    if len(hits) > 1 and isinstance(hits[0].get("sort", [0])[0], str):
        hits[0], hits[1] = hits[1], hits[0]


@contextmanager
def tampering(cluster: ClusterSettings, target: str, tamper: Tamper) -> Iterator[Elasticsearch]:
    """A client as the product makes it; what it finds at a moment of the target is tampered with."""
    moments: set[str] = set()

    class Tampering(Elasticsearch):
        def open_point_in_time(self, *arguments: Any, **named: Any) -> Any:
            opened = super().open_point_in_time(*arguments, **named)
            if named["index"] == target:
                moments.add(opened["id"])
            return opened

        def search(self, *arguments: Any, **named: Any) -> Any:
            answer = super().search(*arguments, **named)
            if named.get("pit", {}).get("id") in moments:
                tamper(answer.body)
            return answer

    with Tampering(**options(cluster)) as client:
        yield client
