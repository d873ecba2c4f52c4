"""`kill -9` in the middle of a step; the retry ends as if nothing had happened."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.handover import Extraction, Staged, Verdicts
from etl.postgres.merge import Merged
from pipeline.handover import GateInput, Told, as_json
from tests.conftest import engine as other_engine  # noqa: F401 - a second database, as a fixture of this name
from tests.faults.steps import load_and_stop, stage_and_stop
from tests.frames import source
from tests.integration.flow import Flow
from tests.integration.stored import checksum, execute, query, stored_users

pytestmark = pytest.mark.postgres

ROWS = 20_000
RUN = "run-1"


def extracted(flow: Flow) -> None:
    """What the first step of a run leaves: 20,000 rows, of which one in a hundred is wrong."""
    rows: list[dict[str, object]] = [
        {
            "full_name": f"Personne {number}",
            "email": f"p{number}@x.fr" if number % 100 else "no-address",
            "age": str(16 + number % 80),
            "interests": f"Python, Sujet {number % 50}",
        }
        for number in range(ROWS)
    ]
    folder = flow.folder(RUN)
    extraction = Extraction(
        gate=GateInput(folder.write_frame("source", source(*rows))),
        told=Told(),
        folder_url=folder.url,
        rows=ROWS,
        replay_rows=0,
        replay_only=False,
        checksum="a",
        workbooks=("data.xlsx",),
        replays=(),
        headers={field: field for field in source({}).columns},
        unread=(),
        extracted_at=datetime.now(tz=UTC).isoformat(),
    )
    flow.left[RUN, "Extraction"] = as_json(extraction)


def prepared(flow: Flow) -> Flow:
    """Some users are stored, and the verdicts of the run are there."""
    extracted(flow)
    flow.transform(RUN)
    execute(
        flow.engine,
        "INSERT INTO users (email, full_name, age) VALUES ('P1@x.fr', 'Avant', 20), ('old@x.fr', 'O', 30)",
    )
    return flow


@pytest.fixture
def undisturbed(other_engine: Engine, tmp_path: Path) -> Flow:  # noqa: F811 - the fixture
    """The same run in another database, from end to end."""
    flow = prepared(Flow(other_engine, tmp_path / "undisturbed", gated=False))
    flow.stage(RUN)
    flow.load(RUN)
    return flow


@pytest.fixture
def disturbed(engine: Engine, tmp_path: Path) -> Flow:
    """The run that is killed."""
    return prepared(Flow(engine, tmp_path / "disturbed", gated=False))


def killed_in_the_middle(step: Callable[..., None], flow: Flow, before: Verdicts | Staged) -> None:
    """Run a step in a process of its own and kill it at the point where it stops.

    before: what the step before it left.
    """
    context = multiprocessing.get_context("spawn")
    reached = context.Event()
    url = flow.engine.url.render_as_string(hide_password=False)
    process = context.Process(target=step, args=(url, before, RUN, reached))
    process.start()
    try:
        assert reached.wait(60), "the step never came to the point where it is killed"
    finally:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    assert process.exitcode == -signal.SIGKILL


def traces(engine: Engine) -> list[str]:
    """The staging tables and views that are there."""
    names = query(engine, "SELECT relname FROM pg_class WHERE relname ~ '^users_(staging|next)_'")
    return [each["relname"] for each in names]


def test_a_stage_that_is_killed_is_done_again(disturbed: Flow, undisturbed: Flow) -> None:
    before = checksum(disturbed.engine)
    killed_in_the_middle(stage_and_stop, disturbed, disturbed.taken(Verdicts, RUN))
    assert checksum(disturbed.engine) == before
    disturbed.stage(RUN)
    assert disturbed.load(RUN) == Merged(inserted=ROWS - ROWS // 100 - 1, updated=1, unchanged=0)
    assert stored_users(disturbed.engine) == stored_users(undisturbed.engine)
    assert traces(disturbed.engine) == []


def test_a_load_that_is_killed_is_done_again(disturbed: Flow, undisturbed: Flow) -> None:
    disturbed.stage(RUN)
    before = checksum(disturbed.engine)
    killed_in_the_middle(load_and_stop, disturbed, disturbed.taken(Staged, RUN))
    assert checksum(disturbed.engine) == before
    assert disturbed.load(RUN) == Merged(inserted=ROWS - ROWS // 100 - 1, updated=1, unchanged=0)
    assert stored_users(disturbed.engine) == stored_users(undisturbed.engine)
    assert traces(disturbed.engine) == []
