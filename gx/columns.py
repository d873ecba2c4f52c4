"""Which columns an expectation reads: a gate takes those of its batch, and no others."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

Columns = frozenset[str]

READS = "reads"
"""Key of an expectation's meta under which it declares its columns, where they cannot be seen."""

PRESENCE = "expect_column_to_exist"


def columns_of(expectation: "Expectation") -> Columns | None:
    """Columns that an expectation reads; None where it may read any, and so gets the whole batch.

    Seen are the columns that it names, those of its row condition, those that its method `reads` returns, and
    those that its meta declares.
    """
    own, condition = _own(expectation), _of_condition(getattr(expectation, "row_condition", None))
    return None if own is None or condition is None else own | condition


def columns_of_all(expectations: "Iterable[Expectation]") -> Columns | None:
    """Columns that any of the expectations reads; None: the whole batch."""
    read: Columns = frozenset()
    for expectation in expectations:
        columns = columns_of(expectation)
        if columns is None:
            return None
        read |= columns
    return read


def missing_columns(expectation: "Expectation", present: Iterable[str]) -> list[str]:
    """Columns that an expectation reads and the batch has not; none where their presence is the question."""
    if expectation.expectation_type == PRESENCE:
        return []
    return sorted((columns_of(expectation) or frozenset()) - set(present))


def _own(expectation: "Expectation") -> Columns | None:
    declared = (expectation.meta or {}).get(READS)
    if declared is not None:
        return frozenset(declared)
    if hasattr(expectation, "reads"):
        columns: Columns | None = expectation.reads()
        return columns
    kind = expectation.expectation_type
    if kind.startswith("expect_table_"):
        return frozenset() if kind.startswith("expect_table_row_count_") else None
    return _named(expectation)


def _named(expectation: "Expectation") -> Columns | None:
    given = [getattr(expectation, field, None) for field in ("column", "column_A", "column_B")]
    named = [*(column for column in given if column is not None), *getattr(expectation, "column_list", ())]
    by_place = getattr(expectation, "column_index", None) is not None
    if by_place or not named or not all(isinstance(column, str) for column in named):
        return None
    return frozenset(named)


def _of_condition(condition: Any) -> Columns | None:
    """Columns of a row condition; None for one of which only the database or pandas knows what it reads."""
    if condition is None:
        return frozenset()
    if hasattr(condition, "conditions"):
        parts = [_of_condition(part) for part in condition.conditions]
        known = [part for part in parts if part is not None]
        return frozenset().union(*known) if len(known) == len(parts) else None
    column = getattr(condition, "column", None)
    return None if column is None else frozenset({column.name})
