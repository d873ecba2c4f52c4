"""One search on one side, at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reindex.client import plain_errors, whole
from reindex.index.pages import KEEP_ALIVE
from reindex.queries.search import Body, Search

if TYPE_CHECKING:
    from elasticsearch import ApiError, Elasticsearch

REFUSED = (400, 500)
"""Answers that are about the search; any other is about the cluster, and the step tries again."""


@dataclass(frozen=True)
class Hit:
    """A document that was found. values: what it stands in its place by: its score, or what it is sorted by.

    explanation: of its score, when it was asked for.
    """

    identity: str
    values: tuple[Any, ...]
    explanation: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What one side returned. total: documents. error: why it refused the search; empty: it did not."""

    total: int = 0
    hits: tuple[Hit, ...] = ()
    aggregations: Mapping[str, Any] = field(default_factory=dict)
    milliseconds: int = 0
    error: str = ""


@dataclass(frozen=True)
class Side:
    """A moment of one index. left_out: ids of documents that are as if they were not there."""

    client: "Elasticsearch"
    opened: str
    left_out: Sequence[str] = ()


def ask(side: Side, search: Search) -> Answer:
    """The answer to a search, which a whole cluster gave without its caches.

    Raises RetriableError when a shard is away or busy: that says nothing about the search.
    """
    return _answer(side, search, _body(search, _narrowed(search, side.left_out)))


def look_up(side: Side, search: Search, identities: Sequence[str]) -> Answer:
    """Those of these documents that the search finds, with the reasons for their scores."""
    body = _body(search, _narrowed(search, side.left_out, only=identities))
    body |= {"size": 2 * len(identities), "from_": 0, "aggs": None, "explain": search.scored}
    return _answer(side, search, body)


def _body(search: Search, query: Body | None) -> dict[str, Any]:
    return {
        "query": query,
        "post_filter": search.post_filter,
        "aggs": search.aggs,
        "sort": list(search.sort) or None,
        "size": search.size,
        "from_": search.skipped,
        "runtime_mappings": search.runtime_mappings,
    }


def _narrowed(search: Search, left_out: Sequence[str], *, only: Sequence[str] = ()) -> Body | None:
    """The query without some documents, or of some only; scores stay what they are."""
    if not left_out and not only:
        return search.query
    narrowed: Body = {"must": [search.query or {"match_all": {}}]}
    if left_out:
        narrowed["must_not"] = [{"ids": {"values": list(left_out)}}]
    if only:
        narrowed["filter"] = [{"ids": {"values": list(only)}}]
    return {"bool": narrowed}


def _answer(side: Side, search: Search, body: Mapping[str, Any]) -> Answer:
    from elasticsearch import ApiError

    with plain_errors("the queries"):
        try:
            found = whole(
                side.client.search(
                    pit={"id": side.opened, "keep_alive": KEEP_ALIVE},
                    # Terms are weighed over all shards, so that it does not matter on which a document lies.
                    search_type="dfs_query_then_fetch" if search.scored else None,
                    allow_partial_search_results=False,
                    request_cache=False,
                    track_total_hits=True,
                    source=False,
                    **body,
                )
            )
        except ApiError as error:
            if error.meta.status not in REFUSED:
                raise
            return Answer(error=_reason(error))
    return Answer(
        total=found["hits"]["total"]["value"],
        hits=tuple(_hit(hit, search) for hit in found["hits"]["hits"]),
        aggregations=found.get("aggregations", {}),
        milliseconds=found["took"],
    )


def _hit(hit: Mapping[str, Any], search: Search) -> Hit:
    """The hit, without the place on the disk by which the server orders equal ones."""
    values = hit["sort"][: len(search.sort)] if search.sort else [hit["_score"]]
    return Hit(hit["_id"], tuple(values), hit.get("_explanation", {}))


def _reason(error: "ApiError") -> str:
    """What the shards say: the answer itself says only that all of them failed."""
    failed = error.body.get("error", {}) if isinstance(error.body, dict) else {}
    causes = failed.get("root_cause", ()) if isinstance(failed, dict) else ()
    said = next((str(cause["reason"]) for cause in causes if cause.get("reason")), str(error.message))
    return " ".join(said.split()).rstrip(".")
