"""Whether the candidate is what the plan says: its mapping, its settings, and what its fields can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reindex.client import count, plain_errors
from reindex.comparing.capabilities import MISSING, Loss, losses
from reindex.index import kept
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@dataclass(frozen=True)
class AsPlanned:
    """differences: where mapping or settings are not what the plan says, a line each. losses: of fields."""

    differences: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()


def as_planned(client: "Elasticsearch", plan: Plan, *, checkpoints: Mapping[str, int]) -> AsPlanned:
    """Compare the target with the plan.

    checkpoints: of the source, up to which the target has caught up: a field that dynamic mapping has made of
    later documents alone comes with them in the swap.
    """
    found, lost = kept.unlike_plan(client, plan), losses(client, plan)
    absent = {each.part.name for each in found if each.missing and each.part.kind == "field"}
    absent |= {loss.field for loss in lost if loss.now == MISSING}
    later = {field for field in absent if _came_later(client, plan.source, field, checkpoints)}
    return AsPlanned(
        tuple(each.line for each in found if each.part.kind != "field" or each.part.name not in later),
        tuple(loss for loss in lost if loss.field not in later),
    )


def _came_later(client: "Elasticsearch", index: str, field: str, checkpoints: Mapping[str, int]) -> bool:
    """Whether there are documents with this field, and all of them were written above these checkpoints."""
    having: dict[str, Any] = {"exists": {"field": field}}
    with plain_errors(f"index {index}"):
        client.indices.refresh(index=index)
        if not count(client, index, query=having):
            return False
        return not any(
            count(
                client,
                index,
                preference=f"_shards:{shard}",
                query={"bool": {"filter": [having, {"range": {"_seq_no": {"lte": checkpoint}}}]}},
            )
            for shard, checkpoint in checkpoints.items()
        )
