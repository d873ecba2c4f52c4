"""Runs of `etl_users_daily` on a real stack, and the database behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2 import sql

from local.show.runs import USERS
from local.stack import postgres
from local.stack.environment import USERS_DATABASE
from local.stack.stack import Stack
from tests.runs import Ended, afresh, end


def run_users(stack: Stack, **conf: Any) -> Ended:
    """Trigger a run with these parameters and wait for its end."""
    before = afresh(stack)
    return end(stack, stack.api.trigger(USERS.dag, conf), mails_before=before)


def ask(stack: Stack, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows that a query on `elearning_db` gives."""
    with postgres.connected(stack.settings, USERS_DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


@contextmanager
def refused_connections(stack: Stack, database: str) -> Iterator[None]:
    """As long as this lasts, PostgreSQL lets nobody into a database."""
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with postgres.connected(stack.settings, "postgres") as connection, connection.cursor() as cursor:
        cursor.execute(allow.format(sql.Identifier(database), sql.Literal(False)))
        try:
            yield
        finally:
            cursor.execute(allow.format(sql.Identifier(database), sql.Literal(True)))
