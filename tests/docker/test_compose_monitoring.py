"""The profile `monitoring` of docker-compose.yml, as the reference parser resolves it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {"metrics-exporter", "statsd-exporter", "prometheus", "alertmanager", "grafana"}

Services = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def watched(resolve: Callable[..., Any], dotenv: dict[str, str]) -> Services:
    """Every service with the profile."""
    resolved = resolve(
        env={**dotenv, "COMPOSE_PROFILES": "monitoring", "AIRFLOW__METRICS__STATSD_ON": "True"}
    )
    assert resolved.project is not None, resolved.error
    return dict(resolved.project["services"])


def test_without_the_profile_nothing_of_it_is_there_and_airflow_sends_nothing(services: Services):
    assert not SERVICES & set(services)
    assert services["scheduler"]["environment"]["AIRFLOW__METRICS__STATSD_ON"] == "False"


def test_with_it_these_services_are_there_and_the_others_are_the_same(services: Services, watched: Services):
    assert set(watched) - set(services) == SERVICES
    for name, service in services.items():
        assert {**watched[name], "environment": None} == {**service, "environment": None}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_is_pinned_confined_restarts_and_tells_its_health(watched: Services, name: str):
    service = watched[name]
    assert re.fullmatch(r"[a-z./-]+:v?\d+\.\d+[\w.-]*", service["image"])
    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["stop_grace_period"]
    assert service["tmpfs"] == ["/tmp"]


def test_only_grafana_is_published_and_only_on_this_machine(watched: Services):
    published = [
        (name, port["host_ip"], port["target"])
        for name in SERVICES
        for port in watched[name].get("ports", [])
    ]
    assert published == [("grafana", "127.0.0.1", 3000)]


def test_every_mounted_file_is_in_the_repository_and_read_only(watched: Services):
    for name in SERVICES:
        for mount in watched[name].get("volumes", []):
            if mount["type"] == "bind":
                assert mount["read_only"] is True
                _, _, inside = mount["source"].partition("/docker/monitoring/")
                assert inside
                assert (ROOT / "docker" / "monitoring" / inside).exists()


def test_prometheus_asks_both_exporters_by_their_names_and_tells_alertmanager(watched: Services):
    config = yaml.safe_load((ROOT / "docker" / "monitoring" / "prometheus.yml").read_text())
    targets = {job["job_name"]: job["static_configs"][0]["targets"][0] for job in config["scrape_configs"]}
    assert targets == {"inlearning": "metrics-exporter:9108", "airflow": "statsd-exporter:9102"}
    assert watched["metrics-exporter"]["environment"]["METRICS_PORT"] == "9108"
    told = config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert {target.split(":")[0] for target in [*targets.values(), *told]} <= set(watched)
    assert config["rule_files"] == ["/etc/prometheus/rules.yml"]


def test_airflow_sends_to_the_statsd_exporter(watched: Services):
    environment = watched["scheduler"]["environment"]
    assert (
        environment["AIRFLOW__METRICS__STATSD_HOST"]
        in watched["statsd-exporter"]["networks"]["default"]["aliases"]
    )
    assert (
        f"--statsd.listen-udp=:{environment['AIRFLOW__METRICS__STATSD_PORT']}"
        in watched["statsd-exporter"]["command"]
    )


def test_each_gets_only_the_secrets_that_it_needs(watched: Services):
    held = {name: set(re.findall(r"secret-of-([A-Z_]+)", json.dumps(watched[name]))) for name in SERVICES}
    assert held == {
        "metrics-exporter": {"POSTGRES_PASSWORD"},
        "statsd-exporter": set(),
        "prometheus": set(),
        "alertmanager": set(),
        "grafana": {"AIRFLOW_ADMIN_PASSWORD"},
    }


def test_the_exporter_reads_the_users_database_as_its_role(watched: Services):
    assert watched["metrics-exporter"]["environment"]["METRICS_DATABASE_URL"] == (
        "postgresql+psycopg2://elearning:secret-of-POSTGRES_PASSWORD@postgres:5432/elearning_db"
    )


def test_grafana_finds_its_source_and_its_dashboards(watched: Services):
    folder = ROOT / "docker" / "monitoring" / "grafana" / "provisioning"
    [source] = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert (source["uid"], source["url"]) == ("inlearning", "http://prometheus:9090")
    [provider] = yaml.safe_load((folder / "dashboards" / "inlearning.yml").read_text())["providers"]
    assert provider["options"]["path"] in {mount["target"] for mount in watched["grafana"]["volumes"]}
