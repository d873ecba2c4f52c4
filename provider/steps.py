"""Tasks around plain functions: what they raise becomes what Airflow should do next."""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowNotFoundException,
    AirflowSkipException,
    AirflowTaskTimeout,
)

from pipeline.errors import NothingToDo, PipelineError, RetriableError
from pipeline.messages import first_line, shown
from provider.step_record import record_step

ERROR_KEY = "error"
"""XCom in which a failing task leaves its one-line message, for the mail."""

# The pause before the first retry is Airflow's setting `default_task_retry_delay`.
RETRIES: dict[str, Any] = {"retries": 3, "retry_exponential_backoff": 2.0}


class TryAgain(AirflowException):
    """A step that failed for a reason that may be gone in a minute."""


def step(function: Callable[..., Any] | None = None, /, **options: Any) -> Callable[..., Any]:
    """A task that reads or writes something: retried with backoff, and failing with one clear line.

    options: of the task, such as `trigger_rule`.
    Fatal errors are not retried; an unchanged workbook skips the rest of the run.
    """
    if function is None:
        return functools.partial(step, **options)

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        with plain_failures():
            began = time.monotonic()
            result = function(*args, **kwargs)
            seconds = time.monotonic() - began
        record_step(result, seconds=seconds)
        return result

    return task(guarded, **RETRIES, **options)


@contextmanager
def plain_failures() -> Iterator[None]:
    """Turn what goes wrong in a step into Airflow's errors, and leave one line about it.

    Raises:
        AirflowFailException: trying again would end the same way.
        TryAgain: trying again may help; Airflow retries.
        AirflowSkipException: there is nothing to do.
        Exception: whatever else was raised, as it is; Airflow retries.
    """
    import psycopg2
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except NothingToDo as outcome:
        raise AirflowSkipException(str(outcome)) from None
    except RetriableError as error:
        raise TryAgain(_told(str(error))) from error
    except PipelineError as error:
        raise AirflowFailException(_told(str(error))) from error
    except (DBAPIError, psycopg2.Error) as error:
        raise TryAgain(_told(_of_database(error))) from error
    except AirflowNotFoundException as error:
        raise AirflowFailException(
            _told(f"{_line(error)}. Set AIRFLOW_CONN_… or make it in the UI.")
        ) from error
    except AirflowTaskTimeout:
        _told("The task ran longer than its execution_timeout and was ended. Its log says how far it came.")
        raise
    except Exception as error:
        _told(_unexpected(error))
        raise


def _of_database(error: Exception) -> str:
    """What PostgreSQL, or psycopg2 on the way to it, says; an SQLSTATE shows that the server is there."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "pgcode", None)
    hint = f"SQLSTATE {code}: see PostgreSQL's log" if code else "Check that it is up"
    return f"PostgreSQL (connection postgres_default): {_line(cause)}. {hint}."


def _unexpected(error: Exception) -> str:
    """The type of an error and its first line, without emails."""
    hint = ""
    if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
        hint = ". Check that the file may be read or written, and the free disk space."
    return f"{type(error).__name__}: {_line(error)}{hint}"


def _line(error: BaseException) -> str:
    return shown(first_line(error, otherwise="no reason given")).rstrip(".")


def _told(message: str) -> str:
    get_current_context()["ti"].xcom_push(ERROR_KEY, message)
    return message
