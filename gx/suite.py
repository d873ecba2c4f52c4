"""A suite: what one gate expects of a batch, and what it asks of whoever runs it."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gx.errors import GateMisuse
from report.gate_report import Example
from report.said import Said

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

BESIDE = "beside"
"""Name by which a query finds the copy of the table that `Suite.beside` speaks of."""

Build = Callable[[Mapping[str, object], Mapping[str, float]], "list[Expectation]"]
NameRow = Callable[[Mapping[str, Any]], Example]
Notes = Callable[[Mapping[str, object]], tuple[Said, ...]]
Say = Callable[[Any], str | Said]

UNLIMITED = {f"_{what}": f"{what}, 0 or more" for what in ("hours", "minutes", "rows", "snapshots")}
"""What a threshold is whose name ends so; any other is a ratio."""


def nothing_to_note(_: Mapping[str, object]) -> tuple[Said, ...]:
    """No note."""
    return ()


def as_it_is(suite: "Suite", _: Mapping[str, object]) -> "Suite":
    """The suite, whatever the facts."""
    return suite


def by_key(key: Mapping[str, Any]) -> Example:
    """A failing row as its key says it, e.g. `order_id 17, line 2`."""
    return Example(place="", value=", ".join(f"{name} {value}" for name, value in key.items()))


@dataclass(frozen=True)
class Suite:
    """What one gate expects.

    name: the gate's; build: facts and thresholds in, expectations out.
    thresholds: every threshold with its default. One whose name ends as in `UNLIMITED` is 0 or more, any
    other a ratio, 0-1.
    facts: facts that a caller must give, with their type. Besides them `build` gets `recent_rows`: rows of
    the gate's recent runs, newest first, and `recent_measures`: what its checks measured in them, by their
    keys; where there is a history.
    key: columns that tell which row failed; never personal data.
    beside: the fact that names a table (in the same database) whose key is copied in one snapshot with the
    batch. A query that read the table itself would see rows that came in after the batch was read.
    stands_for: the fact that counts the rows that the batch stands for, where it has of them only those that
    can fail: the report tells of so many.
    apart: the fact (a bool) that sets a run apart: its rows say nothing about the usual volume.
    example: names a failing row by its key. unit: what a row of the batch is, in the plural.
    words: how to say a value that was observed, by the `unit` of an expectation, besides those that
    `report.wording.VALUES` has.
    holds: what a closed gate holds back, e.g. "the table orders". owner: who answers for the data: a team, as
    people call it.
    limits: by a threshold, the key of the check that it is the limit of; for `python -m gx backtest`.
    counts: facts that count what is worth a trend, by what the report calls them, e.g. `{"valid":
    "valid_rows"}`; those that are not in `facts` may be missing.
    notes: what the report says besides its checks, of the facts that `build` gets.
    given: the suite as it is for the facts of a caller, which may be more than `facts`: another key, other
    words.
    """

    name: str
    build: Build
    thresholds: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, type] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    beside: str | None = None
    stands_for: str | None = None
    apart: str | None = None
    example: NameRow = by_key
    unit: str = "rows"
    words: Mapping[str, Say] = field(default_factory=dict)
    holds: Said | None = None
    owner: str = ""
    counts: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)
    notes: Notes = nothing_to_note
    given: "Callable[[Suite, Mapping[str, object]], Suite]" = as_it_is

    @classmethod
    def of(cls, function: "Callable[..., list[Expectation]]") -> "Suite":
        """The suite of a plain function, of its name; its parameters are the thresholds, with their defaults.

        Raises GateMisuse for a parameter without a number as its default.
        """
        parameters = inspect.signature(function).parameters.values()
        for each in parameters:
            if isinstance(each.default, bool) or not isinstance(each.default, int | float):
                raise GateMisuse(
                    f"{function.__name__}: the parameter {each.name!r} has no number as its default. "
                    "A function is a suite if its parameters are thresholds; else make a gx.suite.Suite."
                )
        return cls(
            name=function.__name__,
            build=lambda _, thresholds: function(**thresholds),
            thresholds={each.name: float(each.default) for each in parameters},
        )

    def with_defaults(self, thresholds: Mapping[str, float]) -> dict[str, float]:
        """Every threshold of the suite, given ones before defaults.

        Raises GateMisuse for a name that the suite does not know and for a value out of range.
        """
        for name, value in thresholds.items():
            if name not in self.thresholds:
                known = ", ".join(self.thresholds) or "none"
                raise GateMisuse(f"unknown threshold {name!r} (known here: {known})")
            _check_range(name, value)
        return {**self.thresholds, **thresholds}

    def counted(self, facts: Mapping[str, object]) -> dict[str, int]:
        """Those of the facts that are `counts`, by what the report calls them."""
        return {name: count(facts, fact) for name, fact in self.counts.items() if fact in facts}

    def check_facts(self, facts: Mapping[str, object]) -> None:
        """Raise GateMisuse when a fact is missing or has another type than the suite declares."""
        for name, kind in self.facts.items():
            if name not in facts:
                raise GateMisuse(f"the fact {name!r} is missing (given: {', '.join(facts) or 'none'})")
            if not isinstance(facts[name], kind):
                raise GateMisuse(f"the fact {name!r} is {facts[name]!r}, not of type {kind.__name__}")


def count(facts: Mapping[str, object], name: str) -> int:
    """A fact that counts something. Raises GateMisuse when it is not a whole number, 0 or more."""
    value = facts[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise GateMisuse(f"the fact {name!r} is {value!r}, not a count")
    return value


def texts(facts: Mapping[str, object], name: str) -> list[str]:
    """A fact that lists texts. Raises GateMisuse when it is no list of them."""
    value = facts[name]
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise GateMisuse(f"the fact {name!r} is {value!r}, not a list of texts")
    return value


def records(facts: Mapping[str, object], name: str) -> list[dict[str, Any]]:
    """A fact that lists records. Raises GateMisuse when it is no list of them."""
    value = facts[name]
    if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
        raise GateMisuse(f"the fact {name!r} is {value!r}, not a list of records")
    return value


def _check_range(name: str, value: float) -> None:
    unit = next((unit for suffix, unit in UNLIMITED.items() if name.endswith(suffix)), None)
    highest = math.inf if unit else 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        allowed = unit or "a ratio between 0 and 1"
        raise GateMisuse(f"threshold {name} = {value!r} is out of range: it is {allowed}")
