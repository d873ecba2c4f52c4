"""Corrected rejected workbooks: read once, then put away beside the replay folder."""

from collections.abc import Iterable
from pathlib import Path

from pipeline import private

DONE = "done"
"""Folder, inside the replay folder, of the workbooks that were loaded."""


def put_away(replays: Iterable[str], *, run_name: str) -> None:
    """Move replayed workbooks to `done/<run>/`; those that are gone already are left out.

    replays: their paths. run_name: the run's id as a file name.
    """
    for replay in map(Path, replays):
        if replay.exists():
            target = replay.parent / DONE / run_name / replay.name
            private.make_folder(target.parent)
            replay.rename(target)
