"""Every alert, for real: it fires, its mail arrives, and it resolves, by the programs of the local stack.

What is drawn is asked for, too, while all is well.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import URL, Engine, create_engine, delete, text

from local.stack.waiting import wait_until
from metrics.boards import BOARDS
from metrics.rules import RULES, Rule
from report import step_runs
from report.approval import Approval, Evidence
from report.history import QUALITY_RUNS, create, record
from tests.databases import Databases
from tests.metrics.verdicts import verdict
from tests.metrics.watching import Watching, short, watching
from tests.report.histories import five_gates

pytestmark = [pytest.mark.postgres]

PATIENCE = 60.0
WAITING = Approval("waiting", Evidence("a", "b"), until="2030-01-01T00:00:00+00:00")
OF_A_TASK = "dag_id=etl_users_daily,task_id=load_users"
STATSD_OF_A_GOOD_AIRFLOW = (
    "airflow.scheduler_heartbeat:1|c",
    "airflow.triggerer_heartbeat:1|c",
    "airflow.dag_processor_heartbeat:1|c",
    f"airflow.task.duration,{OF_A_TASK}:1500|ms",
    f"airflow.ti.finish,{OF_A_TASK},state=success:1|c",
    "airflow.dagrun.duration.success,dag_id=etl_users_daily,run_type=manual:9000|ms",
    "airflow.scheduler.scheduler_loop_duration:90|ms",
    "airflow.executor.open_slots,executor_class_name=LocalExecutor:8|g",
    "airflow.executor.running_tasks,executor_class_name=LocalExecutor:1|g",
    "airflow.executor.queued_tasks,executor_class_name=LocalExecutor:1|g",
    "airflow.pool.open_slots,pool_name=default_pool:128|g",
    "airflow.dag_processing.import_errors:0|g",
    "airflow.scheduler.tasks.starving:0|g",
)
DRAWN = [
    expression for board in BOARDS for row in board.rows for panel in row for expression, _ in panel.queries
]
DAG_OF = {
    "users_source": "etl_users_daily",
    "users_ready": "etl_users_daily",
    "courses_reindexed": "reindex_weekly",
}
OF_THE_DATABASE_OR_EXPORTER = ("QualityDatabaseAway", "StatsdExporterAway", "ExporterAway")


@dataclass(frozen=True)
class Seen:
    """What was seen. valued: rules whose value had a series while all was well; the rest: of the mails."""

    valued: frozenset[str]
    drawn: frozenset[str]
    quiet: bool
    fired: frozenset[str]
    resolved: frozenset[str]


@pytest.fixture(scope="module")
def seen(databases: Databases, postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """All is well, then nothing is, then all is well again."""
    with databases.empty() as engine, watching(engine, tmp_path_factory.mktemp("watching")) as watched:
        with living(watched):
            good(engine)
            # Two looks at a counter are needed before it can have grown.
            assert wait_until(lambda: len(valued(watched)) == len(RULES), seconds=PATIENCE, every=0.5), {
                rule.name for rule in RULES
            } - valued(watched)
            wait_until(lambda: drawn(watched) == set(DRAWN), seconds=PATIENCE, every=0.5)
            first, pictures = valued(watched), drawn(watched)
            watched.start("vmalert")
            # Nothing can be waited for where nothing is to come: several looks at every rule.
            time.sleep(5)
            quiet = not watched.subjects()
        bad(engine, watched)
        of_figures = {rule.name for rule in RULES} - {*OF_THE_DATABASE_OR_EXPORTER}
        assert wait_until(lambda: of_figures <= told(watched, "Alert"), seconds=PATIENCE, every=0.5), (
            of_figures - told(watched, "Alert")
        )
        with away(postgres, engine):
            watched.stop("statsd-exporter")
            expected = {"QualityDatabaseAway", "StatsdExporterAway"}
            wait_until(lambda: expected <= told(watched, "Alert"), seconds=PATIENCE, every=0.5)
            watched.stop("metrics")
            wait_until(lambda: "ExporterAway" in told(watched, "Alert"), seconds=PATIENCE, every=0.5)
        fired = told(watched, "Alert")
        watched.start("statsd-exporter")
        watched.start("metrics")
        good(engine)
        with living(watched):
            wait_until(lambda: fired <= told(watched, "Resolved"), seconds=PATIENCE, every=0.5)
        yield Seen(
            frozenset(first),
            frozenset(pictures),
            quiet,
            frozenset(fired),
            frozenset(told(watched, "Resolved")),
        )


def good(engine: Engine) -> None:
    """Both flows have just ended well."""
    create(engine)
    with engine.begin() as connection:
        connection.execute(delete(QUALITY_RUNS))
    for dag in ("etl_users_daily", "reindex_weekly"):
        for gate in ("other", "waits"):
            record(engine, verdict(valid=0.95, dag=dag, gate=gate))
    gates = five_gates(closed=False)
    for gate, dag in DAG_OF.items():
        last = max(gates[gate], key=lambda report: report.started_at)
        record(engine, replace(last, dag=dag, started_at=datetime.now(UTC).isoformat()))
    extracted = {"dag": "etl_users_daily", "task": "extract_users", "run": "r"}
    step_runs.record(engine, **extracted, seconds=2, figures={"rows": 1000})
    swapped(engine, seconds=1)


def bad(engine: Engine, watched: Watching) -> None:
    """A gate is closed, one waits, a check is near its limit, both flows are late, and so on."""
    with engine.begin() as connection:
        connection.execute(delete(QUALITY_RUNS))
    record(engine, verdict(valid=0.5, hours_ago=27))
    record(engine, verdict(valid=0.5, dag="reindex_weekly", gate="waits", hours_ago=9 * 24, approval=WAITING))
    record(engine, verdict(valid=0.81, dag="reindex_weekly", hours_ago=9 * 24))
    swapped(engine, seconds=12)
    # The scheduler says nothing any more.
    watched.send(
        "airflow.dag_processing.import_errors:2|g",
        "airflow.scheduler.tasks.starving:1|g",
        "airflow.ti_failures,dag_id=etl_users_daily,task_id=load_users:9|c",
    )


def swapped(engine: Engine, *, seconds: float) -> None:
    """A swap that blocked writers for so long."""
    figures = {"documents": 5, "write_block_seconds": seconds}
    step_runs.record(engine, dag="reindex_weekly", task="swap_alias", run="r", seconds=3, figures=figures)


@contextmanager
def living(watched: Watching) -> Iterator[None]:
    """Airflow gives its signs of life, and says that all is well."""
    enough = threading.Event()

    def beat() -> None:
        while not enough.wait(0.5):
            watched.send(*STATSD_OF_A_GOOD_AIRFLOW)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


@contextmanager
def away(postgres: URL, engine: Engine) -> Iterator[None]:
    """Nobody can connect to the database."""
    name, admin = engine.url.database, create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(ended, {"name": name})
        try:
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    admin.dispose()
    engine.dispose()


def drawn(watched: Watching) -> set[str]:
    """The expressions of dashboards that have a series now."""
    return {expression for expression in DRAWN if watched.series(short(expression))}


def valued(watched: Watching) -> set[str]:
    """The rules whose value has a series now."""
    return {rule.name for rule in RULES if watched.series(short(rule.value))}


def told(watched: Watching, word: str) -> set[str]:
    """The rules of which a mail has come that begins with a word."""
    subjects = {subject.partition(" (")[0] for subject in watched.subjects()}
    return {subject.removeprefix(f"{word}: ") for subject in subjects if subject.startswith(f"{word}: ")}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_an_alert_has_a_value_fires_by_mail_and_resolves(rule: Rule, seen: Seen):
    assert rule.name in seen.valued
    assert rule.name in seen.fired
    assert rule.name in seen.resolved


@pytest.mark.parametrize("expression", DRAWN)
def test_what_is_drawn_has_a_series(expression: str, seen: Seen):
    assert expression in seen.drawn


def test_nothing_fires_while_all_is_well(seen: Seen):
    assert seen.quiet
