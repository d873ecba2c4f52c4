"""Airflow's REST API, as far as the watch and the weekly figures ask it."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx

from pipeline.errors import FatalError, RetriableError
from pipeline.messages import first_line

if TYPE_CHECKING:
    from airflow.sdk import Connection

CONNECTION = "airflow_api"
SECONDS = 20.0
"""That an answer may take."""
PAGE = 100
REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)

Answer = dict[str, Any]
"""What Airflow says of one DAG, run or task, as its own documentation names the parts."""


class AirflowApi:
    """A client that logs in with its first question; close it, or use it as a context manager.

    Every question raises FatalError when the login is refused, or not allowed to read, and RetriableError
    when the server does not answer or fails; each in one line.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self.user, self._password = user, password

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    def dags(self) -> list[Answer]:
        """Every DAG, also those that are paused or whose file is gone."""
        return list(self._all("/dags", "dags", exclude_stale=False))

    def unfinished(self) -> list[Answer]:
        """Every run of any DAG that is queued or running."""
        return list(self._all("/dags/~/dagRuns", "dag_runs", state=["queued", "running"]))

    def ended(self, dag: str, *, limit: int) -> list[Answer]:
        """The last runs of a DAG that succeeded or failed, the newest first; none of a DAG that is not there.

        limit: at most so many, 100 at most.
        """
        asked = {"state": ["success", "failed"], "order_by": "-run_after", "limit": limit}
        answer = self._asked(f"/dags/{dag}/dagRuns", asked)
        known = answer.status_code != httpx.codes.NOT_FOUND
        return list(self._checked(answer)["dag_runs"]) if known else []

    def last_scheduled(self, dag: str) -> datetime | None:
        """When the last run was due that the schedule of a DAG began; None when there was none."""
        asked = {"run_type": "scheduled", "order_by": "-run_after", "limit": 1}
        runs = self._json(f"/dags/{dag}/dagRuns", asked)["dag_runs"]
        return datetime.fromisoformat(runs[0]["run_after"]) if runs else None

    def tasks(self, dag: str, run: str) -> list[Answer]:
        """The tasks of a run."""
        return list(self._all(f"{_run(dag, run)}/taskInstances", "task_instances"))

    def returned(self, dag: str, run: str, task: str) -> Any:
        """What a task returned; None when it returned nothing."""
        path = f"{_run(dag, run)}/taskInstances/{task}/xcomEntries/return_value"
        answer = self._asked(path, {"deserialize": True})
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._checked(answer)["value"]

    @cached_property
    def _client(self) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=SECONDS)
        login = {"username": self.user, "password": self._password}
        try:
            answer = client.post("/auth/token", json=login)
        except httpx.HTTPError as error:
            client.close()
            raise self._away(error) from error
        try:
            token = self._checked(answer)["access_token"]
        except BaseException:
            client.close()
            raise
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def _all(self, path: str, name: str, **asked: Any) -> Iterator[Answer]:
        """All pages of a list."""
        offset, total = 0, 1
        while offset < total:
            page = self._json(path, {**asked, "limit": PAGE, "offset": offset})
            yield from page[name]
            offset, total = offset + PAGE, int(page["total_entries"])

    def _json(self, path: str, asked: dict[str, Any]) -> Answer:
        return self._checked(self._asked(path, asked))

    def _asked(self, path: str, asked: dict[str, Any]) -> httpx.Response:
        try:
            return self._client.get(f"/api/v2{path}", params=asked)
        except httpx.HTTPError as error:
            raise self._away(error) from error

    def _checked(self, answer: httpx.Response) -> Answer:
        if answer.status_code in REFUSED:
            raise FatalError(
                f"Airflow's REST API (connection {CONNECTION}, {self.url}) refuses {self.user or 'nobody'}: "
                f"{answer.status_code} to {answer.request.url.path}. Give the connection the login of "
                "somebody who may read DAGs, as the role Viewer may."
            )
        if not answer.is_success:
            raise RetriableError(
                f"Airflow's REST API (connection {CONNECTION}, {self.url}) answered {answer.status_code} to "
                f"{answer.request.url.path}. See the log of the API server."
            )
        return dict(answer.json())

    def _away(self, error: httpx.HTTPError) -> RetriableError:
        reason = first_line(error, otherwise=type(error).__name__)
        return RetriableError(
            f"Airflow's REST API (connection {CONNECTION}, {self.url}): {reason}. "
            "Check that the API server runs and the connection's host and port."
        )


def _run(dag: str, run: str) -> str:
    """The path of a run, whose id may have any sign in it."""
    return f"/dags/{quote(dag, safe='')}/dagRuns/{quote(run, safe='')}"


def airflow_api(conn_id: str = CONNECTION) -> AirflowApi:
    """A client on an Airflow connection: `host`, `port`, `schema` (http or https), `login`, `password`.

    Raises FatalError, in one line, when it is missing or has no host.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = Connection.get(conn_id)
    except AirflowNotFoundException:
        raise FatalError(
            f"There is no Airflow connection {conn_id}, by which Airflow's own REST API is asked. Make it: "
            "type http, host, port, schema, and the login and password of somebody with the role Viewer."
        ) from None
    return AirflowApi(_address(connection), connection.login or "", connection.password or "")


def _address(connection: "Connection") -> str:
    """Scheme, host and port; a host that is an address already is taken as it is."""
    if not connection.host:
        raise FatalError(f"connection {connection.conn_id} has no host. Set host, port and schema.")
    host = str(connection.host)
    return host if "://" in host else f"{connection.schema or 'http'}://{host}:{connection.port or 8080}"
