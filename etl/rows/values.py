"""Cells as people fill them: the canonical value that each stands for, or why it stands for none."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.contract import EMAIL_PATTERN, MAX_EMAIL_LENGTH, Column, Reason
from etl.kinds import Age, Choice, Decimal, Email, Kind, Labels, Name, Text
from etl.rows import spelling
from etl.rows.interests import SEPARATORS
from etl.visible import INVISIBLE
from etl.workbook.no_value import ERROR_VALUES, FORMULA_WITHOUT_VALUE

Mask = npt.NDArray[np.bool_]
Flags = dict[str, Mask]


@dataclass(frozen=True)
class Read:
    """What the cells of one column say, row by row.

    values: canonical, null where nothing is to be stored; indexed as the cells.
    flags: per code the cells that it holds for: a `contract.Reason`, or a warning of a field that may stay.
    """

    values: pd.Series
    flags: Flags

    @property
    def flagged(self) -> Mask:
        """The cells that any code holds for."""
        flagged: Mask = np.logical_or.reduce(list(self.flags.values()))
        return flagged


def read(column: Column, cells: pd.Series) -> Read:
    """The values of a column, or why there is none: a filled cell has one or the other, never neither.

    cells: texts as extracted, null where empty; what cannot be seen is empty.
    """
    if not isinstance(column.kind, Age | Decimal | Choice):
        return _read(column, cells)
    # Few, and there often: each spelling is read once.
    which, typed = pd.factorize(cells, use_na_sentinel=False)
    found = _read(column, pd.Series(typed, dtype="str"))
    values = pd.Series(found.values.array.take(which), index=cells.index)
    return Read(values, {code: flag[which] for code, flag in found.flags.items()})


def _read(column: Column, cells: pd.Series) -> Read:
    formula = cells.eq(FORMULA_WITHOUT_VALUE).fillna(False).to_numpy(dtype=bool)
    typed = cells.mask(formula) if formula.any() else cells
    texts = spelling.email_keys(typed) if isinstance(column.kind, Email) else spelling.trimmed(typed)
    values, flags = _values(column.kind, texts)
    unread = texts.notna().to_numpy() & values.isna().to_numpy()
    for flag in flags.values():
        unread &= ~flag
    codes = _codes(column)
    if codes.empty:
        flags[codes.empty] = texts.isna().to_numpy() & ~formula
    return Read(values, {**flags, codes.unread: unread, codes.formula: formula})


@dataclass(frozen=True)
class _Codes:
    """What is said of a column's cells that give no value: for any other reason than its kind's own."""

    unread: str
    formula: str
    empty: str | None = None


def _codes(column: Column) -> _Codes:
    formula = Reason.FORMULA_WITHOUT_VALUE.value
    match column.kind:
        case Name():
            return _Codes(Reason.ERROR_VALUE.value, formula, Reason.MISSING_NAME.value)
        case Email():
            return _Codes(Reason.INVALID_EMAIL.value, formula, Reason.MISSING_EMAIL.value)
        case Age():
            return _Codes(Reason.AGE_NOT_A_NUMBER.value, formula)
        case Text() | Decimal() | Choice() | Labels():
            return _Codes(f"unknown_{column.field}", f"{formula}_{column.field}")


def _values(kind: Kind, texts: pd.Series) -> tuple[pd.Series, Flags]:
    """The value of each text that has one, and the codes that only this kind knows."""
    match kind:
        case Email():
            return _emails(texts)
        case Age():
            return _ages(texts, kind)
        case Decimal():
            return _decimals(texts, kind), {}
        case Choice():
            return _choices(texts, kind), {}
        case Labels():
            return _labels(texts, kind), {}
        case Name() | Text():
            return _any_text(texts), {}


def _emails(keys: pd.Series) -> tuple[pd.Series, Flags]:
    formed = keys.str.fullmatch(EMAIL_PATTERN) & keys.str.len().le(MAX_EMAIL_LENGTH)
    well_formed = formed.fillna(False).to_numpy(dtype=bool)
    return keys.where(well_formed), {Reason.AMBIGUOUS_EMAIL.value: spelling.ambiguous_emails(keys)}


def _ages(texts: pd.Series, age: Age) -> tuple[pd.Series, Flags]:
    """Whole numbers of years; `42.0`, `42,` and the digits of any script are read."""
    plain = spelling.in_ascii_digits(texts)
    whole = plain.str.fullmatch(r"[+-]?[0-9]+(?:[.,]0*)?").fillna(False).to_numpy(dtype=bool)
    digits = plain.where(whole).str.replace(r"[.,]0*$", "", regex=True)
    numbers = pd.to_numeric(digits, errors="coerce").astype("float64")
    in_range = numbers.between(age.low, age.high)
    out_of_range = whole & np.logical_not(in_range.to_numpy(dtype=bool))
    return numbers.where(in_range).astype("Int64"), {Reason.AGE_OUT_OF_RANGE.value: out_of_range}


def _decimals(texts: pd.Series, decimal: Decimal) -> pd.Series:
    """Numbers from 0 to `decimal.high`, rounded to its places; `2,5` is read as 2.5."""
    plain = spelling.in_ascii_digits(texts)
    formed = plain.str.fullmatch(rf"[0-9]{{1,{decimal.digits - decimal.places}}}(?:[.,][0-9]+)?")
    number = formed.fillna(False).to_numpy(dtype=bool)
    numbers = pd.to_numeric(plain.where(number).str.replace(",", ".", regex=False), errors="coerce")
    return numbers.where(numbers.le(decimal.high)).astype("float64").round(decimal.places)


def _choices(texts: pd.Series, choice: Choice) -> pd.Series:
    """The value that each text is a spelling of."""
    canonical = {key: value for value, keys in choice.spellings.items() for key in keys}
    return texts.map(lambda text: canonical.get(spelling.key(text)), na_action="ignore").astype("str")


def _any_text(texts: pd.Series) -> pd.Series:
    """Any text but an error value. PostgreSQL cannot hold NUL, so it becomes the replacement character."""
    clean = texts.str.replace("\0", "\ufffd", regex=False)
    errors = clean.isin(ERROR_VALUES).to_numpy(dtype=bool)
    return clean.mask(errors) if errors.any() else clean


def _labels(texts: pd.Series, labels: Labels) -> pd.Series:
    """Labels as typed; none where one has more than `labels.longest` characters, or where there is none."""
    clean = _any_text(texts)
    long = clean[clean.str.len().gt(labels.longest).fillna(False).astype(bool)]
    longest = long.str.split(SEPARATORS, regex=True).map(lambda parts: max(map(len, parts)))
    too_long = clean.index.isin(longest.index[longest > labels.longest])
    return clean.mask(too_long | _holds_no_label(clean))


def _holds_no_label(texts: pd.Series) -> Mask:
    labels = pc.utf8_trim(pa.array(texts, type=pa.large_string(), from_pandas=True), INVISIBLE + ",;|\n")
    return np.asarray(pc.equal(labels, "").fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)
