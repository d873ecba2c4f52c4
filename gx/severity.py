"""An expectation with what a report needs of it: how bad its failure is, and what was expected, in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from gx.columns import READS
from gx.errors import GateMisuse
from report.said import Said, plain
from report.wording import FRENCH

KEY = "key"
"""Key of an expectation's meta under which it says what it is called in every run."""

COMPLEMENT = "complement"
"""Key of an expectation's meta that says that its measure is what the observed share lacks to 1."""

APPROVABLE = "approvable"
"""Key of an expectation's meta: the bound up to which a person may let the run pass."""

NOTHING: Mapping[str, str | Said] = {}


def critical(kind: Callable[..., Expectation], description: str | Said, **options: Any) -> Expectation:
    """An expectation whose failure closes the gate; arguments as of `expected`."""
    return expected(kind, description, severity=FailureSeverity.CRITICAL, **options)


def warning(kind: Callable[..., Expectation], description: str | Said, **options: Any) -> Expectation:
    """An expectation whose failure lets the run pass; arguments as of `expected`."""
    return expected(kind, description, severity=FailureSeverity.WARNING, **options)


def expected(
    kind: Callable[..., Expectation],
    description: str | Said,
    *,
    severity: FailureSeverity,
    threshold: str | Said,
    key: str = "",
    words: Mapping[str, str | Said] = NOTHING,
    complement: bool = False,
    reads: Sequence[str] | None = None,
    approvable_down_to: float | None = None,
    approvable_up_to: float | None = None,
    **options: Any,
) -> Expectation:
    """An expectation of a kind, such as `gxe.ExpectColumnToExist`.

    threshold: what is expected, in words. Texts may be `Said`, by `report.said.say`; others are the same in
    each language. key: what the check is called in every run, e.g. `valid_ratio`; its history hangs on it.
    words: `unit`, `label` or `fault`, by which `report.wording.observed` says what was observed; `predicate`,
    by which its `reason` says what the rows of a fault do.
    complement: the report measures what the observed share lacks to 1. reads: columns that it reads, where
    `gx.columns` cannot see them, as in a query. options: of the kind.
    approvable_down_to, approvable_up_to: how far below its lower or above its upper limit the measure may be
    for a person to let the run pass; without either nobody may.

    Raises GateMisuse for such a bound on an expectation that closes no gate.
    """
    bound = {
        side: value
        for side, value in (("low", approvable_down_to), ("high", approvable_up_to))
        if value is not None
    }
    if bound and severity is not FailureSeverity.CRITICAL:
        raise GateMisuse(
            f"{description}: it closes no gate, so there is nothing to approve. Make it critical."
        )
    texts = {name: plain(text) for name, text in {"threshold": threshold, **words}.items()}
    french = {name: text.fr for name, text in {"description": plain(description), **texts}.items()}
    meta: dict[str, Any] = {name: text.en for name, text in texts.items()} | {FRENCH: french}
    if key:
        meta[KEY] = key
    if complement:
        meta[COMPLEMENT] = True
    if reads is not None:
        meta[READS] = list(reads)
    if bound:
        meta[APPROVABLE] = bound
    return kind(description=str(description), severity=severity, meta=meta, **options)
