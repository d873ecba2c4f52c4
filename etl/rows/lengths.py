"""Texts that are longer than their columns in the target: each is a reason, told by its field."""

import re
from collections.abc import Mapping

import pandas as pd

from etl.contract import TOO_LONG
from etl.rows import spelling
from etl.rows.interests import SEPARATORS
from etl.rows.values import Flags, Mask, Read


def too_long(source: pd.DataFrame, read: Mapping[str, Read], limits: Mapping[str, int]) -> Flags:
    """Per reason, the rows with a text that is longer than its limit; of labels, with one that is.

    limits: by field that is free text, the most characters that the target takes.
    """
    return {
        TOO_LONG[field].value: _longer(lengths(field, source, read), limit)
        for field, limit in limits.items()
        if field in source.columns
    }


def lengths(field: str, source: pd.DataFrame, read: Mapping[str, Read]) -> pd.Series:
    """Characters of each row's text; of labels, those of the longest one."""
    if field != "interests":
        return read[field].values.str.len()
    # As typed: a label that no target takes is no value any more.
    return spelling.trimmed(source[field]).map(longest_label, na_action="ignore")


def longest_label(cell: str) -> int:
    """Characters of the longest label of a cell, its spaces as they are stored."""
    return max(len(" ".join(label.split())) for label in re.split(SEPARATORS, cell))


def _longer(found: pd.Series, limit: int) -> Mask:
    return pd.to_numeric(found).gt(limit).fillna(False).to_numpy(dtype=bool)
