"""The workbook of rejected rows: a person corrects it and drops it into the replay folder as it is."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from etl.contract import EXTRACTED_AT_HEADER, REASONS_HEADER, reason_text
from etl.handover import Extraction
from etl.refused.quarantine import source_columns
from etl.refused.sheet_rows import rows_xml, save_with_rows
from etl.rows import spelling
from etl.workbook.header import OWN_HEADERS
from pipeline import private

MAX_CELL_CHARACTERS = 32_767
"""Characters that a cell can hold ("Excel specifications and limits")."""
MAX_SHEET_COLUMNS = 16_384
"""Columns of a sheet; unknown ones that many workbooks bring together may be more."""
MAX_SHEET_ROWS = 1_000_000
"""Rows written to one sheet; Excel holds 1,048,576."""

NO_LIMITS: Mapping[str, int] = {}

_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_HEADER_FONT = Font(bold=True)
_OWN_FILL = PatternFill("solid", fgColor="FFF2CC")
_NO_FILL = PatternFill()


def workbook_path(rejected_folder: str, run_name: str) -> Path:
    """Where the rejected workbook of a run stands. run_name: the run's id as a file name."""
    return Path(rejected_folder) / f"rejected-{run_name}.xlsx"


def write(
    path: Path,
    source: pd.DataFrame,
    reasons: pd.Series,
    extraction: Extraction,
    *,
    limits: Mapping[str, int] = NO_LIMITS,
) -> None:
    """Write the rejected rows as text, with the source's own columns, their reasons and the replay marker.

    source: the rejected rows as extracted. reasons: their codes, joined by `, `; index as in `source`.
    limits: by field, the most characters that the target takes.
    Without a row, a workbook that an earlier attempt wrote is removed. The file appears whole or not at
    all, and only its owner may read it.
    """
    if source.empty:
        path.unlink(missing_ok=True)
        return
    private.make_folder(path.parent)
    workbook = Workbook(write_only=True)
    named = source_columns(source, extraction.headers)
    columns = dict(islice(named.items(), MAX_SHEET_COLUMNS - len(OWN_HEADERS)))
    times = source["extracted_at"].map(lambda time: time.isoformat(), na_action="ignore")
    times = times.astype("str").fillna(extraction.extracted_at)
    bodies = []
    for start in range(0, len(source), MAX_SHEET_ROWS):
        part = slice(start, start + MAX_SHEET_ROWS)
        sheet = _sheet(workbook, list(columns.values()), first=start == 0)
        rows = _rows(
            source[list(columns)].iloc[part],
            columns,
            reasons.iloc[part],
            times.iloc[part],
            limits=limits,
            left_out=len(named) - len(columns),
        )
        bodies.append(rows_xml(rows, first_row=2, style_of_text=_style_of_text(sheet)))
    hidden = path.with_name(f".{path.name}.part")
    private.create_file(hidden)
    save_with_rows(workbook, hidden, bodies)
    hidden.rename(path)


def _sheet(workbook: Workbook, headers: list[str], *, first: bool) -> WriteOnlyWorksheet:
    sheet = workbook.create_sheet("Rejected" if first else None)
    sheet.freeze_panes = "A2"
    for position in range(1, len(headers) + 1):
        sheet.column_dimensions[get_column_letter(position)].width = 22
    sheet.column_dimensions[get_column_letter(len(headers) + 1)].width = 60
    cells = [
        WriteOnlyCell(sheet, value=_escaped(header))
        for header in (*headers, REASONS_HEADER, EXTRACTED_AT_HEADER)
    ]
    for cell in cells:
        cell.data_type = "s"
        cell.font = _HEADER_FONT
        cell.fill = _OWN_FILL if cell.value in OWN_HEADERS else _NO_FILL
    sheet.append(cells)
    return sheet


def _rows(
    cells: pd.DataFrame,
    columns: dict[str, str],
    reasons: pd.Series,
    times: pd.Series,
    *,
    limits: Mapping[str, int],
    left_out: int,
) -> Iterator[list[str | None]]:
    for row, codes, time in zip(cells.itertuples(index=False, name=None), reasons, times, strict=True):
        texts = [text if isinstance(text, str) else None for text in row]
        notes = [
            f"'{header}' is cut or cleaned here, whole in the table quarantine"
            for header, text in zip(columns.values(), texts, strict=True)
            if text is not None and shown_text(text) != text
        ]
        if left_out:
            notes.append(f"{left_out} columns more do not fit in here: see the table quarantine")
        explained = [f"{code}: {reason_text(code, limits)}" for code in codes.split(", ")]
        own = [None if text is None else _escaped(shown_text(text)) for text in texts]
        yield [*own, "; ".join([*explained, *notes]), time]


def shown_text(text: str) -> str:
    """A text as a cell can hold it: without control characters, at most 32,767 characters long."""
    return spelling.NOT_IN_XML.sub("", text)[:MAX_CELL_CHARACTERS]


def _escaped(text: str) -> str:
    """`_x0041_` would be read as the letter A: the format escapes its underscore."""
    return _ESCAPED.sub("_x005F_", text)[:MAX_CELL_CHARACTERS]


def _style_of_text(sheet: WriteOnlyWorksheet) -> int:
    """The number of the style by which `=1+1` stays text, also when somebody edits it."""
    cell = WriteOnlyCell(sheet)
    cell.quotePrefix = True
    return int(cell.style_id)
