"""A transaction that does not wait forever for what somebody else has locked."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

from etl.errors import TargetBusyError

LOCK_SECONDS = 300
"""Longest wait for one lock. An application holds its locks for moments; a forgotten session holds them for
days, and the runs of the following nights would queue behind."""


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction, which ends with the block.

    Raises:
        TargetBusyError: a lock was not to be had in `LOCK_SECONDS`; all was rolled back.
    """
    try:
        with engine.begin() as connection:
            connection.execute(select(func.set_config("lock_timeout", f"{LOCK_SECONDS}s", True)))
            yield connection
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise TargetBusyError(
            f"table users, or one beside it: another transaction has kept it locked for {LOCK_SECONDS} "
            "seconds; rolled back, nothing was written. End that transaction (see pg_stat_activity, state "
            "'idle in transaction'), then try again; a run does so by itself."
        ) from error
