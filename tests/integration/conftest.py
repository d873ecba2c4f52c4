"""A users flow on the real PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.integration.flow import Flow


@pytest.fixture
def flow(engine: Engine, tmp_path: Path) -> Flow:
    """The steps of the flow, without the gates between them."""
    return Flow(engine, tmp_path, gated=False)


@pytest.fixture
def gated(engine: Engine, tmp_path: Path) -> Flow:
    """The same database and folders, with every step behind its gate."""
    return Flow(engine, tmp_path, gated=True)
