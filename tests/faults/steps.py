"""Steps of the users flow that stop in the middle: run in a process of their own, to be killed there."""

import time
from multiprocessing.synchronize import Event
from typing import Any
from unittest.mock import patch

from sqlalchemy import create_engine, event

from etl.handover import Staged, Verdicts
from etl.postgres import copy_in
from etl.steps import load, stage

FOREVER = 600  # seconds; whoever waits kills the process


def stage_and_stop(url: str, verdicts: Verdicts, run: str, reached: Event) -> None:
    """Stage a run, and stop for ever behind the first COPY, inside the transaction."""

    def copy_and_stop(*arguments: Any) -> int:
        copy_in.copy_frame(*arguments)
        reached.set()
        time.sleep(FOREVER)
        return 0

    with patch.object(stage, "copy_frame", copy_and_stop):
        stage.stage(verdicts, create_engine(url), run=run)


def load_and_stop(url: str, staged: Staged, run: str, reached: Event) -> None:
    """Load a run, and stop for ever when the new users are inserted, inside the transaction."""
    engine = create_engine(url)

    @event.listens_for(engine, "after_cursor_execute")
    def stop(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO users "):
            reached.set()
            time.sleep(FOREVER)

    load.load(staged, engine, run=run)
