"""What the copy lost, and its gate allowed, is brought before the swap."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.errors import RetriableError
from reindex.client import plain_errors
from reindex.copying.ids import only_in
from reindex.copying.writing import PAGE, address, write
from reindex.index.pages import moment
from reindex.index.vectors import mget
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


def restore(client: "Elasticsearch", plan: Plan, *, lost: int) -> int:
    """Write to the target what only the source has: a loss that its gate allowed; returns how many documents.

    lost: how many the comparison missed; 0: nothing is looked for. The counts do not tell: a deletion makes
    up for a loss there.

    Raises:
        CopyError: the target refuses a document.
    """
    if not lost:
        return 0
    with moment(client, plan.target) as target:
        missing = [address(hit) for hit in only_in(client, plan.source, without=[target])]
    written = 0
    with plain_errors(f"indices {plan.source}, {plan.target}"):
        for at in range(0, len(missing), PAGE):
            there = found(client, plan, missing[at : at + PAGE])
            written += write(client, plan, [document for document in there if document["found"]])
    return written


def found(
    client: "Elasticsearch", plan: Plan, addresses: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What the source has at these addresses now, each with `found`; sees writes before any refresh.

    Raises RetriableError when a shard is away.
    """
    documents = mget(client, plan.source, addresses)
    if failed := [document["error"] for document in documents if "error" in document]:
        raise RetriableError(
            f"{len(failed):,} of {len(documents):,} documents of {plan.source} could not be read "
            f"({failed[0].get('reason', failed[0])})."
        )
    return documents
