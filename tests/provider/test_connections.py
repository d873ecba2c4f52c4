"""The connection `elasticsearch_default` as a client, and what is said when it is missing or wrong."""

import asyncio
import json
from typing import Any

import pytest

from pipeline.errors import FatalError
from provider.connections import async_elasticsearch_options, elasticsearch_client

GOOD: dict[str, Any] = {
    "conn_type": "elasticsearch",
    "host": "search.example.org",
    "port": 9243,
    "schema": "https",
    "extra": {"api_key": "a2V5OnNlY3JldA=="},
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another cluster in the environment of the command line, which Airflow must not ask."""
    monkeypatch.setenv("ELASTICSEARCH_HOST", "http://elsewhere.example.org:9200")
    monkeypatch.setenv("ELASTICSEARCH_API_KEY", "ZWxzZXdoZXJl")
    monkeypatch.setenv("ELASTICSEARCH_USER", "elsewhere")


def connect_as(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ELASTICSEARCH_DEFAULT", json.dumps({**GOOD, **changed}))


def seen(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> tuple[str, str]:
    """Address and Authorization header of the client."""
    connect_as(monkeypatch, **changed)
    with elasticsearch_client() as client:
        (node,) = client.transport.node_pool.all()
        return node.base_url, client._headers.get("authorization", "")


def test_address_and_key_come_from_the_connection(monkeypatch: pytest.MonkeyPatch):
    assert seen(monkeypatch) == ("https://search.example.org:9243", "ApiKey a2V5OnNlY3JldA==")


def test_a_login_will_do_and_the_port_may_be_left_out(monkeypatch: pytest.MonkeyPatch):
    login = {"schema": "http", "port": None, "extra": {}, "login": "ada", "password": "pw"}
    assert seen(monkeypatch, **login) == ("http://search.example.org:9200", "Basic YWRhOnB3")


def test_the_host_may_be_an_address(monkeypatch: pytest.MonkeyPatch):
    address = {"host": "http://elasticsearch:9200", "schema": None, "port": None}
    assert seen(monkeypatch, **address)[0] == "http://elasticsearch:9200"


def test_the_trigger_gets_the_same_arguments(monkeypatch: pytest.MonkeyPatch):
    connect_as(monkeypatch)
    options = asyncio.run(async_elasticsearch_options())
    assert options["hosts"] == "https://search.example.org:9243"
    assert options["api_key"] == "a2V5OnNlY3JldA=="
    assert "basic_auth" not in options


def test_a_missing_connection_is_one_line_with_what_to_do():
    with pytest.raises(FatalError, match="no Airflow connection elasticsearch_default"):
        elasticsearch_client()
    with pytest.raises(FatalError, match="no Airflow connection elasticsearch_default"):
        asyncio.run(async_elasticsearch_options())


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"host": ""}, "has no host"), ({"schema": "ftp"}, "host is wrong")],
    ids=["no host", "no scheme of the web"],
)
def test_a_wrong_connection_is_one_line(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], says: str):
    connect_as(monkeypatch, **changed)
    with pytest.raises(FatalError, match=f"connection elasticsearch_default.*{says}"):
        elasticsearch_client()
