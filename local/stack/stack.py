"""The whole stack on one machine: PostgreSQL, mail, Elasticsearch and Airflow, under one supervisor."""

import hashlib
import importlib.metadata
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from local.elasticsearch import service as elasticsearch
from local.errors import LocalStackError
from local.monitoring import service as monitoring
from local.monitoring.programs import build as build_monitoring
from local.settings import PROJECT, StackSettings
from local.show.api import AirflowApi
from local.stack import leftovers, postgres
from local.stack.credentials import stored_credentials
from local.stack.environment import (
    METADATA_DATABASE,
    UI_PASSWORD,
    UI_USER,
    USERS_DATABASE,
    WATCH_USER,
    cluster_variables,
    process_environment,
    stack_environment,
)
from local.stack.preflight import answers, check_certificates, check_disk, check_ports
from local.stack.services import airflow, folders, needed_ports, personal_folders, programs
from local.stack.supervision import MARKER, Service, Supervisor
from local.stack.waiting import wait_until
from pipeline import private

LOG_LINES = 8
DATABASES_AND_MAIL = (postgres.NAME, "smtp")
# They know no cluster, and need not wait for its key.
WITHOUT_CLUSTER = ("airflow-api-server", "airflow-dag-processor")
# Airflow's services import these once, and tasks are forked with them; the DAG processor imports all afresh.
SOURCES = ("alerts", "etl", "gx", "metrics", "pipeline", "provider", "reindex", "report", "upkeep")


