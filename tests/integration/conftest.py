"""A users flow on the real PostgreSQL."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from tests.integration.flow import Flow

Correct = Callable[..., Path]


@pytest.fixture
def flow(engine: Engine, tmp_path: Path) -> Flow:
    """The steps of the flow, without the gates between them."""
    return Flow(engine, tmp_path, gated=False)


@pytest.fixture
def gated(engine: Engine, tmp_path: Path) -> Flow:
    """The same database and folders, with every step behind its gate."""
    return Flow(engine, tmp_path, gated=True)


@pytest.fixture
def correct(flow: Flow) -> Correct:
    """Put right the cells of the first rows of a run's rejected workbook, and drop it for replay."""

    def drop(run: str, *corrections: dict[str, str]) -> Path:
        book = load_workbook(flow.rejected(run))
        sheet = book.worksheets[0]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for number, correction in enumerate(corrections, start=2):
            for header, value in correction.items():
                sheet.cell(number, columns[header]).value = value
        target = Path(flow.settings.replay_path) / flow.rejected(run).name
        target.parent.mkdir(exist_ok=True)
        book.save(target)
        return target

    return drop
