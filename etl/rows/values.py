"""Optional values as people write them, and the canonical value each stands for.

Every reader returns two series, indexed as its input: the canonical values (null where nothing is to be
stored) and whether the cell holds something that is not understood.
"""

import functools
from collections.abc import Callable, Mapping

import pandas as pd

from etl.contract import COLUMNS
from etl.kinds import Choice, Decimal, Labels, Lenient, Text
from etl.rows import spelling
from etl.rows.interests import SEPARATORS

Read = tuple[pd.Series, pd.Series]


def read_choice(cells: pd.Series, choice: Choice) -> Read:
    """The value that each cell is a spelling of."""
    canonical = {key: value for value, keys in choice.spellings.items() for key in keys}
    texts = spelling.trimmed(cells)
    meanings = {text: canonical.get(spelling.key(text)) for text in texts.dropna().unique()}
    values = texts.map(meanings).astype("str")
    return values, texts.notna() & values.isna()


def read_decimal(cells: pd.Series, decimal: Decimal) -> Read:
    """Numbers from 0 to `decimal.high`, rounded to its places; `2,5` is read as 2.5."""
    texts = spelling.trimmed(cells)
    plain = texts.str.fullmatch(rf"\d{{1,{decimal.digits - decimal.places}}}(?:[.,]\d+)?")
    numbers = pd.to_numeric(texts.where(plain).str.replace(",", ".", regex=False), errors="coerce")
    values = numbers.where(numbers.le(decimal.high)).astype("float64").round(decimal.places)
    return values, texts.notna() & values.isna()


def read_text(cells: pd.Series) -> Read:
    """Any text, trimmed. PostgreSQL cannot hold NUL, so it becomes the replacement character."""
    texts = spelling.trimmed(cells).str.replace("\0", "\ufffd", regex=False)
    return texts, pd.Series(False, index=cells.index)


def read_labels(cells: pd.Series, labels: Labels) -> Read:
    """Labels as typed; a cell with one of more than `labels.longest` characters is none."""
    texts, _ = read_text(cells)
    long = texts[texts.str.len().gt(labels.longest).fillna(False).astype(bool)]
    longest = long.str.split(SEPARATORS, regex=True).map(lambda parts: max(map(len, parts)))
    misread = texts.index.isin(longest.index[longest > labels.longest])
    return texts.mask(misread), pd.Series(misread, index=cells.index)


def reader(kind: Lenient) -> Callable[[pd.Series], Read]:
    """The reader of a kind of column."""
    match kind:
        case Choice():
            return functools.partial(read_choice, choice=kind)
        case Decimal():
            return functools.partial(read_decimal, decimal=kind)
        case Labels():
            return functools.partial(read_labels, labels=kind)
        case Text():
            return read_text


READERS: Mapping[str, Callable[[pd.Series], Read]] = {
    column.field: reader(column.kind) for column in COLUMNS if isinstance(column.kind, Lenient)
}
