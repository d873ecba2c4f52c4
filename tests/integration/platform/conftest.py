"""The platform's tables, made by its own migrations, on the oldest and the newest PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine

from tests.conftest import PROCESS, ROOT
from tests.databases import database
from tests.integration.flow import Flow
from tests.oldest_postgres import oldest_postgres
from tests.platform import orm


@pytest.fixture(scope="session")
def postgres_13() -> Iterator[URL]:
    """URL of a running PostgreSQL 13 of this session's own."""
    with oldest_postgres(ROOT / "var" / "test" / f"postgres-13-{PROCESS}") as url:
        yield url


@pytest.fixture(scope="session")
def tables_13(postgres_13: URL) -> Iterator[Engine]:
    """A database with the platform's tables on the oldest server, which others are copies of."""
    with database(postgres_13) as engine:
        yield _migrated(engine)


@pytest.fixture(scope="session")
def tables(postgres: URL) -> Iterator[Engine]:
    """The same on the newest server."""
    with database(postgres) as engine:
        yield _migrated(engine)


def _migrated(engine: Engine) -> Engine:
    orm.use(engine.url)
    orm.migrate()
    orm.leave()
    return engine


@pytest.fixture(params=["newest", "oldest"])
def both(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with the platform's tables, on each of the two servers."""
    yield from _copied(request.getfixturevalue("tables" if request.param == "newest" else "tables_13"))


@pytest.fixture
def newest(tables: Engine) -> Iterator[Engine]:
    """The same on the newest server alone."""
    yield from _copied(tables)


def _copied(tables: Engine) -> Iterator[Engine]:
    server = tables.url.set(database="postgres")
    with database(server, template=str(tables.url.database)) as engine:
        orm.use(engine.url)
        yield engine
        orm.leave()


@pytest.fixture
def gated_on_both(both: Engine, tmp_path: Path) -> Flow:
    """The flow into the platform's tables with every gate, on each of the two servers."""
    return Flow(both, tmp_path, gated=True, target="django")


@pytest.fixture
def gated(newest: Engine, tmp_path: Path) -> Flow:
    """The same on the newest server alone."""
    return Flow(newest, tmp_path, gated=True, target="django")


@pytest.fixture
def flow(newest: Engine, tmp_path: Path) -> Flow:
    """The same without the gates."""
    return Flow(newest, tmp_path, gated=False, target="django")
