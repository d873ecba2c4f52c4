"""One sheet as it stands in the file."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from etl.workbook.counts import Counts

Visibility = Literal["visible", "hidden", "veryhidden"]


@dataclass(frozen=True)
class Grid:
    """The cells of one worksheet.

    cells: columns of text from its first filled column on, row 1 first; None when the sheet was not read.
    counts: its filled cells as its own records have them, counted without the reader.
    """

    name: str
    visible: Visibility
    cells: pa.RecordBatch | None
    counts: Counts
