"""docker-compose.yml, as the reference parser resolves it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.elasticsearch.node import WATERMARKS

ROOT = Path(__file__).resolve().parents[2]
AIRFLOW = {"api-server", "scheduler", "dag-processor", "triggerer", "init"}
ONE_SHOT = {"init", "folders", "elasticsearch-access"}
SERVICES = AIRFLOW | ONE_SHOT | {"postgres", "mailpit", "elasticsearch"}
SECRETS = (
    "AIRFLOW_ADMIN_PASSWORD",
    "AIRFLOW_DB_PASSWORD",
    "AIRFLOW__API_AUTH__JWT_SECRET",
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__CORE__FERNET_KEY",
    "ELASTICSEARCH_ADMIN_PASSWORD",
    "ELASTICSEARCH_PASSWORD",
    "POSTGRES_PASSWORD",
)
WATCH = "AIRFLOW_WATCH_PASSWORD"
"""A secret that an .env may lack which is older than it: only what asks Airflow's API says so."""

Service = dict[str, Any]
Services = dict[str, Service]


def mounts(service: Service) -> dict[str, str]:
    return {mount["target"]: mount["type"] for mount in service.get("volumes", [])}


def test_the_services_are_these(services: Services) -> None:
    assert set(services) == SERVICES


@pytest.mark.parametrize("secret", SECRETS)
def test_a_missing_secret_ends_with_the_next_step(
    resolve: Callable[..., Any], dotenv: dict[str, str], secret: str
) -> None:
    resolved = resolve(env=dotenv | {secret: ""})
    assert resolved.project is None
    assert f"required variable {secret} is missing a value: run make env first" in resolved.error


def test_the_secrets_are_the_ones_that_the_example_leaves_empty() -> None:
    empty = re.findall(r"^([A-Z_]+)=$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert set(SECRETS) == {name for name in empty if name.endswith(("PASSWORD", "SECRET", "KEY"))} - {
        "SMTP_PASSWORD",
        WATCH,
    }


def test_every_setting_of_the_example_is_used(dotenv: dict[str, str]) -> None:
    words = set(re.findall(r"\w+", (ROOT / "docker-compose.yml").read_text()))
    assert {name for name in dotenv if not name.startswith("LOCAL_")} <= words


def test_defaults_are_enough_beside_the_secrets(
    resolve: Callable[..., Any], project: Service, dotenv: dict[str, str]
) -> None:
    resolved = resolve(env={name: dotenv[name] for name in (*SECRETS, WATCH)})
    example = project["services"]["scheduler"]["environment"]
    alone = resolved.project["services"]["scheduler"]["environment"]
    assert {name: value for name, value in alone.items() if value is not None}.items() <= example.items()


def test_every_image_is_pinned(services: Services) -> None:
    for name, service in services.items():
        assert re.fullmatch(r"[a-z./-]+:v?\d+\.\d+[\w.-]*", service["image"]), name


