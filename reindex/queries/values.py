"""What stands for `$name` in a search: the commonest value of a field in the source."""

from collections.abc import Mapping
from typing import Any

from reindex.queries.ask import Side, ask
from reindex.queries.search import Search

IDENTITY = "_id"


class NoValueError(Exception):
    """The source has no value in a field. field: its name."""

    def __init__(self, field: str) -> None:
        super().__init__(f"no value in {field}")
        self.field = field


def values_of(side: Side, fields: Mapping[str, str]) -> dict[str, Any]:
    """By each name, the commonest value that its field has on this side; of `_id`, the id of one document.

    Raises NoValueError for a field without one, or one that cannot be counted.
    """
    return {
        name: _identity(side) if field == IDENTITY else _commonest(side, field)
        for name, field in fields.items()
    }


def _identity(side: Side) -> str:
    hits = ask(side, Search(size=1)).hits
    if not hits:
        raise NoValueError(IDENTITY)
    return hits[0].identity


def _commonest(side: Side, field: str) -> Any:
    counted = Search(size=0, aggs={"values": {"terms": {"field": field, "size": 1}}}).filled({})
    buckets = ask(side, counted).aggregations.get("values", {}).get("buckets")
    if not buckets:
        raise NoValueError(field)
    return buckets[0].get("key_as_string", buckets[0]["key"])
