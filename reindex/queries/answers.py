"""What two answers to one search differ in, besides the order of their documents."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reindex.queries.ask import Answer

SUMS_DIFFER = 1e-9
"""Share by which two sums of fractions may differ and be equal: they are added up in another order."""
NO_RESULT = ("doc_count_error_upper_bound", "meta")
LONGEST = 80

Kind = Literal["refused", "total", "value", "place"]
Shown = str | int | float | None


@dataclass(frozen=True)
class Difference:
    """Where one query is not answered alike, and what it returned on both sides.

    kind: `refused` (source: its total; target: the reason), `total` (documents), `value` (of a bucket, or of
    another aggregation), `place` (in an order; of the hits when `at` is empty). at: names of the aggregation
    and its buckets. place: from 1. source, target: a count, a value, or an id; None: nothing is there.
    """

    kind: Kind
    source: Shown
    target: Shown
    at: str = ""
    place: int | None = None


def differences(source: Answer, target: Answer) -> Iterator[Difference]:
    """In what total and aggregations differ. source, target: neither was refused."""
    if source.total != target.total:
        yield Difference("total", source.total, target.total)
    yield from _of_aggregations(source.aggregations, target.aggregations, ())


def shown(value: object) -> Shown:
    """A value as a report shows it: texts that are too long are cut."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _of_aggregations(
    source: Mapping[str, Any], target: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[Difference]:
    for name in {**source, **target}:
        if name not in NO_RESULT:
            yield from _of_values(source.get(name), target.get(name), (*path, name))


def _of_values(source: Any, target: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(source, Mapping) and isinstance(target, Mapping):
        if isinstance(source.get("buckets"), list) and isinstance(target.get("buckets"), list):
            yield from _of_buckets(source["buckets"], target["buckets"], path)
            source, target = ({**side, "buckets": None} for side in (source, target))
        yield from _of_aggregations(source, target, path)
    elif not _equal(source, target):
        yield Difference("value", shown(source), shown(target), at=_named(path))


def _of_buckets(
    source: Sequence[Mapping[str, Any]], target: Sequence[Mapping[str, Any]], path: tuple[str, ...]
) -> Iterator[Difference]:
    ours, theirs = ({_key(bucket): bucket for bucket in side} for side in (source, target))
    found = False
    for key in {**ours, **theirs}:
        one, other = ours.get(key), theirs.get(key)
        if one is None or other is None:
            ours_of, theirs_of = (None if side is None else side["doc_count"] for side in (one, other))
            yield Difference("value", ours_of, theirs_of, at=_named((*path, key)))
            found = True
        else:
            for each in _of_aggregations(_below(one), _below(other), (*path, key)):
                yield each
                found = True
    if not found:
        yield from _of_order(list(ours), list(theirs), path)


def _of_order(source: Sequence[str], target: Sequence[str], path: tuple[str, ...]) -> Iterator[Difference]:
    for place, (one, other) in enumerate(zip(source, target, strict=True), 1):
        if one != other:
            yield Difference("place", shown(one), shown(other), at=_named(path), place=place)
            return


def _key(bucket: Mapping[str, Any]) -> str:
    return str(bucket.get("key_as_string", bucket["key"]))


def _below(bucket: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in bucket.items() if name not in ("key", "key_as_string")}


def _equal(source: Any, target: Any) -> bool:
    if isinstance(source, float) and isinstance(target, float):
        return math.isclose(source, target, rel_tol=SUMS_DIFFER)
    return bool(source == target)


def _named(path: Sequence[str]) -> str:
    """`category, Informatique`: what a count is called in an answer says nothing to a reader."""
    return ", ".join(str(shown(part)) for part in path if part != "doc_count")
