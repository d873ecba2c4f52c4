"""Vectors in `_source`: from 9.2 on the server leaves them out of an answer, unless it is asked for them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from reindex.client import plain_errors

if TYPE_CHECKING:
    from elastic_transport import Transport
    from elasticsearch import Elasticsearch

SINCE = (9, 2)
"""Version that leaves them out by default; one before 8.19 does not know the question."""

_versions: "WeakKeyDictionary[Transport, tuple[int, int]]" = WeakKeyDictionary()


def whole_source(client: "Elasticsearch") -> dict[str, Any]:
    """Arguments of a search whose documents are as they were written, with their vectors.

    One that was read without them and written to the target would lose them. They come back as floats that
    the server has rounded: two of them are close, not equal, and not what two documents are compared by.
    """
    return {"source": {"exclude_vectors": False}} if leaves_out(client) else {}


def mget(client: "Elasticsearch", index: str, docs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The documents of an index at these addresses, whole; sees writes before any refresh."""
    found: list[dict[str, Any]]
    if not leaves_out(client):
        found = client.mget(index=index, docs=docs)["docs"]
        return found
    # The client has no argument for it.
    answer = client.perform_request(
        "POST",
        f"/{index}/_mget",
        params={"_source_exclude_vectors": "false"},
        headers={"accept": "application/json", "content-type": "application/json"},
        body={"docs": list(docs)},
    )
    found = answer.body["docs"]
    return found


def leaves_out(client: "Elasticsearch") -> bool:
    """Whether the server leaves vectors out by default; asked once a connection."""
    transport = client.transport
    if transport not in _versions:
        with plain_errors("version of Elasticsearch"):
            major, minor, *_ = client.info()["version"]["number"].split(".")
        _versions[transport] = (int(major), int(minor))
    return _versions[transport] >= SINCE
