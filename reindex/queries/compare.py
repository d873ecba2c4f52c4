"""Every query, asked of both sides: which are answered alike, which are slower, which could not be asked."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from reindex.client import plain_errors
from reindex.comparing.differences import Sides
from reindex.plan import Plan
from reindex.queries.answers import Difference, differences, shown
from reindex.queries.ask import Answer, Side, ask
from reindex.queries.order import Both, misplaced
from reindex.queries.search import Query, Search
from reindex.queries.speed import slowed
from reindex.queries.values import NoValueError, Values

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SHOWN = 3
"""Differences of one query that are shown; a facet may have thousands."""

Why = Literal["no_value", "no_field", "refused", "nothing"]


@dataclass(frozen=True)
class Unasked:
    """A query that proves nothing.

    why: the source has no value to ask with (what: of this field), lacks a field that the target has (what:
    its name), refuses the search (what: its reason), or both sides find nothing.
    """

    query: str
    why: Why
    what: str = ""


@dataclass(frozen=True)
class Different:
    """A query that is not answered alike. more: differences that are not among `differences`."""

    query: str
    differences: tuple[Difference, ...]
    more: int = 0


@dataclass(frozen=True)
class Slower:
    """A query that takes over twice its time. source, target: milliseconds, the best of a few."""

    query: str
    source: int
    target: int


@dataclass(frozen=True)
class Compared:
    """What came of all queries."""

    queries: int
    different: tuple[Different, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    slower: tuple[Slower, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """The same as facts of the gate: plain JSON."""
        return {
            "queries": self.queries,
            "queries_different": [asdict(each) for each in self.different],
            "queries_unasked": [asdict(each) for each in self.unasked],
            "queries_slower": [asdict(each) for each in self.slower],
        }


def compare_queries(
    sides: Sides, plan: Plan, queries: Sequence[Query], *, left_out: Sequence[str]
) -> Compared:
    """Ask every query of both sides.

    left_out: ids of documents that are not the same on both sides for a good reason: they are as if they were
    in neither.
    """
    both = Both(*(Side(sides.client, opened, left_out) for opened in (sides.source, sides.target)))
    with ThreadPoolExecutor(len(both)) as threads:
        asking = _Asking(sides.client, plan, both, threads)
        found = [asking.compare(query) for query in queries]
    return Compared(
        len(queries),
        different=tuple(each for each in found if isinstance(each, Different)),
        unasked=tuple(each for each in found if isinstance(each, Unasked)),
        slower=tuple(each for each in found if isinstance(each, Slower)),
    )


@dataclass
class _Asking:
    client: "Elasticsearch"
    plan: Plan
    both: Both
    threads: Executor

    def compare(self, query: Query) -> Different | Unasked | Slower | None:
        """What is to be told of one query; None: it is answered alike, and as fast."""
        try:
            search = query.search.filled(self._values.of(query.values))
        except NoValueError as missing:
            return Unasked(query.name, "no_value", missing.field)
        source, target = self.threads.map(lambda side: ask(side, search), self.both)
        if source.error:
            return Unasked(query.name, "refused", source.error)
        found = list(self._differences(search, source, target))
        if found:
            return self._told(query, found)
        if _empty(source):
            return Unasked(query.name, "nothing")
        return self._speed(query.name, search, source, target)

    def _differences(self, search: Search, source: Answer, target: Answer) -> Iterator[Difference]:
        if target.error:
            yield Difference("refused", source.total, shown(target.error))
            return
        found = list(differences(source, target))
        yield from found
        place = None if found else misplaced(search, self.both, source, target)
        if place is not None:
            ids = [shown(_at(place, side)) for side in (source, target)]
            yield Difference("place", ids[0], ids[1], place=search.skipped + place + 1)

    def _told(self, query: Query, found: Sequence[Difference]) -> Different | Unasked:
        lacking = sorted(query.search.texts & self._only_in_target)
        if lacking and found[0].kind != "refused":
            return Unasked(query.name, "no_field", ", ".join(lacking))
        return Different(query.name, tuple(found[:SHOWN]), more=max(0, len(found) - SHOWN))

    def _speed(self, name: str, search: Search, source: Answer, target: Answer) -> Slower | None:
        times = slowed(
            source.milliseconds,
            target.milliseconds,
            again=(
                lambda: ask(self.both.source, search).milliseconds,
                lambda: ask(self.both.target, search).milliseconds,
            ),
        )
        return Slower(name, *times) if times else None

    @cached_property
    def _values(self) -> Values:
        return Values(self.both.source)

    @cached_property
    def _only_in_target(self) -> set[str]:
        """Fields that the target has and the source has not."""
        with plain_errors(f"indices {self.plan.source}, {self.plan.target}"):
            ours, theirs = (
                self.client.field_caps(index=index, fields="*")["fields"].keys()
                for index in (self.plan.source, self.plan.target)
            )
        return set(theirs) - set(ours)


def _at(place: int, answer: Answer) -> str | None:
    return answer.hits[place].identity if place < len(answer.hits) else None


def _empty(answer: Answer) -> bool:
    """Whether nothing was found: no document, or no bucket where buckets were asked for."""
    buckets = [found["buckets"] for found in answer.aggregations.values() if "buckets" in found]
    return answer.total == 0 or (not answer.hits and bool(buckets) and not any(buckets))
