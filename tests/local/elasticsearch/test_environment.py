"""How the stack's processes reach Elasticsearch: the stack's own, or a cluster that somebody names."""

import json
import stat
from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.settings import ElasticsearchSettings, StackSettings
from local.stack.credentials import store_elasticsearch_api_key, stored_credentials
from local.stack.environment import process_environment, stack_environment
from local.stack.preflight import check_certificates
from local.stack.services import needed_ports, programs
from pipeline.settings import WrongSettingsError


def settings(root: Path, **elasticsearch: object) -> StackSettings:
    """A stack with these settings of Elasticsearch, and none of the developer's."""
    chosen = ElasticsearchSettings.model_validate({"host": None, **elasticsearch})
    return StackSettings(root=root / "stack", elasticsearch_port=19200, elasticsearch=chosen)


def connection(environment: dict[str, str]) -> dict[str, object]:
    return dict(json.loads(environment["AIRFLOW_CONN_ELASTICSEARCH_DEFAULT"]))


def test_the_stack_runs_one_unless_a_cluster_is_named(tmp_path: Path):
    own = settings(tmp_path)
    assert "elasticsearch" in [program.name for program in programs(own)]
    assert 19200 in [need.port for need in needed_ports(own)]
    named = settings(tmp_path, host="https://search.example.org")
    assert "elasticsearch" not in [program.name for program in programs(named)]
    assert 19200 not in [need.port for need in needed_ports(named)]


def test_its_own_is_reached_with_the_key_that_its_first_start_makes(tmp_path: Path):
    own = settings(tmp_path)
    assert connection(stack_environment(own))["extra"] == {}
    store_elasticsearch_api_key(own.credentials_path, "a2V5")
    environment = stack_environment(own)
    assert environment["ELASTICSEARCH_HOST"] == "http://127.0.0.1:19200"
    assert environment["ELASTICSEARCH_API_KEY"] == "a2V5"
    assert connection(environment) == {
        "conn_type": "elasticsearch",
        "host": "127.0.0.1",
        "port": 19200,
        "schema": "http",
        "extra": {"api_key": "a2V5"},
    }


def test_a_named_cluster_is_reached_with_its_own_key_and_certificates(tmp_path: Path):
    named = settings(
        tmp_path, host="https://search.example.org", api_key="a2V5", ca_certs="/certs/ca.crt", index="courses"
    )
    environment = stack_environment(named)
    assert environment["ELASTICSEARCH_INDEX"] == "courses"
    assert environment["ELASTICSEARCH_HOST"] == "https://search.example.org:443"
    assert connection(environment) == {
        "conn_type": "elasticsearch",
        "host": "search.example.org",
        "port": 443,
        "schema": "https",
        "extra": {"api_key": "a2V5", "ca_certs": "/certs/ca.crt"},
    }


def test_without_a_key_a_user_logs_in(tmp_path: Path):
    named = settings(tmp_path, host="http://search:9200", user="zoe", password="secret")
    found = connection(stack_environment(named))
    assert (found["login"], found["password"]) == ("zoe", "secret")


def test_other_variables_of_the_shell_do_not_bend_it(tmp_path: Path):
    shell = {"ES_JAVA_OPTS": "-Xmx9g", "ELASTICSEARCH_API_KEY": "theirs", "LEARNING_PLATFORM_URL": "http://x"}
    environment = process_environment(settings(tmp_path), shell)
    assert not shell.keys() & environment.keys()


def test_the_shell_names_the_cluster_and_the_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ELASTICSEARCH_HOST", "http://search:9201")
    monkeypatch.setenv("LEARNING_PLATFORM_URL", "http://platform/health")
    environment = stack_environment(StackSettings(root=tmp_path / "stack"))
    assert environment["ELASTICSEARCH_HOST"] == "http://search:9201"
    assert environment["LEARNING_PLATFORM_URL"] == "http://platform/health"


def test_an_empty_address_means_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ELASTICSEARCH_HOST", "")
    assert ElasticsearchSettings().host is None


@pytest.mark.parametrize("host", ["search:9200", "ftp://search", "http://zoe:secret@search:9200"])
def test_an_address_without_scheme_or_with_a_login_is_refused(host: str):
    with pytest.raises(WrongSettingsError, match="ELASTICSEARCH_HOST") as refused:
        ElasticsearchSettings(host=host)
    assert "secret" not in str(refused.value)


def test_a_certificate_that_is_not_there_is_one_line(tmp_path: Path):
    gone = ElasticsearchSettings(host="https://search", ca_certs=tmp_path / "ca.crt")
    with pytest.raises(LocalStackError, match="ELASTICSEARCH_CA_CERTS"):
        check_certificates(gone)
    (tmp_path / "ca.crt").touch()
    check_certificates(gone)


def test_credentials_of_an_older_stack_are_completed_and_stay_private(tmp_path: Path):
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({"fernet_key": "f", "jwt_secret": "j", "session_secret": "s"}))
    first = stored_credentials(path)
    assert (first.fernet_key, first.jwt_secret, first.session_secret) == ("f", "j", "s")
    assert first.elasticsearch_password
    assert stored_credentials(path) == first
    store_elasticsearch_api_key(path, "a2V5")
    assert stored_credentials(path).elasticsearch_api_key == "a2V5"
    assert stored_credentials(path).elasticsearch_password == first.elasticsearch_password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
