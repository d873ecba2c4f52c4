"""What each step of the users flow leaves for the steps behind it.

Rows stand in the run's folder, as the frames `SOURCE` and `VERDICTS`, and behind the stage in PostgreSQL. All
else, paths, counts and facts, is in the handover, which travels as the task's XCom. Nothing stands in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.handover import GateInput, Told

# Nothing heavy at the top: whoever hands a handover on needs no pandas.
if TYPE_CHECKING:
    from pipeline.folder import RunFolder

SOURCE = "source"
"""Name of the extracted frame in the run's folder."""

VERDICTS = "verdicts"
"""Name of the frame of verdicts in the run's folder."""


@dataclass(frozen=True)
class Unread:
    """What stands in a workbook and is not read.

    what: `visible`, `hidden` or `veryhidden`: a sheet of that kind, its rows and the emails in it; `above`:
    the emails above the header of a sheet that is read; `repeated`: rows that only repeat its header.
    """

    workbook: str
    sheet: str
    what: Literal["visible", "hidden", "veryhidden", "above", "repeated"]
    rows: int = 0
    emails: int = 0


@dataclass(frozen=True)
class Extraction:
    """What was extracted.

    gate: the frame `SOURCE`, one row per workbook row that is not blank. told: its rows.
    folder_url: of the run's folder. rows: rows extracted. replay_rows: how many of them come from a corrected
    rejected workbook; replay_only: whether all do.
    checksum: of the workbooks that are no replays; None when all are.
    workbooks, replays: paths of what was read. headers: each field's header as the source spells it.
    unread: what the workbooks hold besides. extracted_at: ISO 8601, UTC.
    """

    gate: GateInput
    told: Told
    folder_url: str
    rows: int
    replay_rows: int
    replay_only: bool
    checksum: str | None
    workbooks: tuple[str, ...]
    replays: tuple[str, ...]
    headers: Mapping[str, str]
    unread: tuple[Unread, ...]
    extracted_at: str

    @property
    def folder(self) -> "RunFolder":
        """The folder of the run."""
        from pipeline.folder import RunFolder

        return RunFolder(self.folder_url)


@dataclass(frozen=True)
class Verdicts:
    """The verdicts on the rows of a run.

    gate: the frame `VERDICTS`, one row per extracted row. told: rows = valid + rejected + duplicate, and the
    workbook of the rejected ones.
    reasons: rows per code. warnings: values not understood.
    """

    gate: GateInput
    told: Told
    extraction: Extraction
    reasons: Mapping[str, int]
    warnings: int


@dataclass(frozen=True)
class Staged:
    """What waits in the staging table.

    gate: the view of those of `users` as it will be that can be wrong.
    batch_id: of the batch in `users_batches`. valid_rows: rows that must be in the staging table, counted in
    the verdicts. newer_users: replayed rows left out because the stored user is newer.
    """

    gate: GateInput
    told: Told
    extraction: Extraction
    batch_id: str
    valid_rows: int
    newer_users: int


@dataclass(frozen=True)
class Loaded:
    """What the load did. told: users by what the merge did with them."""

    told: Told
