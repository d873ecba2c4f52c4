"""What each step of the weekly route leaves for the steps behind it: one class a task, made of parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.handover import GateInput, Told
from reindex.copying.catch_up import CaughtUp
from reindex.copying.copy import Copied
from reindex.plan import Plan
from reindex.swapping.swap import Swapped


@dataclass(frozen=True)
class CheckedCluster:
    """What the run is going to do. gate: the profile of the source, one row a field."""

    plan: Plan
    gate: GateInput
    told: Told


@dataclass(frozen=True)
class KeptSnapshot:
    """The plan. snapshot: name of the one that holds the source."""

    plan: Plan
    snapshot: str


@dataclass(frozen=True)
class CreatedIndex:
    """The candidate is there. resumed: it was before, made by an earlier try.

    checkpoints: of the source, by shard, from before the copy's first document.
    """

    plan: Plan
    checkpoints: Mapping[str, int]
    resumed: bool


@dataclass(frozen=True)
class CopiedDocuments:
    """The candidate has what the source had. checkpoints: as in `CreatedIndex`."""

    plan: Plan
    checkpoints: Mapping[str, int]
    copied: Copied
    told: Told


@dataclass(frozen=True)
class AppliedWrites:
    """The candidate has what was written meanwhile, too, up to the checkpoints in `catch_up`."""

    plan: Plan
    catch_up: CaughtUp
    told: Told


@dataclass(frozen=True)
class Differences:
    """How many documents are not the same on both sides: see `reindex.comparing.compare.Bucket`."""

    missing: int
    extra: int
    changed: int
    in_flight: int


@dataclass(frozen=True)
class ComparedDocuments:
    """Every document was looked at on both sides. gate: the comparison, one row a bucket of documents.

    target_checkpoints: of the candidate, by shard, from before the comparison.
    """

    plan: Plan
    catch_up: CaughtUp
    differences: Differences
    gate: GateInput
    target_checkpoints: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SwappedAlias:
    """The candidate is served. told: written, deleted: by the whole catch-up, since the copy began."""

    swap: Swapped
    told: Told
