"""The client of Airflow's REST API, before a server that answers as Airflow does, and one that does not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from pipeline.errors import FatalError, RetriableError
from provider.watch.api import AirflowApi, airflow_api
from tests.stack import free_port

DAGS = [{"dag_id": f"dag_{n}"} for n in range(230)]


class Answers(BaseHTTPRequestHandler):
    """One login, 230 DAGs in pages, and a task that returned nothing."""

    status = 200

    def do_POST(self) -> None:
        login = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = login == {"username": "watch", "password": "secret"}
        self.answer(201 if good else 401, {"access_token": "t"} if good else {"detail": "no"})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if self.status != 200:
            return self.answer(self.status, {"detail": "as it is told"})
        if self.headers["Authorization"] != "Bearer t":
            return self.answer(401, {})
        if url.path == "/api/v2/dags":
            offset = int(asked["offset"])
            return self.answer(200, {"dags": DAGS[offset : offset + 100], "total_entries": len(DAGS)})
        if unquote(url.path).endswith("/dagRuns/manual__a/b+c/taskInstances/t/xcomEntries/return_value"):
            return self.answer(200, {"value": [1]})
        return self.answer(404, {})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def server(status: int = 200) -> Iterator[str]:
    """The address of a server. status: of every answer but that to a login."""
    handler = type("Told", (Answers,), {"status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def test_all_pages_of_a_list_are_read():
    with server() as url, AirflowApi(url, "watch", "secret") as api:
        assert api.dags() == DAGS


def test_what_a_task_returned_is_read_whatever_its_run_is_called():
    with server() as url, AirflowApi(url, "watch", "secret") as api:
        assert api.returned("d", "manual__a/b+c", "t") == [1]
        assert api.returned("d", "manual__other", "t") is None


def told(error: type[Exception], url: str, *, password: str = "secret") -> str:
    """What is raised when all DAGs are asked for."""
    with AirflowApi(url, "watch", password) as api, pytest.raises(error) as raised:
        api.dags()
    return str(raised.value)


def test_a_wrong_login_and_one_that_may_not_read_are_told_in_one_line():
    with server() as url:
        assert f"connection airflow_api, {url}) refuses watch: 401" in told(FatalError, url, password="wrong")
    with server(403) as url:
        assert "refuses watch: 403 to /api/v2/dags. Give the connection" in told(FatalError, url)


def test_a_server_that_fails_or_is_away_is_told_in_one_line_and_asked_again():
    with server(500) as url:
        assert "answered 500 to /api/v2/dags" in told(RetriableError, url)
    away = told(RetriableError, f"http://127.0.0.1:{free_port()}")
    assert "connection airflow_api, http://" in away
    assert "Connection refused" in away


@pytest.mark.parametrize(
    ("connection", "url"),
    [
        ({"host": "127.0.0.1", "port": 8082}, "http://127.0.0.1:8082"),
        ({"host": "airflow", "schema": "https"}, "https://airflow:8080"),
        ({"host": "https://airflow.example.org/prefix/"}, "https://airflow.example.org/prefix"),
    ],
)
def test_the_connection_says_where_it_is(
    connection: dict[str, object], url: str, monkeypatch: pytest.MonkeyPatch
):
    told = {"conn_type": "http", "login": "watch", "password": "secret", **connection}
    monkeypatch.setenv("AIRFLOW_CONN_AIRFLOW_API", json.dumps(told))
    api = airflow_api()
    assert (api.url, api.user) == (url, "watch")


def test_without_the_connection_one_line_says_how_it_is_made(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW_CONN_AIRFLOW_API", json.dumps({"conn_type": "http"}))
    with pytest.raises(FatalError, match="has no host"):
        airflow_api()
    monkeypatch.delenv("AIRFLOW_CONN_AIRFLOW_API")
    with pytest.raises(FatalError, match=r"no Airflow connection airflow_api.*role Viewer"):
        airflow_api()
