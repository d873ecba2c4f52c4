"""The step between extract and the gate: verdicts into the run's folder, refused rows into quarantine."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from etl.contract import Reason, Status
from etl.handover import SOURCE, VERDICTS, Extraction, Verdicts
from etl.postgres.existing import ensure_tables
from etl.postgres.target import OWN, Target
from etl.postgres.transaction import transaction
from etl.refused import quarantine, rejected_workbook
from etl.rows.duplicates import Keys
from etl.rows.verdicts import OnDuplicate, give_verdicts, judged, with_duplicates
from pipeline.handover import GateInput, Told
from pipeline.parts import PART_ROWS, FrameParts, read_parts


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
    seen = _Seen()
    sources: list[pd.DataFrame] = []
    reasons: list[pd.Series] = []
    with FrameParts() as parts, transaction(engine) as connection:
        quarantine.clear(connection, run=run)
        for source, verdicts in _verdicts(extraction, on_duplicate=on_duplicate, limits=limits):
            refused = verdicts[verdicts["status"] != Status.VALID.value]
            headers = extraction.headers
            quarantine.add(connection, refused, source.loc[refused.index], headers=headers, run=run)
            rows = refused[refused["status"] == Status.REJECTED.value]
            sources.append(source.loc[rows.index])
            reasons.append(rows["reasons"])
            seen.add(verdicts)
            parts.add(verdicts)
        batch = parts.write(extraction.folder, VERDICTS, list(verdicts.columns))
    rejected_workbook.write(rejected_path, pd.concat(sources), pd.concat(reasons), extraction, limits=limits)
    counts = seen.counts
    facts = {"source_rows": extraction.rows, "replay_only": extraction.replay_only, **target.facts}
    return Verdicts(
        gate=GateInput(batch, facts | {f"{status.value}_rows": counts[status.value] for status in Status}),
        told=_told(counts, str(rejected_path)),
        extraction=extraction,
        reasons=seen.reason_counts,
        warnings=seen.warnings,
    )


def _verdicts(
    extraction: Extraction, *, on_duplicate: OnDuplicate, limits: Mapping[str, int]
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """The extracted rows and the verdicts on them, part by part; duplicates are found across all parts."""
    folder = extraction.folder
    if extraction.rows <= PART_ROWS:
        source = folder.read_frame(SOURCE)
        yield source, give_verdicts(source, on_duplicate=on_duplicate, limits=limits)
        return
    keys = Keys()
    with FrameParts() as parts:
        for source in read_parts(folder, SOURCE):
            verdicts = judged(source, limits=limits)
            keys.add(verdicts)
            parts.add(verdicts)
        duplicate = np.zeros(extraction.rows, dtype=bool)
        if on_duplicate == "keep_last":
            duplicate = keys.duplicates(
                lambda: (part["email_key"] for part in read_parts(folder, SOURCE, ["email_key"]))
            )
        for source, verdicts in zip(read_parts(folder, SOURCE), parts, strict=True):
            beaten = duplicate[source.index]
            yield source, with_duplicates(verdicts.set_axis(source.index), beaten)


class _Seen:
    """What is told of the verdicts, added up over their parts."""

    def __init__(self) -> None:
        self._statuses: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self.warnings = 0

    def add(self, verdicts: pd.DataFrame) -> None:
        """Count the verdicts of a part."""
        self._statuses.update(verdicts["status"])
        for codes, rows in verdicts["reasons"].value_counts().items():
            for code in filter(None, str(codes).split(", ")):
                self._reasons[code] += int(rows)
        self.warnings += _codes(verdicts["warnings"])

    @property
    def counts(self) -> dict[str, int]:
        """All rows, and rows per status."""
        return {
            "rows": self._statuses.total(),
            **{status.value: self._statuses[status.value] for status in Status},
        }

    @property
    def reason_counts(self) -> dict[str, int]:
        """Rows per reason code, most frequent first; a row with two reasons counts in both."""
        return {Reason(code).value: rows for code, rows in self._reasons.most_common()}


def _told(counts: dict[str, int], rejected_path: str) -> Told:
    return Told(counts, rejected_workbook=rejected_path if counts[Status.REJECTED.value] else None)


def _codes(joined: pd.Series) -> int:
    """How many codes there are in all."""
    return int((joined.str.count(", ") + (joined != "")).sum())
