"""How long an index remembers the version of a deleted document: not at all while it follows another one.

Versions only rise, and a deletion counts for `index.gc_deletes`, a minute by default. But a source that has
forgotten a deletion makes the document again with version 1, and the target must take that.
"""

from typing import TYPE_CHECKING

from reindex.client import plain_errors

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SETTING = "index.gc_deletes"
NOT_AT_ALL = "-1"


def forget_deletions(client: "Elasticsearch", index: str) -> None:
    """Let an index that nobody serves forget every deletion at once."""
    _set(client, index, NOT_AT_ALL)


def remember_deletions(client: "Elasticsearch", target: str, *, source: str) -> None:
    """Let the target remember deletions for as long as the source does, before it is served."""
    _set(client, target, _of(client, source))


def _set(client: "Elasticsearch", index: str, value: str | None) -> None:
    if _of(client, index) != value:
        with plain_errors(f"index {index}"):
            client.indices.put_settings(index=index, settings={SETTING: value})


def _of(client: "Elasticsearch", index: str) -> str | None:
    with plain_errors(f"index {index}"):
        found = client.indices.get_settings(index=index, flat_settings=True)[index]["settings"]
    value: str | None = found.get(SETTING)
    return value
