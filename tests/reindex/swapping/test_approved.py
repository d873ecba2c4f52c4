"""An index that a person let pass is swapped in as it was compared, or not at all."""

from dataclasses import replace

import pytest

from pipeline.errors import ChangedSinceApprovalError
from pipeline.folder import checksum
from pipeline.handover import GateInput
from reindex.index.checkpoints import checkpoints
from reindex.swapping.approved import verify_approved
from tests.reindex.copied import copied


@pytest.fixture
def gate(tmp_path) -> GateInput:
    """A comparison that a person let pass."""
    file = tmp_path / "buckets.parquet"
    file.write_bytes(b"the comparison")
    return GateInput(str(file), approved=checksum(str(file)))


def test_what_was_approved_may_be_swapped_in_and_again_after_a_swap_that_stopped_half_way(
    client, served, gate
):
    ready = copied(client, served)
    client.delete(index=ready.plan.target, id="b", refresh=True)
    then = checkpoints(client, ready.plan.target)
    verify_approved(client, ready.plan, gate, checkpoints=then)
    # Writers go on while the run waits: the swap brings what they wrote.
    client.index(index=served, id="d", document={"url": "d"})
    verify_approved(client, ready.plan, gate, checkpoints=then)
    ready.swap(client, lost=1)
    assert checkpoints(client, ready.plan.target) != then
    verify_approved(client, ready.plan, gate, checkpoints=then)


def test_one_document_of_the_candidate_that_changed_since_is_refused(client, served, gate):
    ready = copied(client, served)
    then = checkpoints(client, ready.plan.target)
    client.index(index=ready.plan.target, id="a", document={"url": "a", "n": 9}, refresh=True)
    refused = rf"index {ready.plan.target}: changed since it was approved \(1 writes\)\. Nothing was written"
    with pytest.raises(ChangedSinceApprovalError, match=refused):
        verify_approved(client, ready.plan, gate, checkpoints=then)
    verify_approved(client, ready.plan, replace(gate, approved=""), checkpoints=then)


def test_a_comparison_that_changed_since_is_refused(client, served, gate, tmp_path):
    ready = copied(client, served)
    (tmp_path / "buckets.parquet").write_bytes(b"another one")
    with pytest.raises(ChangedSinceApprovalError, match=r"buckets\.parquet: changed since it was approved"):
        verify_approved(client, ready.plan, gate, checkpoints=checkpoints(client, ready.plan.target))
