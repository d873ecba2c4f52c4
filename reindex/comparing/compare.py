"""The comparison of source and target: every document of both, in memory that does not grow with them.

Each side is read once. A document falls into a bin by its id, and a bin keeps three numbers: how many
documents it has, and the XOR and the sum of their hashes. Only where bins differ, documents are looked up one
by one.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from reindex.comparing.differences import Found, Sides, look_up
from reindex.comparing.fingerprint import BINS, Fingerprint
from reindex.index.pages import moment, pages
from reindex.plan import Plan

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

BUCKETS = 256
"""What the gate shows."""
WIDTH = BINS // BUCKETS
PAGE = 1000
SLICES = 2
MOST_TO_COME = 50_000
"""Ids that are kept; a copy that misses more has failed."""


@dataclass(frozen=True)
class Bucket:
    """One of 256 parts of the documents, by a hash of the id.

    missing: only in the source. extra: only in the target. changed: routing, version or content differ.
    in_flight: the source changed after the catch-up, and the swap will bring it. examples: up to five,
    `missing a1`.
    """

    bucket: int
    source_documents: int
    target_documents: int
    missing: int = 0
    extra: int = 0
    changed: int = 0
    in_flight: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """All documents of both sides, in 256 buckets.

    to_come: ids of documents that are not the same now and will be: the swap brings what was written after
    the catch-up, and what the copy has lost. At most `MOST_TO_COME`.
    """

    buckets: tuple[Bucket, ...]
    to_come: tuple[str, ...] = ()

    @property
    def source_documents(self) -> int:
        """Documents of the source that were read."""
        return sum(bucket.source_documents for bucket in self.buckets)

    @property
    def target_documents(self) -> int:
        """Documents of the target that were read."""
        return sum(bucket.target_documents for bucket in self.buckets)

    @property
    def missing(self) -> int:
        """Documents that only the source has."""
        return sum(bucket.missing for bucket in self.buckets)

    @property
    def extra(self) -> int:
        """Documents that only the target has."""
        return sum(bucket.extra for bucket in self.buckets)

    @property
    def changed(self) -> int:
        """Documents whose routing, version or content is not the same on both sides."""
        return sum(bucket.changed for bucket in self.buckets)

    @property
    def in_flight(self) -> int:
        """Documents that differ because the source changed after the catch-up."""
        return sum(bucket.in_flight for bucket in self.buckets)


@contextmanager
def both_sides(client: "Elasticsearch", plan: Plan, *, checkpoints: Mapping[str, int]) -> Iterator[Sides]:
    """A moment of source and target, for as long as they are compared.

    checkpoints: of the source, up to which the target has caught up: a difference above them is in flight.
    """
    with moment(client, plan.source) as source, moment(client, plan.target) as target:
        yield Sides(client, plan.source, source, target, checkpoints)


def compare(sides: Sides, *, slices: int = SLICES) -> Comparison:
    """Compare source and target in full. slices: parts of each side that are read at a time."""
    with ThreadPoolExecutor(2 * slices) as threads:
        parts = [(number, slices) for number in range(slices)]
        read = [
            threads.map(partial(_read, sides.client, side), parts) for side in (sides.source, sides.target)
        ]
        source, target = map(_together, read)
    found = look_up(sides, source.differing(target), width=WIDTH)
    to_come = chain.from_iterable(part.to_come for part in found.values())
    return Comparison(
        tuple(_bucket(number, source, target, found.get(number, Found())) for number in range(BUCKETS)),
        tuple(islice(to_come, MOST_TO_COME)),
    )


def _read(client: "Elasticsearch", opened: str, part: tuple[int, int]) -> Fingerprint:
    read = Fingerprint()
    for hits in pages(client, opened, size=PAGE, part=part):
        read.add(hits)
    return read


def _together(parts: Iterable[Fingerprint]) -> Fingerprint:
    together = Fingerprint()
    for part in parts:
        together.include(part)
    return together


def _bucket(number: int, source: Fingerprint, target: Fingerprint, found: Found) -> Bucket:
    bins = slice(number * WIDTH, (number + 1) * WIDTH)
    return Bucket(
        bucket=number,
        source_documents=sum(source.count[bins]),
        target_documents=sum(target.count[bins]),
        missing=found.missing,
        extra=found.extra,
        changed=found.changed,
        in_flight=found.in_flight,
        examples=tuple(found.examples),
    )
