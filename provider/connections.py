"""Airflow connections as the clients that the pure packages take."""

import logging
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.errors import FatalError
from reindex.client import connect, options
from reindex.settings import ClusterSettings

if TYPE_CHECKING:
    from airflow.sdk import Connection
    from elasticsearch import Elasticsearch
    from sqlalchemy import Engine

POSTGRES = "postgres_default"
POSTGRES_TYPE = "postgres"
METADATA = "airflow_metadata"
"""Airflow's own database, for the maintenance alone: an administrator gives it, or does not."""
SMTP = "smtp_default"
ELASTICSEARCH = "elasticsearch_default"


def postgres_engine(conn_id: str = POSTGRES, *, patience: int = 10, answer: int | None = None) -> "Engine":
    """An engine on an Airflow connection, through psycopg2 (whose COPY the load uses).

    patience: seconds that a connection may take. answer: seconds that a statement may take; None: any time.
    """
    from airflow.providers.postgres.hooks.postgres import PostgresHook
    from sqlalchemy import create_engine

    hook = PostgresHook(postgres_conn_id=conn_id)
    url = hook.sqlalchemy_url.set(drivername="postgresql+psycopg2")
    limited = {} if answer is None else {"options": f"-c statement_timeout={answer}s"}
    return create_engine(url, connect_args={"connect_timeout": patience, **limited}, pool_pre_ping=True)


def database_engine(conn_id: str) -> "Engine":
    """An engine on an Airflow connection of any database, as the connection's own hook makes it.

    Raises FatalError, in one line, when the connection is to no database that SQLAlchemy reaches.
    """
    from airflow.sdk import BaseHook

    connection = BaseHook.get_connection(conn_id)
    if connection.conn_type == POSTGRES_TYPE:
        return postgres_engine(conn_id)
    hook = _hook(connection)
    if not hasattr(hook, "get_sqlalchemy_engine"):
        raise FatalError(
            f"connection {conn_id} of type {connection.conn_type} leads to no database that a gate can read. "
            "Give the gate another conn_id, or a batch that is a Parquet file."
        )
    engine: Engine = hook.get_sqlalchemy_engine()
    return engine


def _hook(connection: "Connection") -> Any:
    from airflow.sdk.exceptions import AirflowException

    try:
        return connection.get_hook()  # type: ignore[no-untyped-call]
    except AirflowException as error:
        raise FatalError(
            f"connection {connection.conn_id} of type {connection.conn_type} has no hook here ({error}). "
            "Install the Airflow provider of its database."
        ) from error


def elasticsearch_client(conn_id: str = ELASTICSEARCH) -> "Elasticsearch":
    """A client on an Airflow connection; close it, or use it as a context manager.

    The connection has `host`, `port` (9200), `schema` (http or https), and in its extra `api_key` (encoded)
    and `ca_certs` (a file); instead of a key it may have `login` and `password`.

    Raises FatalError, in one line, when it is missing or wrong.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    _quiet_client()
    try:
        connection = Connection.get(conn_id)
    except AirflowNotFoundException:
        raise _missing(conn_id) from None
    return connect(cluster_settings(connection, connection.extra_dejson))


async def async_elasticsearch_options(conn_id: str = ELASTICSEARCH) -> dict[str, Any]:
    """Arguments of `AsyncElasticsearch` for the same connection, asked for without blocking the triggerer.

    Raises FatalError, in one line, when the connection is missing or wrong.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    _quiet_client()
    try:
        connection = await Connection.async_get(conn_id)
    except AirflowNotFoundException:
        raise _missing(conn_id) from None
    return options(cluster_settings(connection, await connection.aextra_dejson()))


def cluster_settings(connection: "Connection", extra: Mapping[str, Any]) -> ClusterSettings:
    """How the cluster of a connection is reached; the environment is not asked.

    Raises FatalError, in one line, when the connection is no address of a cluster.
    """
    from pipeline.settings import WrongSettingsError

    if not connection.host:
        raise FatalError(f"connection {connection.conn_id} has no host. Set host, port and schema.")
    try:
        return ClusterSettings(
            host=_address(connection),
            api_key=extra.get("api_key") or "",
            user=connection.login or "",
            password=connection.password or "",
            ca_certs=extra.get("ca_certs") or None,
        )
    except WrongSettingsError as wrong:
        field, reason = next(iter(wrong.reasons.items()))
        raise FatalError(
            f"connection {connection.conn_id}: {field} is wrong ({reason}). Correct it."
        ) from None


def _quiet_client() -> None:
    """Keep out of the tasks' logs what the client says of each request, and of APIs that may change."""
    from elasticsearch.exceptions import GeneralAvailabilityWarning

    warnings.filterwarnings("ignore", category=GeneralAvailabilityWarning)
    logging.getLogger("elastic_transport").setLevel(logging.WARNING)


def _address(connection: "Connection") -> str:
    """Scheme, host and port; a host that is an address already is taken as it is."""
    host = str(connection.host)
    return host if "://" in host else f"{connection.schema or 'http'}://{host}:{connection.port or 9200}"


def _missing(conn_id: str) -> FatalError:
    return FatalError(
        f"There is no Airflow connection {conn_id}. Make it: type elasticsearch, host, port, schema, "
        'and in its extra {"api_key": …, "ca_certs": …}.'
    )
