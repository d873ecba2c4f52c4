"""Every row gets a verdict, with all its reasons; the values of valid rows are the ones to store.

Pure: frames in, frames out. The rules are those of the data contract (design.md, "etl_users_daily").
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from etl.contract import COLUMNS, OPTIONAL_FIELDS, ROW_KEY, Column, Reason, Status, barred
from etl.kinds import Email
from etl.rows.lengths import too_long
from etl.rows.values import Flags, Mask, Read
from etl.rows.values import read as read_column

OnDuplicate = Literal["keep_last", "fail"]

MOST_CODES = 31
"""Codes that `joined_codes` can join: one bit each of an int32, whose sign is none."""


NO_LIMITS: Mapping[str, int] = {}


def give_verdicts(
    source: pd.DataFrame, *, on_duplicate: OnDuplicate = "keep_last", limits: Mapping[str, int] = NO_LIMITS
) -> pd.DataFrame:
    """The verdicts on extracted rows.

    source: as `extract.source_frame` makes it, one row per row that is not blank.
    on_duplicate: `keep_last`: of several valid rows with one email the last is valid, the others are
        duplicates; a replayed row is older than every other. `fail`: all stay valid, and the gate
        `users_ready` closes and names them.
    limits: by field that is free text, the most characters that the target takes; a longer one rejects.

    Returns one row per row of `source`, in its order: `contract.ROW_KEY`, `status`, `reasons`, `warnings`
    (codes joined by `, `; empty when there is none), `keep` (`barred` fields to leave as they are), `replay`,
    `extracted_at`, `email` (normalised), `email_masked`, and each other field's canonical value.
    """
    verdicts = judged(source, limits=limits)
    if on_duplicate == "fail":
        return verdicts
    valid = (verdicts["status"] == Status.VALID.value).to_numpy(dtype=bool)
    return with_duplicates(verdicts, earlier_duplicates(source, valid=valid))


def judged(source: pd.DataFrame, *, limits: Mapping[str, int] = NO_LIMITS) -> pd.DataFrame:
    """The verdicts on rows as each stands for itself: arguments and columns as of `give_verdicts`."""
    read = {column.field: read_column(column, _cells(source, column)) for column in COLUMNS}
    reasons = {**reasons_of(read), **too_long(source, read, limits)}
    status = np.where(_any(reasons, len(source)), Status.REJECTED.value, Status.VALID.value)
    verdicts = source[[*ROW_KEY]].copy()
    verdicts["status"] = pd.Series(status, index=source.index, dtype="str")
    unknown = {column.field: read[column.field] for column in COLUMNS if column.lenient}
    warnings = {code: flag for each in unknown.values() for code, flag in each.flags.items()}
    codes = {
        "reasons": joined_codes(reasons, len(source)),
        "warnings": joined_codes(warnings, len(source)),
        "keep": kept_fields(source["absent"], {field: each.flagged for field, each in unknown.items()}),
    }
    verdicts = verdicts.assign(**{name: each.set_axis(source.index) for name, each in codes.items()})
    verdicts[["replay", "extracted_at"]] = source[["replay", "extracted_at"]]
    verdicts["email"] = source["email_key"]
    verdicts["email_masked"] = source["email_masked"]
    return verdicts.assign(**{field: each.values for field, each in read.items() if field != "email"})


def with_duplicates(verdicts: pd.DataFrame, duplicate: Mask) -> pd.DataFrame:
    """The verdicts, where these rows, of valid ones, are duplicates."""
    return verdicts.assign(
        status=verdicts["status"].mask(duplicate, Status.DUPLICATE.value),
        reasons=verdicts["reasons"].mask(duplicate, Reason.DUPLICATE_EMAIL.value),
    )


def _cells(source: pd.DataFrame, column: Column) -> pd.Series:
    """The cells of a field; all null when no workbook has its column."""
    if isinstance(column.kind, Email):
        # What has no key is null or a formula without a value.
        return source["email_key"].fillna(source[column.field])
    if column.field in source.columns:
        return source[column.field]
    return pd.Series(None, index=source.index, dtype="str")


def reasons_of(read: Mapping[str, Read]) -> Flags:
    """Per reason, in the order of `contract.Reason`, the rows that it holds for in any strict column."""
    strict = [read[column.field].flags for column in COLUMNS if not column.lenient]
    found = {
        reason.value: [flags[reason.value] for flags in strict if reason.value in flags] for reason in Reason
    }
    return {reason: np.logical_or.reduce(flags) for reason, flags in found.items() if flags}


def earlier_duplicates(source: pd.DataFrame, *, valid: Mask) -> Mask:
    """Which valid rows have the email of a later valid row. Replayed rows count as the earliest."""
    rows = source.loc[valid, ["email_key", "replay"]].sort_values("replay", ascending=False, kind="stable")
    beaten = rows.index[rows["email_key"].duplicated(keep="last")]
    return np.asarray(source.index.isin(beaten), dtype=bool)


def kept_fields(absent: pd.Series, unknown: Mapping[str, Mask]) -> pd.Series:
    """Per row, the `barred` fields whose stored value stays: no such column, or a value not understood."""
    which, combinations = pd.factorize(absent)
    flags = {
        field: np.array([barred([field]) in names for names in combinations], dtype=bool)[which]
        for field in OPTIONAL_FIELDS
    }
    kept = {field: flag | unknown[field] if field in unknown else flag for field, flag in flags.items()}
    return joined_codes(kept, len(absent), join=barred)


def joined_codes(
    flags: Mapping[str, Mask], rows: int, *, join: Callable[[Iterable[str]], str] = ", ".join
) -> pd.Series:
    """Per row, the codes whose flag is set, as one text: joined by `, `, unless `join` does it otherwise.

    Raises ValueError for more codes than a row has bits here.
    """
    if len(flags) > MOST_CODES:
        raise ValueError(f"{len(flags)} codes, more than the {MOST_CODES} that can be joined")
    bits = np.zeros(rows, dtype=np.int32)
    for position, flag in enumerate(flags.values()):
        bits |= flag.astype(np.int32) << position
    combinations, which = np.unique(bits, return_inverse=True)
    texts = [
        join([code for position, code in enumerate(flags) if combination >> position & 1])
        for combination in combinations
    ]
    return pd.Series(texts, dtype="str").take(which).reset_index(drop=True)


def _any(flags: Mapping[str, Mask], rows: int) -> Mask:
    return np.logical_or.reduce(list(flags.values())) if flags else np.zeros(rows, dtype=bool)
