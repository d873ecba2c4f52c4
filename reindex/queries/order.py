"""Whether both sides return the same documents in the same order; equal ones may stand in any."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby, pairwise, zip_longest
from typing import Any, NamedTuple

from reindex.queries.ask import Answer, Hit, Side, look_up
from reindex.queries.scores import parts
from reindex.queries.search import Search

SCORES_DIFFER = 1e-5
"""Share by which two scores may differ and be equal: they are 32-bit sums, added up in any order."""

Looked = Mapping[str, Hit]


class Both(NamedTuple):
    """A moment of the source and one of the target."""

    source: Side
    target: Side


def misplaced(search: Search, both: Both, source: Answer, target: Answer) -> int | None:
    """Place, from 0, of the first hit that is without a reason not the same; None where there is none.

    source, target: the answers, of the same total.
    """
    first = next((n for n, pair in _places(source, target) if not _same_document(*pair)), None)
    if first is None:
        return None
    if search.scored:
        return None if _statistics_only(search, both, source, target) else first
    return _beyond_ties(search, both, source, target)


def _places(source: Answer, target: Answer) -> Iterator[tuple[int, tuple[Hit | None, Hit | None]]]:
    return enumerate(zip_longest(source.hits, target.hits))


def _same_document(one: Hit | None, other: Hit | None) -> bool:
    return one is not None and other is not None and one.identity == other.identity


def _beyond_ties(search: Search, both: Both, source: Answer, target: Answer) -> int | None:
    """The first place where more than documents of equal values have changed their places."""
    for place, (one, other) in _places(source, target):
        if one is None or other is None or one.values != other.values:
            return place
    for start, tied in _ties(source.hits):
        end = start + len(tied)
        alone = {hit.identity for hit in tied} ^ {hit.identity for hit in target.hits[start:end]}
        if not alone:
            continue
        # Of equal documents at an end of the page, each side may show others, as long as it has them all.
        more_before = start == 0 and search.skipped > 0
        more_behind = end == len(source.hits) and search.skipped + end < source.total
        if not (more_before or more_behind) or not _have(search, both, alone, tied[0].values):
            return next(
                n for n in range(start, end) if {source.hits[n].identity, target.hits[n].identity} & alone
            )
    return None


def _ties(hits: Sequence[Hit]) -> Iterator[tuple[int, list[Hit]]]:
    """Where a run of hits of equal values begins, and the hits."""
    start = 0
    for _, run in groupby(hits, key=lambda hit: hit.values):
        tied = list(run)
        yield start, tied
        start += len(tied)


def _have(search: Search, both: Both, identities: Collection[str], values: tuple[Any, ...]) -> bool:
    """Whether both sides find all of these documents, and with these values."""
    return all(
        found.keys() == set(identities) and all(hit.values == values for hit in found.values())
        for found in _looked_up(search, both, identities)
    )


def _statistics_only(search: Search, both: Both, source: Answer, target: Answer) -> bool:
    """Whether scores differ only by how often words occur in the whole index.

    Deleted documents count in that until they are merged away, and a fresh copy has none. So: each document
    is scored by the same words, as often, in fields as long; and each side is in the order of its scores.
    """
    shown = {hit.identity for answer in (source, target) for hit in answer.hits}
    ours, theirs = _looked_up(search, both, shown)
    return (
        ours.keys() == theirs.keys() == shown
        and all(parts(ours[each].explanation) == parts(theirs[each].explanation) for each in shown)
        and _in_order(source, ours, search.skipped)
        and _in_order(target, theirs, search.skipped)
    )


def _in_order(answer: Answer, looked: Looked, skipped: int) -> bool:
    """Whether hits stand in the order of the scores that they were looked up with, and no other is amiss."""
    scores = [_score(looked[hit.identity]) for hit in answer.hits]
    others = looked.keys() - {hit.identity for hit in answer.hits}
    falling = all(_at_least(one, other) for one, other in pairwise(scores))
    return falling and all(
        _at_least(scores[-1], _score(looked[each]))
        or (skipped > 0 and _at_least(_score(looked[each]), scores[0]))
        for each in others
    )


def _score(hit: Hit) -> float:
    return float(hit.values[0])


def _at_least(one: float, other: float) -> bool:
    return one >= other * (1 - SCORES_DIFFER)


def _looked_up(search: Search, both: Both, identities: Collection[str]) -> tuple[Looked, Looked]:
    source, target = (look_up(side, search, sorted(identities)).hits for side in both)
    return {hit.identity: hit for hit in source}, {hit.identity: hit for hit in target}
