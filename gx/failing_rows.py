"""The rows of a batch that fail: some as examples in words, all of them as CSV; by their keys alone."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from gx.batch import Batch
from gx.suite import Suite
from report.gate_report import Example

NAMED = "named"
"""Key of a result under which one of our own expectations names what failed, where that is no row."""

LIVE = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def examples(
    batch: Batch, suite: Suite, result: Mapping[str, Any], *, at_most: int | None = None
) -> tuple[Example, ...]:
    """What the `result` of an expectation names, in words: the first failing rows, or what else failed."""
    if NAMED in result:
        return tuple(Example(**named) for named in islice(result[NAMED], at_most))
    return tuple(suite.example(key) for key in islice(batch.failing(result), at_most))


def rows_csv(seen: Iterable[tuple[str, Mapping[str, Any]]], batch: Batch, suite: Suite) -> str:
    """All failing rows of all checks as CSV: the key of the check, then that of the row.

    seen: per check its key and the `result` of its expectation. A check that passed may have failing rows,
    too: those that its limit allows. Empty without any. A cell that a spreadsheet would compute is quoted.
    """
    rows = [[check, *cells] for check, result in seen for cells in _cells(batch, suite, result)]
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["check", *suite.key])
    writer.writerows(rows)
    return text.getvalue()


def _cells(batch: Batch, suite: Suite, result: Mapping[str, Any]) -> Iterator[list[object]]:
    for key in batch.failing(result):
        yield [_dead(key.get(name)) for name in suite.key]


def _dead(cell: object) -> object:
    """The cell; one that a spreadsheet would take for a formula begins with an apostrophe."""
    if cell is None or cell != cell:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(LIVE) else cell
