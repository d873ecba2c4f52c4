"""One bad cell may cost its row, never the run: transform, stage and load take whatever stands in cells."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from etl.contract import FIELDS, Status
from etl.handover import Extraction
from pipeline.handover import GateInput, Told, as_json
from tests.frames import source
from tests.hostile_cells import CELLS
from tests.integration.flow import Flow
from tests.integration.stored import query

pytestmark = pytest.mark.postgres

RUNS = itertools.count(1)
ADDRESSES = st.sampled_from(["zoe@x.fr", "Zoe@X.fr", "ali@x.fr", "k@x.fr", "ines@x.fr", "i@x.fr"])
NAMED = st.fixed_dictionaries(
    {"full_name": st.just("Zoé"), "email": ADDRESSES, "age": st.sampled_from([None, "20", "٢٥"])},
    optional={field: CELLS for field in FIELDS if field not in {"full_name", "email", "age"}},
)
ANYTHING = st.fixed_dictionaries(dict.fromkeys(FIELDS, CELLS))


def run(flow: Flow, rows: list[dict[str, str | None]]) -> None:
    """Transform, stage and load literal rows, and count them."""
    name = f"run-{next(RUNS)}"
    frame = source(*rows)
    flow.left[name, "Extraction"] = as_json(
        extraction(flow, name, flow.folder(name).write_frame("source", frame), len(rows))
    )
    counts = flow.transform(name).told.counts
    assert sum(counts[status.value] for status in Status) == counts["rows"] == len(rows)
    flow.stage(name)
    assert flow.load(name).rows == counts[Status.VALID.value]
    quarantined = query(flow.engine, "SELECT count(*) FROM quarantine WHERE run_id = :run", run=name)
    assert quarantined[0]["count"] == len(rows) - counts[Status.VALID.value]


def extraction(flow: Flow, name: str, batch: str, rows: int) -> Extraction:
    return Extraction(
        gate=GateInput(batch),
        told=Told(),
        folder_url=flow.folder(name).url,
        rows=rows,
        replay_rows=0,
        replay_only=False,
        checksum=name,
        workbooks=("data.xlsx",),
        replays=(),
        headers={field: field for field in FIELDS},
        unread=(),
        extracted_at="2026-11-26T02:00:00+00:00",
    )


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(rows=st.lists(NAMED | ANYTHING, min_size=1, max_size=20))
def test_no_cell_makes_a_step_raise(
    engine: Engine, tmp_path: Path, rows: list[dict[str, str | None]]
) -> None:
    run(Flow(engine, tmp_path, gated=False), rows)


def test_the_cells_that_were_seen_to_kill_a_run_cost_at_most_their_row(
    engine: Engine, tmp_path: Path
) -> None:
    flow = Flow(engine, tmp_path, gated=False)
    bad = [
        {"email": "a@x.fr", "interests": "İstanbul, istanbul"},
        {"email": "b@x.fr", "interests": "i̇stanbul; ISTANBUL; ıstanbul"},
        {"email": "c@x.fr", "age": "٢٥"},
        {"email": "İnfo@x.fr"},
        {"email": "d@x.fr", "full_name": "\u200b"},
        {"email": "e@x.fr", "interests": "\ufdfa" * 200},
    ]
    run(flow, bad)
    run(flow, list(reversed(bad)))
    stored = query(flow.engine, "SELECT email, age FROM users ORDER BY email")
    assert [(user["email"], user["age"]) for user in stored] == [
        ("a@x.fr", None),
        ("b@x.fr", None),
        ("c@x.fr", 25),
        ("e@x.fr", None),
    ]
