"""Literal batches, as extraction and transformation make them."""

from collections.abc import Mapping

import pandas as pd

from etl.contract import FIELDS, RANGES

ZOE = {"full_name": "Zoé Petit", "email": "zoe@exemple.fr", "email_masked": "z…@exemple.fr"}
ALI = {"full_name": "Ali Roux", "email": "ali@exemple.fr", "email_masked": "a…@exemple.fr"}

TEXT = "str"


def source(*rows: Mapping[str, object], age_hours: float = 2.0) -> pd.DataFrame:
    """Extracted rows; each is a dict of what differs from an empty one."""
    empty = {
        "workbook": "users.xlsx",
        "sheet": "Feuil1",
        "full_name": None,
        "email": None,
        "email_masked": "",
    }
    full = [
        {**empty, "row": place, "email_key": row.get("email"), **row}
        for place, row in enumerate(rows, start=2)
    ]
    frame = pd.DataFrame(full, columns=list(dict.fromkeys([*empty, "row", "email_key", *(full or [{}])[0]])))
    text = {name: TEXT for name in frame.columns if name != "row"}
    return frame.astype({**text, "row": "int64"}).assign(
        absent=0, replay=False, extracted_at="2026-11-24T02:00:00+00:00", workbook_age_hours=age_hours
    )


def verdicts(*rows: Mapping[str, object]) -> pd.DataFrame:
    """Verdicts; each row is a dict of what differs from a valid row without optional values."""
    empty = {
        "workbook": "users.xlsx",
        "sheet": "Feuil1",
        "status": "valid",
        "reasons": "",
        "warnings": "",
        "keep": "",
        "email_masked": "",
        **dict.fromkeys(field for field in FIELDS if field not in RANGES),
        "full_name": "Une Personne",
    }
    other = {"row": 0, "replay": False, **dict.fromkeys(RANGES)}
    full = [{**empty, **other, "row": place, **row} for place, row in enumerate(rows, start=2)]
    frame = pd.DataFrame(full, columns=[*empty, *other])
    types = {"row": "int64", "replay": "bool", **dict.fromkeys(RANGES, "float64")}
    return frame.astype({**dict.fromkeys(empty, TEXT), **types, "age": "Int64"})


def valid_users(count: int) -> list[dict[str, object]]:
    """So many valid rows with emails of their own."""
    return [{"email": f"user{n}@exemple.fr", "email_masked": "u…@exemple.fr"} for n in range(count)]


COURSE_FIELDS = ("url", "cours.titre", "cours.description", "cours.niveau", "cours.categories")
REQUIRED = ("url", "cours.titre")


def profile(documents: int = 200, **faults: Mapping[str, object]) -> pd.DataFrame:
    """The profile of an index; what differs is given by the field's last name: `profile(url={"missing": 3})`.

    A field that misses in some documents is present in the others.
    """
    rows = []
    for field in COURSE_FIELDS:
        fault = faults.pop(field.rpartition(".")[2], {})
        counted = {"documents": documents, "missing": 0, "unknown": 0, **fault}
        rows.append({"field": field, "required": field in REQUIRED, **counted})
        rows[-1].setdefault("present", counted["documents"] - counted["missing"])
    assert not faults
    return pd.DataFrame(rows)


BUCKETS = 4
ANSWERED_ALIKE = {"queries": 14, "queries_different": [], "queries_unasked": [], "queries_slower": []}


def buckets(*differing: Mapping[str, object], documents: int = 50) -> pd.DataFrame:
    """A comparison of four buckets of so many documents; what differs is given per bucket, in order."""
    same = {"missing": 0, "extra": 0, "changed": 0, "in_flight": 0, "documents": ""}
    rows = [{"bucket": place, "source_documents": documents, **same} for place in range(BUCKETS)]
    for row, given in zip(rows, differing, strict=False):
        row.update(given)
    for row in rows:
        row.setdefault("target_documents", row["source_documents"] - row["missing"] + row["extra"])
    return pd.DataFrame(rows).astype({"documents": TEXT})
