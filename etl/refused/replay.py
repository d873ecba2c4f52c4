"""Corrected rejected workbooks: read once, then put away beside the replay folder."""

from pathlib import Path

from etl.steps.extract import Extraction
from pipeline.folder import RunFolder

DONE = "done"
"""Folder, inside the replay folder, of the workbooks that were loaded."""


def put_away(folder: RunFolder, *, run_name: str) -> list[Path]:
    """Move the replayed workbooks of a run to `done/<run>/`; those that are gone already are left out.

    Returns where they are now.
    """
    moved = []
    for replay in map(Path, Extraction.of(folder).replays):
        if replay.exists():
            target = replay.parent / DONE / run_name / replay.name
            target.parent.mkdir(parents=True, exist_ok=True)
            moved.append(replay.rename(target))
    return moved
