"""An expectation with what a report needs of it: how bad its failure is, and what was expected, in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from gx.columns import READS

NOTHING: Mapping[str, str] = {}


def critical(kind: Callable[..., Expectation], description: str, **options: Any) -> Expectation:
    """An expectation whose failure closes the gate; arguments as of `expected`."""
    return expected(kind, description, severity=FailureSeverity.CRITICAL, **options)


def warning(kind: Callable[..., Expectation], description: str, **options: Any) -> Expectation:
    """An expectation whose failure lets the run pass; arguments as of `expected`."""
    return expected(kind, description, severity=FailureSeverity.WARNING, **options)


def expected(
    kind: Callable[..., Expectation],
    description: str,
    *,
    severity: FailureSeverity,
    threshold: str,
    words: Mapping[str, str] = NOTHING,
    reads: Sequence[str] | None = None,
    **options: Any,
) -> Expectation:
    """An expectation of a kind, such as `gxe.ExpectColumnToExist`.

    threshold: what is expected, in words. words: `unit`, `label` or `fault`, by which
    `report.wording.observed` says what was observed. reads: columns that it reads, where `gx.columns` cannot
    see them, as in a query.
    options: of the kind.
    """
    meta: dict[str, Any] = {"threshold": threshold, **words}
    if reads is not None:
        meta[READS] = list(reads)
    return kind(description=description, severity=severity, meta=meta, **options)
