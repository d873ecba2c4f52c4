"""Tasks around plain functions: what they raise becomes what Airflow should do next."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

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
            return function(*args, **kwargs)

    return task(guarded, **RETRIES, **options)


@contextmanager
def plain_failures() -> Iterator[None]:
    """Turn errors of `etl`, `gx`, `reindex` and the database into Airflow's, and leave their message.

    Raises:
        AirflowFailException: trying again would end the same way.
        TryAgain: trying again may help; Airflow retries.
        AirflowSkipException: there is nothing to do.
    """
    from sqlalchemy.exc import DBAPIError

    from etl.errors import RetriableUsersError, UnchangedWorkbooks, UsersError
    from gx.errors import GateMisuse, GateUnavailable
    from reindex.errors import ReindexError, RetriableReindexError

    try:
        yield
    except UnchangedWorkbooks as outcome:
        raise AirflowSkipException(str(outcome)) from None
    except (RetriableUsersError, GateUnavailable, RetriableReindexError) as error:
        raise TryAgain(_told(str(error))) from error
    except (UsersError, GateMisuse, ReindexError) as error:
        raise AirflowFailException(_told(str(error))) from error
    except DBAPIError as error:
        reason = (str(error.orig).strip().splitlines() or ["no reason given"])[0]
        raise TryAgain(
            _told(f"PostgreSQL (connection postgres_default): {reason}. Check that it is up.")
        ) from error


def _told(message: str) -> str:
    get_current_context()["ti"].xcom_push(ERROR_KEY, message)
    return message
