"""The second baseline: the same rows by hand, as a good engineer writes it in an evening.

polars reads and computes column by column, COPY brings the rows in, one merge writes them. Labels and emails
are compared by our own keys. There is no gate, no quarantine, no rejected workbook, and nothing that protects
what is stored from a run that goes wrong half-way but its transaction.
"""

import io
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import psycopg2

from etl.contract import AGE, COLUMNS, EMAIL_PATTERN
from etl.kinds import Choice, Decimal
from etl.rows.spelling import key, label_key

CHOICES = {c.field: c.kind.spellings for c in COLUMNS if isinstance(c.kind, Choice)}
DECIMALS = {c.field: c.kind for c in COLUMNS if isinstance(c.kind, Decimal)}
STORED = tuple(c.field for c in COLUMNS if c.field != "interests")

_STAGING = """
CREATE TEMPORARY TABLE incoming (
    seq int, email text, full_name text, age smallint, gender text, phone text, preferred_language text,
    learning_mode text, highest_academic_level text, total_experience_years numeric(5,2), predicted_level text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_labels (number int, label text) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_interests (seq int, number int) ON COMMIT DROP
"""

_SET = ", ".join(f"{field} = EXCLUDED.{field}" for field in STORED if field != "email")

_MERGE = f"""
CREATE TEMPORARY TABLE merged ON COMMIT DROP AS
WITH written AS (
    INSERT INTO users ({", ".join(STORED)}) SELECT {", ".join(STORED)} FROM incoming ORDER BY email
    ON CONFLICT (lower(email)) DO UPDATE SET {_SET}, updated_at = now()
    RETURNING user_id, lower(email) AS email
) SELECT user_id, seq FROM written JOIN incoming USING (email);
INSERT INTO interests (label) SELECT label FROM incoming_labels ON CONFLICT DO NOTHING;
DELETE FROM user_interests USING merged WHERE user_interests.user_id = merged.user_id;
INSERT INTO user_interests (user_id, interest_id)
SELECT user_id, interest_id FROM incoming_interests JOIN merged USING (seq)
JOIN incoming_labels USING (number) JOIN interests USING (label) ORDER BY user_id
"""


def load(workbook: Path, url: str) -> int:
    """Load a workbook into the tables of `etl`, which are there already; returns the number of valid rows."""
    rows = valid(read(workbook))
    labels, named = interests(rows)
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(_STAGING)
        _copy(cursor, "incoming", rows.select("seq", *STORED))
        _copy(cursor, "incoming_labels", labels)
        _copy(cursor, "incoming_interests", named)
        cursor.execute("ANALYZE incoming, incoming_labels, incoming_interests")
        cursor.execute(_MERGE)
        connection.commit()
    return len(rows)


def read(workbook: Path) -> pl.DataFrame:
    """The rows of the first sheet that are not blank, as trimmed texts; columns are fields."""
    sheet = fastexcel.read_excel(str(workbook)).load_sheet(0, dtypes="string")
    fields = {column.header: column.field for column in COLUMNS}
    found = sheet.to_polars().rename(fields, strict=False).select(list(fields.values()))
    trimmed = found.with_columns(pl.all().str.normalize("NFC").str.strip_chars().replace("", None))
    return trimmed.filter(pl.any_horizontal(pl.all().is_not_null()))


def valid(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that may be loaded, the last of each email, with the values to store and a number `seq`."""
    email = pl.col("email").str.to_lowercase()
    whole = pl.col("age").str.contains(r"^[+-]?[0-9]+(?:[.,]0*)?$")
    age = pl.col("age").str.replace(r"[.,]0*$", "").cast(pl.Int64, strict=False)
    good = (
        pl.col("full_name").is_not_null()
        & email.str.contains(rf"^(?:{EMAIL_PATTERN})$")
        & (pl.col("age").is_null() | (whole & age.is_between(AGE.low, AGE.high)))
    )
    kept = rows.with_columns(good=good.fill_null(value=False), email=email).filter(pl.col("good"))
    kept = kept.with_columns(age=age, **{field: _choice(kept[field], field) for field in CHOICES})
    kept = kept.with_columns(**{field: _number(field, decimal) for field, decimal in DECIMALS.items()})
    return kept.unique("email", keep="last", maintain_order=True).with_row_index("seq")


def _choice(cells: pl.Series, field: str) -> pl.Series:
    values = {spelling: value for value, spellings in CHOICES[field].items() for spelling in spellings}
    typed = cells.drop_nulls().unique().to_list()
    return cells.replace_strict({each: values.get(key(each)) for each in typed}, default=None)


def _number(field: str, decimal: Decimal) -> pl.Expr:
    number = pl.col(field).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return pl.when(number.is_between(0, decimal.high)).then(number.round(decimal.places))


def interests(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The labels by number, and per row the numbers of its labels."""
    typed = (
        rows.select("seq", label=pl.col("interests").str.replace_all(r"[;|\n]", ",").str.split(","))
        .explode("label")
        .with_columns(pl.col("label").str.replace_all(r"\s+", " ").str.strip_chars())
        .filter(pl.col("label") != "")
    )
    first: dict[str, str] = {}
    spellings = typed["label"].unique(maintain_order=True).to_list()
    spelled = {each: first.setdefault(label_key(each), each) for each in spellings}
    labels = pl.DataFrame({"label": list(first.values())}).with_row_index("number")
    named = typed.with_columns(pl.col("label").replace_strict(spelled)).join(labels, on="label")
    return labels, named.select("seq", "number").unique()


def _copy(cursor: Any, table: str, rows: pl.DataFrame) -> None:
    text = io.BytesIO()
    rows.write_csv(text, include_header=False)
    text.seek(0)
    names: Sequence[str] = rows.columns
    cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN WITH (FORMAT csv)", text)
