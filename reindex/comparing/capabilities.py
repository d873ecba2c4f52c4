"""What the fields of an index can do: their type, and whether they can be searched and aggregated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reindex.client import plain_errors
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

MISSING = ""


@dataclass(frozen=True)
class Loss:
    """A field that can do less, or is another one, in the target.

    was, now: such as `keyword, searchable, aggregatable`; `MISSING` when there is no such field.
    """

    field: str
    was: str
    now: str


def losses(client: "Elasticsearch", plan: Plan) -> list[Loss]:
    """Every field of the source whose capabilities the target has not, but for those that a change speaks of.

    Multi-fields, aliases and runtime fields are fields. More than the source has is no loss.
    """
    before, after = (capabilities(client, index) for index in (plan.source, plan.target))
    lost = [field for field, caps in before.items() if not _kept(caps, after.get(field, {}))]
    return [
        Loss(field, _described(before[field]), _described(after.get(field, {})))
        for field in sorted(lost)
        if plan.change is None or not plan.change.says(field)
    ]


def capabilities(client: "Elasticsearch", index: str) -> dict[str, Mapping[str, Any]]:
    """By the path of each field: its type, and whether it is searchable and aggregatable."""
    with plain_errors(f"index {index}"):
        found = client.field_caps(index=index, fields="*", filters="-metadata")["fields"]
    return {name: next(iter(types.values())) for name, types in found.items()}


def _kept(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return before["type"] == after.get("type") and all(
        after[capability] or not before[capability] for capability in ("searchable", "aggregatable")
    )


def _described(caps: Mapping[str, Any]) -> str:
    if not caps:
        return MISSING
    able = [capability for capability in ("searchable", "aggregatable") if caps[capability]]
    return ", ".join([caps["type"], *able])
