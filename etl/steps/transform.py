"""The step between extract and the gate: verdicts into the run's folder, refused rows into quarantine."""

import dataclasses
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from etl.contract import Reason, Status
from etl.postgres.schema import ensure_tables
from etl.postgres.transaction import transaction
from etl.refused import quarantine, rejected_workbook
from etl.rows.verdicts import OnDuplicate, transform
from etl.steps.extract import SOURCE, Extraction
from pipeline.folder import RunFolder

VERDICTS = "verdicts"
"""Name of the frame of verdicts in the run's folder."""


@dataclass(frozen=True)
class Judged:
    """The verdicts on the rows of a run.

    batch: path of the Parquet file with one row per extracted row.
    rows = valid + rejected + duplicate. reasons: rows per code. warnings: values not understood.
    rejected_workbook: where a person can correct the rejected rows; None when there is none.
    """

    batch: str
    rows: int
    valid: int
    rejected: int
    duplicate: int
    reasons: dict[str, int]
    warnings: int
    rejected_workbook: str | None


def judge(
    folder: RunFolder,
    engine: Engine,
    *,
    run: str,
    rejected_path: Path,
    on_duplicate: OnDuplicate = "keep_last",
) -> Judged:
    """Transform the extracted rows and put those that are not valid into quarantine.

    run: the run's id. rejected_path: the workbook to write when rows are rejected.
    """
    source = folder.read_frame(SOURCE)
    verdicts = transform(source, on_duplicate=on_duplicate)
    batch = folder.write_frame(VERDICTS, verdicts)
    refused = verdicts[verdicts["status"] != Status.VALID.value]
    with transaction(engine) as connection:
        ensure_tables(connection)
        quarantine.replace(connection, refused, folder=folder, run=run)
    rows = refused[refused["status"] == Status.REJECTED.value]
    rejected_workbook.write(rejected_path, source.loc[rows.index], rows["reasons"], Extraction.of(folder))
    return _judged(batch, verdicts, rejected_path)


def _judged(batch: str, verdicts: pd.DataFrame, rejected_path: Path) -> Judged:
    statuses = Counter(verdicts["status"])
    return Judged(
        batch=batch,
        rows=len(verdicts),
        valid=statuses[Status.VALID.value],
        rejected=statuses[Status.REJECTED.value],
        duplicate=statuses[Status.DUPLICATE.value],
        reasons=_reason_counts(verdicts["reasons"]),
        warnings=int(verdicts["warnings"].str.count("unknown_").sum()),
        rejected_workbook=str(rejected_path) if statuses[Status.REJECTED.value] else None,
    )


def _reason_counts(reasons: pd.Series) -> dict[str, int]:
    """Rows per reason code, most frequent first; a row with two reasons counts in both."""
    counts: Counter[str] = Counter()
    for codes, rows in reasons.value_counts().items():
        for code in filter(None, str(codes).split(", ")):
            counts[code] += int(rows)
    return {Reason(code).value: rows for code, rows in counts.most_common()}


def facts(judged: Judged) -> dict[str, object]:
    """The verdicts as JSON-safe values."""
    return dataclasses.asdict(judged)