def test_no_service_runs_as_root_but_the_one_that_makes_folders(services: Services) -> None:
    root = {name for name, service in services.items() if service["user"].split(":")[0] in ("", "0", "root")}
    assert root == {"folders"}
    assert {services[name]["user"] for name in AIRFLOW} == {"50000:0"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_confined(services: Services, name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert service.get("cap_add") is None or name == "folders"


@pytest.mark.parametrize("name", sorted(SERVICES - ONE_SHOT))
def test_a_lasting_service_restarts_stops_gently_and_tells_its_health(services: Services, name: str) -> None:
    service = services[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["stop_grace_period"]
    assert any(mount.startswith("/tmp") for mount in service["tmpfs"])


def test_one_shots_end(services: Services) -> None:
    assert {name: services[name]["restart"] for name in ONE_SHOT} == {
        "init": "on-failure:3",
        "folders": "no",
        "elasticsearch-access": "on-failure:3",
    }
    assert services["init"]["command"] == ["airflow", "db", "migrate"]


def test_nothing_starts_before_what_it_needs(services: Services) -> None:
    needs = {
        name: {other: rule["condition"] for other, rule in service.get("depends_on", {}).items()}
        for name, service in services.items()
    }
    folders = {"folders": "service_completed_successfully"}
    migrated = {"init": "service_completed_successfully"}
    assert needs == {
        "postgres": {},
        "mailpit": {},
        "folders": {},
        "elasticsearch": folders,
        "elasticsearch-access": {"elasticsearch": "service_healthy"},
        "init": {"postgres": "service_healthy"} | folders,
        "api-server": migrated,
        "dag-processor": migrated,
        "triggerer": migrated,
        "scheduler": migrated | {"api-server": "service_healthy"},
    }


def test_only_the_ui_and_the_mailbox_are_published_and_only_on_this_machine(services: Services) -> None:
    published = {
        (name, port["host_ip"], port["published"], port["target"])
        for name, service in services.items()
        for port in service.get("ports", [])
    }
    assert published == {("api-server", "127.0.0.1", "8082", 8080), ("mailpit", "127.0.0.1", "8025", 8025)}


def test_the_folders_of_the_flow_are_mounted_where_tasks_run(services: Services) -> None:
    assert mounts(services["scheduler"])["/ETL_users"] == "bind"
    assert mounts(services["scheduler"])["/ingest"] == "volume"
    assert mounts(services["api-server"])["/ingest"] == "volume"
    assert all("/opt/airflow/logs" in mounts(services[name]) for name in AIRFLOW)


def test_dags_are_paused_at_creation(services: Services) -> None:
    for name in AIRFLOW:
        assert services[name]["environment"]["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] == "true", name


def test_the_connections_are_json_with_the_settings_in_it(services: Services) -> None:
    environment = services["scheduler"]["environment"]
    assert json.loads(environment["AIRFLOW_CONN_POSTGRES_DEFAULT"]) == {
        "conn_type": "postgres",
        "host": "postgres",
        "port": 5432,
        "login": "elearning",
        "password": "secret-of-POSTGRES_PASSWORD",
        "schema": "elearning_db",
    }
    assert json.loads(environment["AIRFLOW_CONN_ELASTICSEARCH_DEFAULT"]) == {
        "conn_type": "elasticsearch",
        "host": "http://elasticsearch:9200",
        "login": "inlearning-reindex",
        "password": "secret-of-ELASTICSEARCH_PASSWORD",
        "extra": {"api_key": "", "ca_certs": ""},
    }
    smtp = json.loads(environment["AIRFLOW_CONN_SMTP_DEFAULT"])
    assert (smtp["host"], smtp["port"]) == ("mailpit", 1025)
    assert smtp["extra"]["disable_tls"] is True  # a string would count as true, whatever it says
    assert environment["ETL_DATABASE_URL"] == (
        "postgresql+psycopg2://elearning:secret-of-POSTGRES_PASSWORD@postgres:5432/elearning_db"
    )


def test_each_setting_of_the_product_reaches_the_tasks(services: Services, dotenv: dict[str, str]) -> None:
    product = {
        name: value
        for name, value in dotenv.items()
        if name.startswith(("ETL_", "QUALITY_", "ALERT_", "REINDEX_", "UPKEEP_"))
    }
    assert product.pop("ETL_USERS_DIR", None) in (None, "./var/ETL_users")  # of compose, not of the product
    assert product.items() <= services["scheduler"]["environment"].items()


def holders(services: Services, secret: str) -> set[str]:
    """Names of the services that get a secret."""
    return {name for name, service in services.items() if f"secret-of-{secret}" in json.dumps(service)}


def test_a_service_gets_no_secret_that_it_does_not_need(services: Services) -> None:
    assert holders(services, "AIRFLOW_ADMIN_PASSWORD") == {"api-server"}
    assert holders(services, WATCH) == AIRFLOW
    assert holders(services, "ELASTICSEARCH_ADMIN_PASSWORD") == {"elasticsearch", "elasticsearch-access"}
    assert holders(services, "ELASTICSEARCH_PASSWORD") == AIRFLOW | {"elasticsearch-access"}
    assert "secret-of-" not in json.dumps([services["folders"], services["mailpit"]])
    assert "FERNET" not in json.dumps(services["postgres"])


def test_elasticsearch_keeps_documents_and_snapshots_and_wants_a_login(services: Services) -> None:
    node = services["elasticsearch"]
    assert node["environment"]["xpack.security.enabled"] == "true"
    assert node["environment"]["path.repo"] == "/snapshots"
    assert mounts(node)["/usr/share/elasticsearch/data"] == mounts(node)["/snapshots"] == "volume"
    assert mounts(services["folders"])["/snapshots"] == "volume"
    access = services["elasticsearch-access"]["environment"]
    assert access["ELASTICSEARCH_SNAPSHOT_LOCATION"].startswith("/snapshots/")


def test_a_well_filled_disk_blocks_elasticsearch_no_earlier_than_in_the_local_stack(
    services: Services,
) -> None:
    prefix = "cluster.routing.allocation.disk.watermark."
    environment = services["elasticsearch"]["environment"]
    found = {name.removeprefix(prefix): size for name, size in environment.items() if name.startswith(prefix)}
    assert found == WATERMARKS


def test_the_command_line_reaches_elasticsearch_as_the_tasks_do(
    resolve: Callable[..., Any], dotenv: dict[str, str]
) -> None:
    own = {
        "ELASTICSEARCH_HOST": "https://search.example.org:9200",
        "ELASTICSEARCH_API_KEY": "a2V5OnNlY3JldA==",
        "ELASTICSEARCH_CA_CERTS": "/certs/ca.crt",
    }
    environment = resolve(env=dotenv | own).project["services"]["scheduler"]["environment"]
    assert own.items() <= environment.items()
    connection = json.loads(environment["AIRFLOW_CONN_ELASTICSEARCH_DEFAULT"])
    assert connection["extra"] == {"api_key": "a2V5OnNlY3JldA==", "ca_certs": "/certs/ca.crt"}


def test_by_itself_the_project_joins_no_foreign_network(project: Service) -> None:
    assert set(project["networks"]) == {"default"}


def test_the_override_joins_the_network_of_the_platform(
    resolve: Callable[..., Any], dotenv: dict[str, str]
) -> None:
    joined = resolve("docker-compose.yml", "docker-compose.inlearning.yml", env=dotenv).project
    network = joined["networks"]["inlearning_default"]
    assert (network["name"], network["external"]) == ("inlearning_default", True)
    members = {name for name, service in joined["services"].items() if len(service.get("networks", {})) == 2}
    assert members == {"api-server", "scheduler", "triggerer"}
    assert joined["services"]["api-server"]["networks"]["default"] == {"aliases": ["data-quality-api"]}


def test_the_metadata_database_is_found_under_a_name_that_no_other_project_has(services: Services) -> None:
    assert (
        "@data-quality-postgres:5432/airflow"
        in (services["scheduler"]["environment"]["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    )
    assert services["postgres"]["networks"]["default"]["aliases"] == ["data-quality-postgres"]
