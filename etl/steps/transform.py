"""The step between extract and the gate: verdicts into the run's folder, refused rows into quarantine."""

from collections import Counter
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from etl.contract import Reason, Status
from etl.handover import SOURCE, VERDICTS, Extraction, Verdicts
from etl.postgres.existing import ensure_tables
from etl.postgres.target import OWN, Target
from etl.postgres.transaction import transaction
from etl.refused import quarantine, rejected_workbook
from etl.rows.verdicts import OnDuplicate, give_verdicts
from pipeline.handover import GateInput, Told


def transform(
    extraction: Extraction,
    engine: Engine,
    *,
    run: str,
    rejected_path: Path,
    target: Target = OWN,
    on_duplicate: OnDuplicate = "keep_last",
) -> Verdicts:
    """Give the extracted rows their verdicts and put those that are not valid into quarantine.

    run: the run's id. rejected_path: the workbook to write when rows are rejected.
    target: where the users go; a text that is longer than its column there rejects its row.
    """
    with transaction(engine) as connection:
        limits = ensure_tables(connection, target).limits
    source = extraction.folder.read_frame(SOURCE)
    verdicts = give_verdicts(source, on_duplicate=on_duplicate, limits=limits)
    batch = extraction.folder.write_frame(VERDICTS, verdicts)
    refused = verdicts[verdicts["status"] != Status.VALID.value]
    with transaction(engine) as connection:
        quarantine.replace(connection, refused, extraction=extraction, run=run)
    rows = refused[refused["status"] == Status.REJECTED.value]
    rejected_workbook.write(rejected_path, source.loc[rows.index], rows["reasons"], extraction, limits=limits)
    counts = _counts(verdicts)
    facts = {"source_rows": extraction.rows, "replay_only": extraction.replay_only, **target.facts}
    return Verdicts(
        gate=GateInput(batch, facts | {f"{status.value}_rows": counts[status.value] for status in Status}),
        told=_told(counts, str(rejected_path)),
        extraction=extraction,
        reasons=_reason_counts(verdicts["reasons"]),
        warnings=_codes(verdicts["warnings"]),
    )


def _counts(verdicts: pd.DataFrame) -> dict[str, int]:
    """All rows, and rows per status."""
    statuses = Counter(verdicts["status"])
    return {"rows": len(verdicts), **{status.value: statuses[status.value] for status in Status}}


def _told(counts: dict[str, int], rejected_path: str) -> Told:
    return Told(counts, rejected_workbook=rejected_path if counts[Status.REJECTED.value] else None)


def _codes(joined: pd.Series) -> int:
    """How many codes there are in all."""
    return int((joined.str.count(", ") + (joined != "")).sum())


def _reason_counts(reasons: pd.Series) -> dict[str, int]:
    """Rows per reason code, most frequent first; a row with two reasons counts in both."""
    counts: Counter[str] = Counter()
    for codes, rows in reasons.value_counts().items():
        for code in filter(None, str(codes).split(", ")):
            counts[code] += int(rows)
    return {Reason(code).value: rows for code, rows in counts.most_common()}
