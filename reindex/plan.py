"""What one run is going to do: settled once, before anything changes, and handed from step to step."""

from dataclasses import dataclass

from reindex.index.mapping_change import MappingChange

OWNER = "inlearning-data-quality"
"""Stands in the `_meta` of our indices and in the metadata of our snapshots: nothing else is ever touched."""


@dataclass(frozen=True)
class Plan:
    """One rebuild of one served index.

    run: id of the run that owns it. served: the alias (or concrete index) that readers use.
    source: the concrete index behind it. target: the index that will replace it.
    concrete: `served` itself is an index, to be migrated in the swap. shards, replicas: of the source.
    documents, bytes: of the source's primaries when the plan was made.
    change: what the target is to have in another way than the source; None: nothing.
    """

    run: str
    served: str
    source: str
    target: str
    concrete: bool
    shards: int
    replicas: int
    documents: int
    bytes: int
    change: MappingChange | None = None

    @property
    def opaque_id(self) -> str:
        """The `X-Opaque-Id` by which the server's tasks of this run are found again."""
        return opaque_id(self.served, self.run)


def opaque_id(served: str, run: str = "") -> str:
    """`X-Opaque-Id` of a run's tasks; without a run, what all ids of a served index begin with."""
    return f"{OWNER}:{served}:{run}"
