"""Literal rows as the frames that the steps of the users flow hand on."""

import pandas as pd

from etl.contract import FIELDS, OPTIONAL_FIELDS, barred
from etl.rows import spelling
from etl.rows.verdicts import give_verdicts

DEFAULTS = {"full_name": "Zoé Martin", "email": "zoe@x.fr"}


def source(*rows: dict[str, object], absent: tuple[str, ...] = ()) -> pd.DataFrame:
    """An extracted frame: `source({"email": "zoe@x.fr", "age": "20"}, …)`; cells not named are empty.

    absent: optional fields whose column is not in the workbook.
    """
    fields = [field for field in FIELDS if field not in absent]
    frame = pd.DataFrame([{**DEFAULTS, **row} for row in rows], columns=[*fields, "replay", "extracted_at"])
    frame[fields] = frame[fields].astype("str")
    frame["replay"] = frame["replay"].eq(True)
    frame["extracted_at"] = pd.to_datetime(frame["extracted_at"], utc=True)
    frame.insert(0, "workbook", "data.xlsx")
    frame.insert(1, "sheet", "Feuil1")
    frame.insert(2, "row", range(2, len(frame) + 2))
    frame["absent"] = barred(field for field in OPTIONAL_FIELDS if field in absent)
    frame["email_key"] = spelling.email_keys(frame["email"])
    frame["email_masked"] = spelling.masked_emails(frame["email_key"])
    return frame


def verdicts(*rows: dict[str, object], absent: tuple[str, ...] = ()) -> pd.DataFrame:
    """The verdicts on literal rows."""
    return give_verdicts(source(*rows, absent=absent))
