"""Every row gets a verdict, with all its reasons; the values of valid rows are the ones to store.

Pure: frames in, frames out. The rules are those of the data contract (design.md, "etl_users_daily").
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.contract import (
    AGE,
    EMAIL_PATTERN,
    MAX_EMAIL_LENGTH,
    OPTIONAL_FIELDS,
    ROW_KEY,
    Reason,
    Status,
    barred,
)
from etl.rows import spelling
from etl.rows.values import READERS, read_text

OnDuplicate = Literal["keep_last", "fail"]
Mask = npt.NDArray[np.bool_]
Flags = dict[str, Mask]

MOST_CODES = 31
"""Codes that `joined_codes` can join: one bit each of an int32, whose sign is none."""


def give_verdicts(source: pd.DataFrame, *, on_duplicate: OnDuplicate = "keep_last") -> pd.DataFrame:
    """The verdicts on extracted rows.

    source: as `extract.source_frame` makes it, one row per row that is not blank.
    on_duplicate: `keep_last`: of several valid rows with one email the last is valid, the others are
        duplicates; a replayed row is older than every other. `fail`: all stay valid, and the gate
        `users_ready` closes and names them.

    Returns one row per row of `source`, in its order: `contract.ROW_KEY`, `status`, `reasons`, `warnings`
    (codes joined by `, `; empty when there is none), `keep` (`barred` fields to leave as they are), `replay`,
    `extracted_at`, `email` (normalised), `email_masked`, and each other field's canonical value.
    """
    ages, age_reasons = read_ages(_cells(source, "age"))
    names, _ = read_text(source["full_name"])
    reasons = {**name_and_email_reasons(names, source["email_key"]), **age_reasons}
    values, unknown = read_optional_values(source)
    status = np.where(_any(reasons, len(source)), Status.REJECTED.value, Status.VALID.value)
    duplicate = (
        earlier_duplicates(source, valid=status == Status.VALID.value)
        if on_duplicate == "keep_last"
        else np.zeros(len(source), dtype=bool)
    )
    verdicts = source[[*ROW_KEY]].copy()
    verdicts["status"] = pd.Series(np.where(duplicate, Status.DUPLICATE.value, status), dtype="str")
    verdicts["reasons"] = joined_codes({**reasons, Reason.DUPLICATE_EMAIL.value: duplicate}, len(source))
    verdicts["warnings"] = joined_codes(
        {f"unknown_{field}": mask for field, mask in unknown.items()}, len(source)
    )
    verdicts["keep"] = kept_fields(source["absent"], unknown)
    verdicts[["replay", "extracted_at"]] = source[["replay", "extracted_at"]]
    verdicts["email"] = source["email_key"]
    verdicts["email_masked"] = source["email_masked"]
    verdicts["full_name"] = names
    verdicts["age"] = ages
    return verdicts.assign(**values)


def _cells(source: pd.DataFrame, field: str) -> pd.Series:
    """The cells of a field; all null when no workbook has its column."""
    return source[field] if field in source.columns else pd.Series(None, index=source.index, dtype="str")


def name_and_email_reasons(names: pd.Series, emails: pd.Series) -> Flags:
    """Per reason, which rows it holds for. emails: normalised."""
    well_formed = emails.str.fullmatch(EMAIL_PATTERN) & emails.str.len().le(MAX_EMAIL_LENGTH)
    return {
        Reason.MISSING_NAME.value: names.isna().to_numpy(),
        Reason.MISSING_EMAIL.value: emails.isna().to_numpy(),
        Reason.INVALID_EMAIL.value: (emails.notna() & ~well_formed.fillna(False).astype(bool)).to_numpy(),
    }


def read_ages(cells: pd.Series) -> tuple[pd.Series, Flags]:
    """Ages in years, whole numbers (null where the cell is empty), and per reason the rows it holds for."""
    texts = spelling.trimmed(cells)
    whole = texts.str.fullmatch(r"[+-]?\d+(?:[.,]0*)?").fillna(False).astype(bool)
    numbers = pd.to_numeric(texts.where(whole).str.replace(r"[.,]0*$", "", regex=True), errors="coerce")
    numbers = numbers.astype("float64")
    in_range = numbers.between(AGE.low, AGE.high)
    reasons = {
        Reason.AGE_NOT_A_NUMBER.value: (texts.notna() & ~whole).to_numpy(),
        Reason.AGE_OUT_OF_RANGE.value: (numbers.notna() & ~in_range).to_numpy(),
    }
    return numbers.where(in_range).astype("Int64"), reasons


def read_optional_values(
    source: pd.DataFrame,
) -> tuple[dict[str, pd.Series], Flags]:
    """The canonical values of each optional field, and which of its cells are not understood."""
    values: dict[str, pd.Series] = {}
    unknown: Flags = {}
    for field, read in READERS.items():
        values[field], misread = read(_cells(source, field))
        unknown[field] = misread.fillna(False).to_numpy(dtype=bool)
    return values, unknown


def earlier_duplicates(source: pd.DataFrame, *, valid: Mask) -> Mask:
    """Which valid rows have the email of a later valid row. Replayed rows count as the earliest."""
    rows = source.loc[valid, ["email_key", "replay"]].sort_values("replay", ascending=False, kind="stable")
    beaten = rows.index[rows["email_key"].duplicated(keep="last")]
    return np.isin(np.arange(len(source)), beaten.to_numpy())


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
