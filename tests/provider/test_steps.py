"""Whatever goes wrong in a step is one line for the mail, and is tried again only where that may help."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from airflow.sdk import timezone
from airflow.sdk.exceptions import AirflowFailException, AirflowTaskTimeout
from airflow.sdk.execution_time.context import set_current_context
from airflow.sdk.execution_time.timeout import TimeoutPosix
from great_expectations.core import ExpectationValidationResult
from sqlalchemy import Engine

from etl.postgres.copy_in import copy_frame
from etl.settings import UsersSettings
from gx.outcomes import configuration
from provider.connections import postgres_engine
from provider.courses import run_settings
from provider.steps import TryAgain, plain_failures


@pytest.fixture
def told() -> Iterator[dict[str, str]]:
    """What the running task told the mail. A running task is the one thing that is not real here."""
    pushed: dict[str, str] = {}
    context = {
        "ti": SimpleNamespace(xcom_push=pushed.__setitem__),
        "dag": SimpleNamespace(dag_id="reindex_weekly"),
        "run_id": "manual__1",
        "params": {},
        "ts": timezone.utcnow(),
    }
    with set_current_context(cast("Any", context)):
        yield pushed


def failing(what: Callable[[], object]) -> BaseException:
    """What a step ends in whose work is this."""
    with pytest.raises(BaseException) as failure, plain_failures():  # noqa: PT011
        what()
    return failure.value


@pytest.mark.parametrize(
    ("variable", "value", "read", "allowed"),
    [
        ("REINDEX_KEEP_INDICES", "0", run_settings, "greater than or equal to 1"),
        ("ELASTICSEARCH_INDEX", "No Index", run_settings, "match pattern"),
        ("ETL_KEEP_STAGING_DAYS", "soon", UsersSettings, "valid integer"),
    ],
)
def test_a_wrong_setting_is_one_fatal_line_with_its_variable_what_is_allowed_and_what_it_is(
    monkeypatch: pytest.MonkeyPatch,
    told: dict[str, str],
    variable: str,
    value: str,
    read: Callable[[], object],
    allowed: str,
):
    monkeypatch.setenv(variable, value)
    error = failing(read)
    assert isinstance(error, AirflowFailException)
    message = told["error"]
    assert message == str(error)
    assert message.startswith(f"{variable}: ")
    assert allowed in message
    assert f"(is: {value})" in message
    assert "\n" not in message


def test_a_missing_connection_is_fatal(monkeypatch: pytest.MonkeyPatch, told: dict[str, str]):
    monkeypatch.delenv("AIRFLOW_CONN_POSTGRES_DEFAULT", raising=False)
    assert isinstance(failing(postgres_engine), AirflowFailException)
    assert "`postgres_default` isn't defined" in told["error"]


def test_a_gate_that_great_expectations_gives_up_on_is_closed_without_another_try(told: dict[str, str]):
    result = ExpectationValidationResult(success=True, expectation_config=None)
    assert isinstance(failing(lambda: configuration(result)), AirflowFailException)
    assert told == {"error": "Great Expectations returned a result without its expectation"}


@pytest.mark.postgres
def test_what_psycopg2_says_during_a_copy_is_tried_again(engine: Engine, told: dict[str, str]):
    import pandas as pd
    from sqlalchemy import Column, Integer, MetaData, Table

    nowhere = Table("nowhere", MetaData(), Column("number", Integer))
    with engine.connect() as connection:
        error = failing(lambda: copy_frame(connection, pd.DataFrame({"number": [1]}), nowhere))
    assert isinstance(error, TryAgain)
    assert told["error"] == (
        "PostgreSQL (connection postgres_default): "
        'relation "nowhere" does not exist. SQLSTATE 42P01: see PostgreSQL\'s log.'
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, told: dict[str, str]):
    error = failing(tmp_path.read_text)
    assert isinstance(error, IsADirectoryError)
    assert told["error"].startswith(f"IsADirectoryError: [Errno 21] Is a directory: '{tmp_path}'. Check that")


def test_an_error_that_nobody_expected_is_told_by_its_type_and_its_first_line(told: dict[str, str]):
    def work() -> None:
        raise ValueError("row of zoe@example.org is odd\nand so are others")

    assert isinstance(failing(work), ValueError)
    assert told == {"error": "ValueError: row of … is odd"}


def test_a_step_that_takes_too_long_says_so(told: dict[str, str]):
    def work() -> None:
        with TimeoutPosix(0.1):
            while True:
                pass

    assert isinstance(failing(work), AirflowTaskTimeout)
    assert "execution_timeout" in told["error"]
