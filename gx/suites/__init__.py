"""The suites by name. A suite is a function, in a module of its own that is imported on demand."""

import importlib
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gx.errors import GateMisuse
from gx.examples import workbook_row
from gx.report import Example

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

BESIDE = "beside"
"""Name by which a query finds the copy of the table that `Suite.beside` speaks of."""

Build = Callable[[Mapping[str, object], Mapping[str, float]], "list[Expectation]"]
NameRow = Callable[[Mapping[str, Any]], Example]


@dataclass(frozen=True)
class Suite:
    """What one gate expects.

    build: facts and thresholds in, expectations out.
    thresholds: every threshold with its default; ratios are 0-1, names that end in `_hours` are hours.
    facts: facts that a caller must give, with their type.
    key: columns that tell which row failed; never personal data.
    columns: columns that the expectations read besides the key; None reads the whole batch (of a file).
    beside: the fact that names a table (in the same database) whose key is copied in one snapshot with the
    batch. A query that read the table itself would see rows that came in after the batch was read.
    example: names a failing row of a file by its key. unit: what a row of the batch is, in the plural.
    """

    build: Build
    thresholds: Mapping[str, float]
    facts: Mapping[str, type]
    key: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    beside: str | None = None
    example: NameRow = workbook_row
    unit: str = "rows"

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


def _check_range(name: str, value: float) -> None:
    highest = math.inf if name.endswith("_hours") else 1.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        unit = "hours, 0 or more" if name.endswith("_hours") else "a ratio between 0 and 1"
        raise GateMisuse(f"threshold {name} = {value!r} is out of range: it is {unit}")


# A name alone stands for the module `gx.suites.<name>`, whose SUITE is loaded when it is asked for.
SUITES: dict[str, Suite | None] = {
    "users_source": None,
    "users_ready": None,
    "users_next": None,
    "courses_source": None,
    "courses_reindexed": None,
}


def load(name: str) -> Suite:
    """The suite of a gate. Raises GateMisuse when there is none of that name."""
    if name not in SUITES:
        raise GateMisuse(f"no gate is called {name!r} (there are: {', '.join(SUITES)})")
    # Before the first import: Great Expectations logs some two hundred lines while it loads.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    suite = SUITES[name] or importlib.import_module(f"gx.suites.{name}").SUITE
    if not isinstance(suite, Suite):
        raise GateMisuse(f"gx.suites.{name}.SUITE is not a Suite")
    return suite
