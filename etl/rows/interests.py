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


def interests(cells: pd.Series, seq: pd.Series) -> Interests:
    """The interests in cells, which are trimmed. seq: the rows' numbers.

    Spaces inside a label are single; a label that a row names twice, as `label_key` compares them, is there
    once; of several spellings of one label the first is used.
    """
    texts = pa.array(cells, type=pa.large_string(), from_pandas=True)
    parts = pc.split_pattern_regex(texts, SEPARATORS)
    typed = pc.list_flatten(parts).dictionary_encode()
    names, number_of = _numbered(typed.dictionary.to_pylist())
    numbers = number_of[typed.indices.to_numpy(zero_copy_only=False)]
    rows = pa.array(seq).take(pc.list_parent_indices(parts)).to_numpy(zero_copy_only=False)
    of_rows = pd.DataFrame({"seq": rows, "number": numbers})[numbers >= 0]
    return Interests(
        labels=pd.DataFrame({"number": np.arange(len(names), dtype=np.int32), "label": names}),
        of_rows=of_rows.drop_duplicates(ignore_index=True),
    )


def _numbered(texts: list[str]) -> tuple[list[str], "np.ndarray[tuple[int], np.dtype[np.int32]]"]:
    """The labels to use, and per text as typed the number of its label; -1 where only spaces are left."""
    position: dict[str, int] = {}
    names: list[str] = []
    numbers = np.full(len(texts), -1, dtype=np.int32)
    for place, typed in enumerate(texts):
        if is_visible(typed):
            clean = " ".join(typed.replace("\0", "\ufffd").split())
            numbers[place] = position.setdefault(label_key(clean), len(names))
            if len(position) > len(names):
                names.append(clean)
    return names, numbers
