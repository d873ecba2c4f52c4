"""The suites by name: ours, each in a module that is imported on demand, and those that others register.

Another package registers a suite by an entry point of the group `inlearning.suites`, whose name is the
suite's and which leads to a `gx.suite.Suite` or a plain function.
"""

import importlib
import importlib.metadata
import logging
from collections.abc import Callable
from typing import Any

from gx.errors import GateMisuse
from gx.suite import Suite

GROUP = "inlearning.suites"
"""The group of entry points by which other packages register their suites."""

# A name alone stands for the module `gx.suites.<name>`, whose SUITE is loaded when it is asked for.
SUITES: dict[str, Suite | None] = {
    "users_source": None,
    "users_ready": None,
    "users_next": None,
    "courses_source": None,
    "courses_reindexed": None,
    "runs_weekly": None,
    "maintenance": None,
}


def load(suite: str | Suite | Callable[..., Any]) -> Suite:
    """The suite that is meant: a name, `module:attribute`, a plain function, or the suite itself.

    Raises GateMisuse when there is none, or when two share a name: a report must say whose decision it is.
    """
    # Before the first import: Great Expectations logs some two hundred lines while it loads.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    if isinstance(suite, str) and ":" not in suite:
        return _of_name(suite)
    found = _of_attribute(suite) if isinstance(suite, str) else _suite(suite, repr(suite))
    if found.name in SUITES and found is not _ours(found.name):
        raise GateMisuse(f"the name {found.name!r} is that of a suite in gx.suites. Call yours otherwise.")
    return found


def _of_name(name: str) -> Suite:
    registered = {point.value: point for point in importlib.metadata.entry_points(group=GROUP, name=name)}
    places = ["gx.suites"] * (name in SUITES) + [_place(point) for point in registered.values()]
    if len(places) > 1:
        raise GateMisuse(f"several suites are called {name!r}: in {', '.join(places)}. Rename one.")
    if name in SUITES:
        return _ours(name)
    if not registered:
        others = sorted(point.name for point in importlib.metadata.entry_points(group=GROUP))
        raise GateMisuse(f"no gate is called {name!r} (there are: {', '.join([*SUITES, *others])})")
    [point] = registered.values()
    found = _of_attribute(point.value)
    if found.name != name:
        raise GateMisuse(f"{_place(point)} registers {name!r}, but its suite is called {found.name!r}")
    return found


def _place(point: importlib.metadata.EntryPoint) -> str:
    package = f" of {point.dist.name}" if point.dist else ""
    return f"{point.value}{package}"


def _ours(name: str) -> Suite:
    return SUITES[name] or _of_attribute(f"gx.suites.{name}:SUITE")


def _of_attribute(path: str) -> Suite:
    """The suite at `module:attribute`."""
    module, _, attribute = path.partition(":")
    try:
        value = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise GateMisuse(f"there is no suite at {path}: {error}. Install its package here.") from error
    return _suite(value, path)


def _suite(value: object, place: str) -> Suite:
    if isinstance(value, Suite):
        return value
    if callable(value):
        return Suite.of(value)
    raise GateMisuse(f"{place} is neither a Suite nor a function that returns expectations")
