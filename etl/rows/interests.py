"""Centres of interest: one cell holds several, separated by comma, semicolon, bar or line break."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.rows.spelling import label_key
from etl.visible import is_visible

SEPARATORS = r"[,;|\n]"


@dataclass(frozen=True)
class Interests:
    """The interests of some rows. Labels are few, and named often: each has a number.

    labels: one row per label, columns `number` and `label`.
    of_rows: one row per label of a row, columns `seq` (the row's number) and `number`, in the order of `seq`.
    """

    labels: pd.DataFrame
    of_rows: pd.DataFrame


class Labels:
    """The labels that were met so far, each with its number; of several spellings the first is used."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._names: list[str] = []

    def number(self, label: str) -> int:
        """The number of a label whose spaces are single."""
        number = self._number.setdefault(label_key(label), len(self._names))
        if number == len(self._names):
            self._names.append(label)
        return number

    @property
    def frame(self) -> pd.DataFrame:
        """One row per label, columns `number` and `label`."""
        numbers = np.arange(len(self._names), dtype=np.int32)
        return pd.DataFrame({"number": numbers, "label": self._names})


def interests(cells: pd.Series, seq: pd.Series, met: Labels | None = None) -> Interests:
    """The interests in cells, which are trimmed. seq: the rows' numbers. met: labels of the cells before.

    Spaces inside a label are single; a label that a row names twice, as `label_key` compares them, is there
    once; of several spellings of one label the first is used.
    """
    met = met or Labels()
    texts = pa.array(cells, type=pa.large_string(), from_pandas=True)
    parts = pc.split_pattern_regex(texts, SEPARATORS)
    typed = pc.list_flatten(parts).dictionary_encode()
    number_of = _numbered(typed.dictionary.to_pylist(), met)
    numbers = number_of[typed.indices.to_numpy(zero_copy_only=False)]
    rows = pa.array(seq).take(pc.list_parent_indices(parts)).to_numpy(zero_copy_only=False)
    of_rows = pd.DataFrame({"seq": rows, "number": numbers})[numbers >= 0]
    return Interests(labels=met.frame, of_rows=of_rows.drop_duplicates(ignore_index=True))


def _numbered(texts: list[str], met: Labels) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """Per text as typed the number of its label; -1 where only spaces are left."""
    numbers = np.full(len(texts), -1, dtype=np.int32)
    for place, typed in enumerate(texts):
        if is_visible(typed):
            numbers[place] = met.number(" ".join(typed.replace("\0", "\ufffd").split()))
    return numbers
