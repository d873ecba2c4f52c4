"""What stands behind the served name."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reindex.client import plain_errors
from reindex.errors import IndexConflictError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@dataclass(frozen=True)
class Served:
    """The one index that readers of the served name get. concrete: the name is the index's own."""

    index: str
    concrete: bool


def resolve(client: "Elasticsearch", served: str) -> Served:
    """The index behind an alias, or the index of that name.

    Raises:
        IndexConflictError: there is nothing of that name, or the alias stands on several indices.
    """
    with plain_errors(f"served name {served}"):
        aliased = client.options(ignore_status=404).indices.get_alias(name=served)
        if aliased.meta.status == 200 and aliased.body:
            return Served(_only(served, sorted(aliased.body)), concrete=False)
        found = client.options(ignore_status=404).indices.get(index=served)
    if found.meta.status != 200 or list(found.body) != [served]:
        raise IndexConflictError(
            f"No alias and no index is named {served}. Set ELASTICSEARCH_INDEX, or put the alias on the "
            "index that readers should get."
        )
    return Served(served, concrete=True)


def _only(served: str, indices: list[str]) -> str:
    if len(indices) > 1:
        raise IndexConflictError(
            f"Alias {served} stands on {len(indices)} indices ({', '.join(indices)}): readers see all, "
            "a reindex rebuilds one. Take the alias from the others."
        )
    return indices[0]
