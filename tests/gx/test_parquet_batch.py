"""A file of many rows is looked at a few columns at a time, and its verdict is that of the whole."""

from dataclasses import replace

import pandas as pd
import pytest

from gx import opening, parquet_batch
from report.gate_report import GateReport
from tests.frames import source, verdicts

ROWS = (
    {"email": "zoe@x.fr"},
    {"email": "ali@x.fr", "age": "7"},
    {"email": "eva@x.fr", "gender": "?"},
    {"email": "zoe@x.fr", "full_name": "Zoé"},
    {"email": "no address"},
)
SOURCE = source(*ROWS).assign(workbook_age_hours=40.0, **{"source:Note": "x"})
# As a transform would leave it that has forgotten its rules.
BROKEN = verdicts(*ROWS).assign(
    status="valid", age=[20, 7, 130, 40, 50], full_name=["Z", None, "E", "Z", " "]
)


def told(report: GateReport) -> GateReport:
    return replace(report, seconds=0, started_at="", page="", result_file="")


@pytest.mark.parametrize(
    ("suite", "frame"), [("users_source", SOURCE), ("users_ready", verdicts(*ROWS)), ("users_ready", BROKEN)]
)
@pytest.mark.parametrize("at_once", [0, 10_000_000])
def test_the_report_is_that_of_all_columns_at_once(
    gate, suite: str, frame: pd.DataFrame, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gate(suite, frame)
    monkeypatch.setattr(opening, "MANY_ROWS", 3)
    monkeypatch.setattr(parquet_batch, "AT_ONCE", at_once)
    read: list[int] = []
    reading = parquet_batch.ParquetBatch._read
    monkeypatch.setattr(
        parquet_batch.ParquetBatch,
        "_read",
        lambda batch, columns: (read.append(len(columns or ())), reading(batch, columns))[1],
    )
    assert told(gate(suite, frame)) == told(whole)
    assert max(read) < len(frame.columns)
    assert (len(read) > 2) is (at_once == 0)


def test_failing_rows_are_named_by_their_keys(gate, outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MANY_ROWS", 3)
    report = gate("users_ready", BROKEN)
    twice = outcome(report, "no email stands in two rows")
    assert [each.text for each in twice.examples] == [
        "data.xlsx, Feuil1, row 2: z…@x.fr (duplicate_email)",
        "data.xlsx, Feuil1, row 5: z…@x.fr",
    ]


def test_no_cell_is_hashed_for_a_fingerprint_that_nobody_reads(gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def hashed(_: pd.DataFrame) -> str:
        raise AssertionError("the frame was hashed")

    engine = "great_expectations.execution_engine.pandas_execution_engine"
    monkeypatch.setattr(f"{engine}.HASH_THRESHOLD", 1e9)
    monkeypatch.setattr(f"{engine}.hash_pandas_dataframe", hashed)
    assert gate("users_source", SOURCE).rows == len(SOURCE)
