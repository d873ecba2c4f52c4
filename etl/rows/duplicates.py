"""Which rows of many parts have the email of a later row, found without all emails in memory."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from etl.contract import Status
from etl.rows.values import Mask
from etl.rows.verdicts import earlier_duplicates


class Keys:
    """What is kept of each row of the parts: a number made of its email, whether it is valid and replayed."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def add(self, verdicts: pd.DataFrame) -> None:
        """Keep the keys of a part. verdicts: as `judged` gives them, with the index of the whole."""
        keys = pd.util.hash_pandas_object(verdicts["email"], index=False)
        valid = verdicts["status"] == Status.VALID.value
        self._parts.append(
            pd.DataFrame({"email_key": keys, "replay": verdicts["replay"].astype(bool), "valid": valid})
        )

    def duplicates(self, emails: Callable[[], Iterator[pd.Series]]) -> Mask:
        """Which rows of all parts are beaten by a later one, as `earlier_duplicates` has it.

        emails: those of the parts, once more. Two emails may make one number: so those of rows that share one
        are compared themselves.
        """
        keys = pd.concat(self._parts)
        of_valid = keys.loc[keys["valid"], "email_key"]
        shared = of_valid.index[of_valid.duplicated(keep=False)]
        found = [part[part.index.isin(shared)] for part in emails()]
        candidates = keys.loc[shared, ["replay"]].assign(email_key=pd.concat(found))
        beaten = earlier_duplicates(candidates, valid=np.ones(len(candidates), dtype=bool))
        return np.asarray(keys.index.isin(candidates.index[beaten]), dtype=bool)
