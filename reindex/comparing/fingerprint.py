"""Many documents in a few numbers: equal when the documents are, whatever their order."""

import hashlib
import zlib
from array import array
from collections.abc import Iterable, Mapping
from typing import Any

from reindex import contract

BINS = 65_536
MASK = 2**64 - 1


class Fingerprint:
    """In each bin: how many documents, and the XOR and the sum of their 64-bit hashes.

    The bins are many so that few documents have to be looked up where one differs: 1.5 MB in all.
    """

    def __init__(self) -> None:
        self.count, self.xor, self.total = (array("Q", bytes(8 * BINS)) for _ in range(3))

    def add(self, hits: Iterable[Mapping[str, Any]]) -> None:
        """Count these search hits in."""
        for hit in hits:
            place, digest = bin_of(hit["_id"]), digest_of(hit)
            self.count[place] += 1
            self.xor[place] ^= digest
            self.total[place] = (self.total[place] + digest) & MASK

    def include(self, other: "Fingerprint") -> None:
        """Count in what another one has counted."""
        for place in range(BINS):
            self.count[place] += other.count[place]
            self.xor[place] ^= other.xor[place]
            self.total[place] = (self.total[place] + other.total[place]) & MASK

    def differing(self, other: "Fingerprint") -> frozenset[int]:
        """The bins that are not the same in both."""
        mine, theirs = (zip(side.count, side.xor, side.total, strict=True) for side in (self, other))
        return frozenset(
            place for place, (one, two) in enumerate(zip(mine, theirs, strict=True)) if one != two
        )


def bin_of(identity: str) -> int:
    """The bin of the documents with this id."""
    return zlib.crc32(identity.encode(errors="surrogatepass")) % BINS


def digest_of(hit: Mapping[str, Any]) -> int:
    """64 bits of a hash of what makes a document the same as another one."""
    return int.from_bytes(hashlib.blake2b(contract.content(hit), digest_size=8).digest())
