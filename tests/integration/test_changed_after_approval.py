"""The step behind a gate that a person opened stages what was approved, or nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from etl.flow import UsersFlow
from etl.handover import VERDICTS, Verdicts
from etl.postgres.staging import staging_key
from pipeline.errors import ChangedSinceApprovalError
from pipeline.folder import checksum
from pipeline.handover import as_json, from_json
from tests.integration.flow import Flow
from tests.integration.stored import query
from tests.workbooks import ALI, ZOE, workbook

STAGED = f"SELECT tablename FROM pg_tables WHERE tablename LIKE '%{staging_key('run-1')}%'"


def approved(flow: Flow, verdicts: Verdicts) -> Verdicts:
    """The verdicts as a gate hands them on that a person opened."""
    gate = replace(verdicts.gate, approved=checksum(verdicts.gate.batch))
    return from_json(Verdicts, as_json(replace(verdicts, gate=gate)))


def test_what_was_approved_is_staged(flow: Flow, tmp_path: Path):
    flow.extract(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    verdicts = approved(flow, flow.transform())
    assert UsersFlow(flow.engine, flow.settings, "run-1").stage(verdicts).valid_rows == 2
    assert query(flow.engine, STAGED) != []


def test_one_row_that_changed_after_the_approval_stages_nothing(flow: Flow, tmp_path: Path):
    flow.extract(workbook(tmp_path / "d.xlsx", ZOE, ALI))
    verdicts = approved(flow, flow.transform())
    folder = verdicts.extraction.folder
    frame = folder.read_frame(VERDICTS)
    frame.loc[0, "full_name"] = "Zoé Autre"
    folder.write_frame(VERDICTS, frame)
    with pytest.raises(
        ChangedSinceApprovalError, match=r"changed since it was approved .* Nothing was written"
    ):
        UsersFlow(flow.engine, flow.settings, "run-1").stage(verdicts)
    assert query(flow.engine, STAGED) == []
    assert query(flow.engine, "SELECT batch_id FROM users_batches") == []
