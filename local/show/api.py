"""Airflow's REST API, as far as the local stack needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import httpx

from local.errors import LocalStackError
from local.loopback import asked
from local.stack.environment import UI_PASSWORD, UI_USER

COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


@dataclass(frozen=True)
class Task:
    """A task of a run. state: None while it waits; seconds: how long it ran, None while it did not end."""

    name: str
    state: str | None
    seconds: float | None
    try_number: int


@dataclass(frozen=True)
class ImportFailure:
    """A DAG file that cannot be imported. error: the last line of its traceback."""

    file: str
    when: datetime
    error: str


class AirflowApi:
    """A client of one API server, logged in at its first question that needs it."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def _client(self) -> httpx.Client:
        login = {"username": UI_USER, "password": UI_PASSWORD}
        answer = httpx.post(f"{self.url}/auth/token", json=login, timeout=30, trust_env=False)
        answer.raise_for_status()
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=f"{self.url}/api/v2", headers=headers, timeout=30, trust_env=False)

    def close(self) -> None:
        """Close the connections; the next question logs in again."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            client.close()

    def unhealthy(self, *, since: datetime) -> tuple[str, ...]:
        """Names of the components that are not healthy, or whose last heartbeat is older than `since`.

        All of them while the API server does not answer.
        """
        answer = asked(f"{self.url}/api/v2/monitor/health", timeout=10)
        if answer is None or not answer.is_success:
            return COMPONENTS
        health = answer.json()
        return tuple(name for name in COMPONENTS if not _is_healthy(name, health.get(name) or {}, since))

    def serves_tasks(self) -> bool:
        """Whether the server answers tasks.

        Its first answer builds their interface, for seconds: better asked for here than met by a task.
        """
        answer = asked(f"{self.url}/execution/health", timeout=30)
        return answer is not None and answer.is_success

    def dag(self, dag_id: str) -> dict[str, Any] | None:
        """The DAG, None as long as it has not been parsed."""
        return self._optional(f"/dags/{dag_id}")

    def import_failures(self) -> list[ImportFailure]:
        """Every DAG file that cannot be imported, at its last attempt."""
        errors = self._json("GET", "/importErrors")["import_errors"]
        return [
            ImportFailure(
                file=error["filename"],
                when=datetime.fromisoformat(error["timestamp"]),
                error=error["stack_trace"].strip().splitlines()[-1],
            )
            for error in errors
        ]

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler start runs of a DAG."""
        self._json("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The newest 100 runs of a DAG, the newest first."""
        query = {"order_by": "-run_after", "limit": 100}
        return list(self._json("GET", f"/dags/{dag_id}/dagRuns", params=query)["dag_runs"])

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Queue a manual run; returns its id."""
        body = {"logical_date": None, "conf": dict(conf)}
        return str(self._json("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run: its `state` (`queued`, `running`, `success` or `failed`), `start_date`, `end_date`, …."""
        return self._json("GET", f"/dags/{dag_id}/dagRuns/{run_id}")

    def tasks(self, dag_id: str, run_id: str) -> list[Task]:
        """The tasks of a run, in the order in which they started; the ones that did not come last."""
        found = self._json("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        ordered = sorted(found, key=lambda task: (task["start_date"] is None, task["start_date"] or ""))
        return [Task(t["task_id"], t["state"], t["duration"], t["try_number"]) for t in ordered]

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """What a task pushed, None when it pushed nothing under this key."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        entry = self._optional(path, params={"deserialize": True})
        return entry["value"] if entry else None

    def task_log(self, dag_id: str, run_id: str, task: Task) -> list[dict[str, Any]]:
        """The structured log lines of a task's last try."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task.name}/logs/{task.try_number}"
        content = self._json("GET", path, headers={"Accept": "application/json"})["content"]
        return [line for line in content if isinstance(line, dict)]

    def _optional(self, path: str, **options: Any) -> dict[str, Any] | None:
        answer = self._client.get(path, **options)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return dict(self._checked(answer))

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return dict(self._checked(self._client.request(method, path, **options)))

    def _checked(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            asked = f"{answer.request.method} {answer.request.url.path}"
            raise LocalStackError(f"Airflow answered {answer.status_code} to {asked}: {answer.text[:300]}")
        return answer.json()


def _is_healthy(name: str, component: Mapping[str, Any], since: datetime) -> bool:
    if component.get("status") != "healthy":
        return False
    heartbeat = component.get(f"latest_{name}_heartbeat")
    return name == "metadatabase" or (heartbeat is not None and datetime.fromisoformat(heartbeat) >= since)
