"""Centres of interest: one cell holds several, separated by comma, semicolon, bar or line break."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

SEPARATORS = r"[,;|\n]"


def labels(interests: pd.Series, seq: pd.Series) -> pd.DataFrame:
    """One row per label of a row: columns `seq` and `label`, in the order of `seq`.

    interests: the cells, trimmed. seq: the rows' numbers.
    Spaces inside a label are single; a label that a row names twice, whatever its case, is there once; of
    several spellings of one label the first is used.
    """
    cells = pa.array(interests, type=pa.large_string(), from_pandas=True)
    parts = pc.split_pattern_regex(cells, SEPARATORS)
    frame = pd.DataFrame(
        {
            "seq": pd.Series(pa.array(seq).take(pc.list_parent_indices(parts)).to_pandas()),
            "label": pc.list_flatten(parts).to_pandas(),
        }
    )
    spellings = _spellings(frame["label"])
    frame["label"] = frame["label"].map(spellings)
    return frame.dropna().drop_duplicates(ignore_index=True)


def _spellings(texts: pd.Series) -> dict[str, str | None]:
    """Per text as typed, the label to use; None where only spaces are left."""
    first: dict[str, str] = {}
    used: dict[str, str | None] = {}
    for typed in texts.dropna().unique():
        clean = " ".join(typed.replace("\0", "\ufffd").split())
        used[typed] = first.setdefault(clean.lower(), clean) if clean else None
    return used
