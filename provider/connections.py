"""Airflow connections as the clients that the pure packages take."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

POSTGRES = "postgres_default"
SMTP = "smtp_default"


def postgres_engine(conn_id: str = POSTGRES) -> "Engine":
    """An engine on an Airflow connection, through psycopg2 (whose COPY the load uses)."""
    from airflow.providers.postgres.hooks.postgres import PostgresHook
    from sqlalchemy import create_engine

    hook = PostgresHook(postgres_conn_id=conn_id)
    url = hook.sqlalchemy_url.set(drivername="postgresql+psycopg2")
    return create_engine(url, connect_args={"connect_timeout": 10}, pool_pre_ping=True)
