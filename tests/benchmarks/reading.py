"""What the first look at a workbook costs, and the process of its own in which it is read."""

import time
import zipfile
from pathlib import Path

SHEET = "xl/worksheets/sheet1.xml"


def look_seconds(workbook: Path) -> float:
    """Processor time of counting the cells of the sheet in its XML, which gives extents and recount."""
    from etl.workbook.limits import USUAL
    from etl.workbook.xml_scan import scan

    start = time.process_time()
    with zipfile.ZipFile(workbook) as archive, archive.open(SHEET) as stream:
        scan(stream, longest=4 * USUAL.characters)
    return time.process_time() - start


def child_seconds() -> float:
    """Seconds of a process that reads nothing, in a process that has imported what reads."""
    from etl.workbook import grids  # noqa: F401 - forked with all that it imports
    from etl.workbook.child import in_child

    in_child(lambda *_: None, memory_mb=1_000, seconds=60)
    start = time.perf_counter()
    in_child(lambda *_: None, memory_mb=1_000, seconds=60)
    return time.perf_counter() - start
