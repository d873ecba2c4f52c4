"""What a person let pass in spite of its gate is swapped in as it was then, or not at all."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.errors import ChangedSinceApprovalError
from pipeline.folder import START_AGAIN, approved_file
from pipeline.handover import GateInput
from reindex.index import indices
from reindex.index.checkpoints import checkpoints as checkpoints_of
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


def verify_approved(
    client: "Elasticsearch", plan: Plan, gate: GateInput, *, checkpoints: Mapping[str, int]
) -> None:
    """Compare what a person let pass with what is there now; an open gate has nothing to compare.

    checkpoints: of the target, from when it was compared: whatever was written to it since has a larger one.

    Raises:
        ChangedSinceApprovalError: the comparison, or a document of the target, is not what it was.
    """
    if not gate.approved:
        return
    approved_file(gate.batch, gate.approved)
    # An earlier attempt of the swap has caught up by itself, and has left its record.
    if "swap" in indices.meta_of(client, plan.target):
        return
    now = checkpoints_of(client, plan.target)
    if now != checkpoints:
        written = sum(now.get(shard, -1) - before for shard, before in checkpoints.items())
        raise ChangedSinceApprovalError(
            f"index {plan.target}: changed since it was approved ({written:,} writes). {START_AGAIN}"
        )
