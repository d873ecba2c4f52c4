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


class Values:
    """The commonest values of a side; each field is counted once, whatever asks for it."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._known: dict[str, Any] = {}

    def of(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """By each name, the commonest value that its field has; of `_id`, the id of one document.

        Raises NoValueError for a field without one, or one that cannot be counted.
        """
        return {name: self._commonest(field) for name, field in fields.items()}

    def _commonest(self, field: str) -> Any:
        if field not in self._known:
            self._known[field] = _identity(self._side) if field == IDENTITY else _counted(self._side, field)
        if self._known[field] is None:
            raise NoValueError(field)
        return self._known[field]


def _identity(side: Side) -> str | None:
    hits = ask(side, Search(size=1)).hits
    return hits[0].identity if hits else None


def _counted(side: Side, field: str) -> Any:
    """As its shards estimate it: any value that is common will do."""
    counted = ask(side, Search(size=0, aggs={"values": {"terms": {"field": field, "size": 1}}}))
    buckets = counted.aggregations.get("values", {}).get("buckets")
    return buckets[0].get("key_as_string", buckets[0]["key"]) if buckets else None
