"""The running task around an operator: the one thing that is not real in the tests of operators."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from airflow.sdk.execution_time.context import set_current_context


@contextmanager
def running_task(**context: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The context of a task, and the XComs that it pushes."""
    told: dict[str, Any] = {}
    full: Any = {"ti": SimpleNamespace(xcom_push=told.__setitem__), "run_id": "manual__1", **context}
    with set_current_context(full):
        yield full, told
