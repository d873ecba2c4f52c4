"""The baseline: the way a load of users is written first, cell by cell and row by row.

openpyxl reads, `iterrows` walks, one INSERT … ON CONFLICT a row writes, one transaction holds it all.
The rules are the product's; only the spellings of the values are taken from it, as data.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg2
from openpyxl import load_workbook

from etl.contract import (
    AGE,
    COLUMNS,
    EMAIL_PATTERN,
    MAX_EMAIL_LENGTH,
    MIN_VALID_RATIO,
)
from etl.kinds import Choice, Decimal, Text

SPELLINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    column.field: column.kind.spellings for column in COLUMNS if isinstance(column.kind, Choice)
}
TEXTS = tuple(column.field for column in COLUMNS if isinstance(column.kind, Text))
DECIMALS = {column.field: column.kind for column in COLUMNS if isinstance(column.kind, Decimal)}
STORED = ("email", "full_name", "age", *DECIMALS, *SPELLINGS, *TEXTS)

INSERT_USER_INTEREST = """
INSERT INTO user_interests (user_id, interest_id) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Row:
    """A row after its rules: the values to store, and the fields that keep what is stored."""

    values: dict[str, Any]
    interests: tuple[str, ...]
    kept: frozenset[str]
    reasons: tuple[str, ...]


def load(workbook: Path, url: str) -> int:
    """Load a workbook into the tables of `etl`, which are there already; returns the number of valid rows.

    Raises ValueError when an email is there twice among the valid rows, or too few rows are valid.
    """
    rows = [read_row(cells) for _, cells in read_workbook(workbook).iterrows()]
    valid = last_of_each_email(row for row in rows if not row.reasons)
    check(valid, len(rows))
    interest_ids: dict[str, int] = {}
    with closing(psycopg2.connect(url)) as connection:
        with connection.cursor() as cursor:
            for row in valid:
                insert(cursor, row, interest_ids)
        connection.commit()
    return len(valid)


def read_workbook(path: Path) -> pd.DataFrame:
    """The rows of the first sheet that are not blank; columns are fields."""
    sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    fields = {column.header: column.field for column in COLUMNS}
    filled = [row for row in rows if any(cell is not None and str(cell).strip() for cell in row)]
    return pd.DataFrame(filled, columns=[fields[name] for name in header], dtype=object)


def read_row(cells: "pd.Series[Any]") -> Row:
    """One row after the rules for each of its cells."""
    name, email = text(cells["full_name"]), normalised_email(cells["email"])
    age, age_reason = read_age(cells["age"])
    values: dict[str, Any] = {"email": email, "full_name": name, "age": age}
    values |= {field: text(cells[field]) for field in TEXTS}
    values |= {field: canonical(field, cells[field]) for field in SPELLINGS}
    values |= {field: read_number(cells[field], decimal) for field, decimal in DECIMALS.items()}
    kept = {
        field for field in (*SPELLINGS, *DECIMALS) if values[field] is None and text(cells[field]) is not None
    }
    reasons = [] if name else ["missing_name"]
    reasons += [reason for reason in (email_reason(email), age_reason) if reason]
    return Row(values, read_interests(cells["interests"]), frozenset(kept), tuple(reasons))


def text(cell: object) -> str | None:
    """The cell as text, trimmed; None where nothing is left."""
    if cell is None or cell != cell:
        return None
    return unicodedata.normalize("NFC", str(cell)).strip() or None


def normalised_email(cell: object) -> str | None:
    """An email as it is compared and stored."""
    if cell is None:
        return None
    return unicodedata.normalize("NFKC", str(cell)).strip().lower() or None


def email_reason(email: str | None) -> str | None:
    """Why the email is refused; None when it is not."""
    if email is None:
        return "missing_email"
    if len(email) > MAX_EMAIL_LENGTH or not re.fullmatch(EMAIL_PATTERN, email):
        return "invalid_email"
    return None


def read_age(cell: object) -> tuple[int | None, str | None]:
    """The age in years, or the reason against it."""
    age = text(cell)
    if age is None:
        return None, None
    if not re.fullmatch(r"[+-]?\d+(?:[.,]0*)?", age):
        return None, "age_not_a_number"
    years = int(re.split("[.,]", age)[0])
    return (years, None) if AGE.low <= years <= AGE.high else (None, "age_out_of_range")


def read_number(cell: object, decimal: Decimal) -> float | None:
    """A number; None where the cell is empty or not understood."""
    typed = text(cell)
    if typed is None or not re.fullmatch(r"\d{1,3}(?:[.,]\d+)?", typed):
        return None
    number = round(float(typed.replace(",", ".")), decimal.places)
    return number if number <= decimal.high else None


def canonical(field: str, cell: object) -> str | None:
    """The value of a set that the cell stands for; None where it is empty or not understood."""
    spelling = text(cell)
    if spelling is None:
        return None
    letters = unicodedata.normalize("NFKD", spelling).casefold()
    key = "".join(letter for letter in letters if letter.isalnum())
    return next((value for value, spellings in SPELLINGS[field].items() if key in spellings), None)


def read_interests(cell: object) -> tuple[str, ...]:
    """The labels in the cell, each once whatever its case."""
    labels = (" ".join(label.split()) for label in re.split(r"[,;|\n]", text(cell) or ""))
    return tuple({label.lower(): label for label in labels if label}.values())


def last_of_each_email(rows: Iterator[Row]) -> list[Row]:
    """The last valid row of each email; those before it are duplicates."""
    return list({row.values["email"]: row for row in rows}.values())


def check(valid: list[Row], rows: int) -> None:
    """What the gates check, row by row: emails unique, and enough valid rows."""
    seen: set[str] = set()
    for row in valid:
        if row.values["email"] in seen:
            raise ValueError("the same email twice among the valid rows")
        seen.add(row.values["email"])
    if len(valid) < MIN_VALID_RATIO * rows:
        raise ValueError(f"{len(valid)} of {rows} rows are valid, fewer than {MIN_VALID_RATIO:.0%}")


def insert(cursor: Any, row: Row, interest_ids: dict[str, int]) -> None:
    """Write one user with its interests; a field that is kept stays as it is stored."""
    changes = ", ".join(f"{field} = EXCLUDED.{field}" for field in STORED if field not in row.kept)
    cursor.execute(
        f"INSERT INTO users ({', '.join(STORED)}) VALUES ({', '.join(['%s'] * len(STORED))}) "
        f"ON CONFLICT (lower(email)) DO UPDATE SET {changes} RETURNING user_id, xmax = 0",
        [row.values[field] for field in STORED],
    )
    user_id, inserted = cursor.fetchone()
    if not inserted:
        cursor.execute("DELETE FROM user_interests WHERE user_id = %s", [user_id])
    for label in row.interests:
        cursor.execute(INSERT_USER_INTEREST, [user_id, interest_id(cursor, label, interest_ids)])


def interest_id(cursor: Any, label: str, interest_ids: dict[str, int]) -> int:
    """The identifier of a label; asked of the database once a label, since nobody would ask 500,000 times."""
    key = label.lower()
    if key not in interest_ids:
        cursor.execute("SELECT interest_id FROM interests WHERE lower(label) = %s", [key])
        stored = cursor.fetchone()
        if stored is None:
            cursor.execute("INSERT INTO interests (label) VALUES (%s) RETURNING interest_id", [label])
            stored = cursor.fetchone()
        interest_ids[key] = stored[0]
    return interest_ids[key]
