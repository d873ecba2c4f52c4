"""The table `quarantine`: every row that was not loaded, complete, with its place and its reasons."""

import json
from collections.abc import Mapping

import pandas as pd
from sqlalchemy import Connection, delete

from etl.contract import FIELDS, ROW_KEY, Reason, Status
from etl.handover import SOURCE, Extraction
from etl.postgres.copy_in import copy_frame
from etl.postgres.schema import QUARANTINE
from etl.workbook.header import OWN_HEADERS, without_repeats
from pipeline.parts import rows_of

# PostgreSQL's jsonb has no NUL; it is shown as people write it.
_ESCAPES = str.maketrans({"\0": "\\x00"})


def clear(connection: Connection, *, run: str) -> None:
    """Take out what a run has quarantined: an earlier attempt of its transform."""
    connection.execute(delete(QUARANTINE).where(QUARANTINE.c.run_id == run))


def add(
    connection: Connection,
    refused: pd.DataFrame,
    source: pd.DataFrame,
    *,
    headers: Mapping[str, str],
    run: str,
) -> None:
    """Quarantine rows that the transform refused.

    refused: rows of the verdicts. source: the same rows as extracted. headers: of the extraction.
    """
    if refused.empty:
        return
    rows = refused[[*ROW_KEY, "status", "email"]].rename(columns={"row": "row_number"})
    rows["email"] = rows["email"].str.translate(_ESCAPES)
    rows["reasons"] = "{" + refused["reasons"].str.replace(", ", ",", regex=False) + "}"
    rows["source"] = documents(source, headers)
    rows.insert(0, "run_id", run)
    copy_frame(connection, rows, QUARANTINE)


def add_left_out(
    connection: Connection, left_out: pd.DataFrame, *, reason: Reason, extraction: Extraction, run: str
) -> None:
    """Quarantine the valid rows that the stage left out for a reason, instead of those it left out before.

    left_out: rows of the verdicts, with the index of the source frame.
    """
    reasons = [reason.value]
    connection.execute(delete(QUARANTINE).where(QUARANTINE.c.run_id == run, QUARANTINE.c.reasons == reasons))
    if left_out.empty:
        return
    refused = left_out.assign(status=Status.REJECTED.value, reasons=reason.value)
    source = rows_of(extraction.folder, SOURCE, left_out.index)
    add(connection, refused, source, headers=extraction.headers, run=run)


def source_columns(source: pd.DataFrame, headers: Mapping[str, str]) -> dict[str, str]:
    """The source's own columns: name in the frame → header as the workbook spells it, no two alike."""
    fields = {field: headers[field] for field in FIELDS if field in source.columns}
    unknown = {name: name.removeprefix("source:") for name in source.columns if name.startswith("source:")}
    columns = {**fields, **unknown}
    return dict(zip(columns, without_repeats([*columns.values()], taken=OWN_HEADERS), strict=True))


def documents(source: pd.DataFrame, headers: Mapping[str, str]) -> list[str]:
    """Each row as a JSON object of its filled cells: header → text.

    A cell of spaces only is not filled: the reader hands it on as an empty text.
    """
    columns = source_columns(source, headers)
    cells = source[list(columns)].set_axis(list(columns.values()), axis="columns")
    return [
        json.dumps(
            {
                header: text.translate(_ESCAPES)
                for header, text in row.items()
                if isinstance(text, str) and text
            },
            ensure_ascii=False,
        )
        for row in cells.to_dict("records")
    ]