@dataclass(frozen=True)
class Phase:
    """One step of a start. seconds: how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Started:
    """What `Stack.start` did. reused: everything was running already."""

    reused: bool
    phases: tuple[Phase, ...]


@dataclass(frozen=True)
class Stopped:
    """What `Stack.stop` did. services: names of those that ran; leftovers: processes without supervisor."""

    services: tuple[str, ...]
    leftovers: tuple[str, ...]


def silent(_phase: str) -> None:
    """Show nothing."""


def nothing() -> None:
    """Do nothing."""


class Stack:
    """The services of one `StackSettings`; every method may be called at any time, from any process."""

    def __init__(self, settings: StackSettings | None = None) -> None:
        self.settings = settings or StackSettings()
        self.programs = programs(self.settings)
        self.supervisor = Supervisor(self.settings, self.programs)
        self.api = AirflowApi(f"http://127.0.0.1:{self.settings.ui_port}")
        self.abandoned = threading.Event()

    def environment(self) -> dict[str, str]:
        """Every variable that Airflow and the command line of the product need; the stack's own only."""
        return stack_environment(self.settings)

    def status(self) -> list[Service]:
        """One entry per service, in the order in which they start."""
        return self.supervisor.services()

    def is_running(self) -> bool:
        """Whether every service is."""
        return all(service.running for service in self.status())

    def start(
        self, show: Callable[[str], None] = silent, *, when_searchable: Callable[[], None] = nothing
    ) -> Started:
        """Start what is not running and wait until all of it is healthy.

        show: gets the name of each step as it begins; some go side by side.
        when_searchable: called as soon as the cluster can be used, while Airflow starts.
        Raises LocalStackError for a port in use, a full disk, or a service that does not come up.
        """
        with self._locked():
            clock = _Clock(show)
            if self.supervisor.is_running() and self._is_stale():
                with clock.step("stop services whose settings or code changed"):
                    self._stop()
            reused = self.is_running()
            if not self.supervisor.is_running():
                with clock.step("check ports and disk"):
                    self._prepare(clock)
            self._start_side_by_side(clock, when_searchable)
            return Started(reused, tuple(clock.phases))

    def stop(self) -> Stopped:
        """Stop every service; does nothing when none runs."""
        with self._locked():
            return self._stop()

    def clean(self) -> None:
        """Stop, and delete all state: databases, mails, reports, logs."""
        self.stop()
        for folder in (self.settings.root, self.settings.log_folder, self.settings.runtime_folder):
            shutil.rmtree(folder, ignore_errors=True)

    def fingerprint(self) -> str:
        """A digest of settings and sources: services that were started under another one are stale."""
        sources = sorted(path for name in SOURCES for path in (PROJECT / name).rglob("*.py"))
        content = [
            stack_environment(self.settings),
            [program.command for program in self.programs],
            [(str(path), path.stat().st_mtime_ns) for path in sources],
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _prepare(self, clock: "_Clock") -> None:
        leftovers.end_leftovers(self.settings)
        check_ports(needed_ports(self.settings))
        check_disk(self.settings.root)
        check_certificates(self.settings.elasticsearch)
        if not self.settings.dags_folder.is_dir():
            raise LocalStackError(f"No folder of DAGs at {self.settings.dags_folder}. Set LOCAL_DAGS_FOLDER.")
        for folder in folders(self.settings):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in personal_folders(self.settings):
            private.make_folder(folder)
        if self.settings.monitoring:
            build_monitoring(clock.show)
            monitoring.prepare(self.settings)
        variables = elasticsearch.variables(self.settings) if self.settings.runs_elasticsearch else {}
        self.supervisor.start_daemon({**process_environment(self.settings), **variables})
        self._fingerprint_path().write_text(self.fingerprint())

    def _start_side_by_side(self, clock: "_Clock", when_searchable: Callable[[], None]) -> None:
        """Elasticsearch takes as long as all that comes before Airflow: it starts beside that."""
        self.abandoned.clear()
        with ThreadPoolExecutor(1) as beside:
            try:
                searchable = beside.submit(self._start_elasticsearch, clock)
                self._start_databases(clock)
                with clock.step("start Airflow's API server"):
                    self._start_and_wait(WITHOUT_CLUSTER, self.api.serves_tasks)
                searchable.result()
                done = beside.submit(when_searchable)
                self._start_airflow(clock)
                done.result()
            except BaseException:
                self.abandoned.set()
                raise

    def _start_databases(self, clock: "_Clock") -> None:
        with clock.step("start PostgreSQL and the mail server"):
            if not self._runs(postgres.NAME):
                postgres.prepare(self.settings)
            self._start_and_wait(
                DATABASES_AND_MAIL,
                lambda: postgres.is_ready(self.settings) and answers(self.settings.smtp_port),
            )
            for database in (METADATA_DATABASE, USERS_DATABASE):
                postgres.create_database(self.settings, database)
        self._migrate(clock)

    def _start_elasticsearch(self, clock: "_Clock") -> None:
        if not self.settings.runs_elasticsearch:
            return
        with clock.step("start Elasticsearch"):
            if not self._runs(elasticsearch.NAME):
                elasticsearch.prepare(self.settings, clock.show)
            self._start_and_wait((elasticsearch.NAME,), lambda: elasticsearch.is_ready(self.settings))
            if elasticsearch.set_up(self.settings):
                names = [p.name for p in self.programs if p.name.startswith("airflow")]
                with_cluster = [name for name in names if name not in WITHOUT_CLUSTER]
                self.supervisor.set_variables(with_cluster, cluster_variables(self.settings))
                self._fingerprint_path().write_text(self.fingerprint())

    def _migrate(self, clock: "_Clock") -> None:
        accounts = self.settings.auth_manager == "fab"
        migrated = f"migrated by Airflow {importlib.metadata.version('apache-airflow')}"
        migrated += ", with accounts" if accounts else ""
        if postgres.comment_of(self.settings, METADATA_DATABASE) == migrated:
            return
        with clock.step("migrate Airflow's database"):
            self._airflow("db", "migrate")
            if accounts:
                self.make_account(UI_USER, UI_PASSWORD, role="Admin")
                watch = stored_credentials(self.settings.credentials_path).watch_password
                self.make_account(WATCH_USER, watch, role="Viewer")
        postgres.set_comment(self.settings, METADATA_DATABASE, migrated)

    def make_account(self, name: str, password: str, *, role: str) -> None:
        """An account of the FAB auth manager; one that is there stays as it is.

        role: `Viewer`, `User`, `Op` or `Admin`.
        """
        person = ("--username", name, "--password", password, "--role", role)
        self._airflow(
            *("users", "create", *person),
            *("--firstname", name, "--lastname", role, "--email", f"{name}@example.org"),
        )

    def _airflow(self, group: str, command: str, *options: str) -> None:
        """Run a command of Airflow's to its end."""
        log = self.supervisor.log_path(f"airflow-{group}-{command}")
        with log.open("w") as file:
            done = subprocess.run(
                (airflow(), group, command, *options),
                env={**process_environment(self.settings), MARKER: str(self.settings.root)},
                cwd=self.settings.working_folder,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            raise LocalStackError(f"`airflow {group} {command}` failed. {last_lines(log)}")

    def _start_airflow(self, clock: "_Clock") -> None:
        names = tuple(program.name for program in self.programs)
        with clock.step("start Airflow"):
            self._start_and_wait(names, lambda: not self.api.unhealthy(since=self._airflow_started_at()))

    def _start_and_wait(self, names: tuple[str, ...], ready: Callable[[], bool]) -> None:
        """Start services and wait until they are ready; raises LocalStackError when one of them is not."""
        self.supervisor.start(*names)

        def ready_or_dead() -> bool:
            if self.abandoned.is_set():
                raise LocalStackError(f"The start of {', '.join(names)} was given up.")
            for service in self.supervisor.ended(names):
                raise LocalStackError(f"{service.name} stopped while starting. {last_lines(service.log)}")
            return ready()

        if not wait_until(ready_or_dead, seconds=self.settings.start_timeout, every=0.4):
            log = self.supervisor.log_path(names[-1])
            limit = f"{self.settings.start_timeout:.0f} s (LOCAL_START_TIMEOUT)"
            raise LocalStackError(f"Not healthy after {limit}: {', '.join(names)}. {last_lines(log)}")

    def _runs(self, name: str) -> bool:
        return any(service.running for service in self.status() if service.name == name)

    def _airflow_started_at(self) -> datetime:
        uptimes = [s.uptime for s in self.status() if s.uptime is not None and s.name.startswith("airflow")]
        return datetime.fromtimestamp(time.time() - max(uptimes, default=0), tz=UTC)

    def _stop(self) -> Stopped:
        self.api.close()
        running = tuple(service.name for service in self.status() if service.running)
        if self.supervisor.is_running():
            # Side by side: supervisord alone would stop one service after the other.
            self.supervisor.stop(*(name for name in running if name.startswith("airflow")))
            self.supervisor.shut_down()
        return Stopped(services=running, leftovers=tuple(leftovers.end_leftovers(self.settings)))

    def _is_stale(self) -> bool:
        path = self._fingerprint_path()
        return not path.exists() or path.read_text() != self.fingerprint()

    def _fingerprint_path(self) -> Path:
        return self.settings.root / "fingerprint"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.settings.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.settings.root.with_name(f"{self.settings.root.name}.lock"))
        try:
            lock.acquire(timeout=self.settings.start_timeout)
        except Timeout:
            raise LocalStackError(
                "Another start or stop of this stack is under way. Wait for its end."
            ) from None
        try:
            yield
        finally:
            lock.release()


class _Clock:
    """Times the steps of a start, which may go side by side; `phases` are in the order of their ends."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.show = show
        self.phases: list[Phase] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.show(name)
        begun = time.monotonic()
        yield
        self.phases.append(Phase(name, time.monotonic() - begun))


def last_lines(log: Path, count: int = LOG_LINES) -> str:
    """The end of a log file, for a message: its path and its last lines that are not empty."""
    if not log.exists():
        return f"It wrote no log ({log})."
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return "\n  ".join((f"End of {log}:", *lines[-count:]))
