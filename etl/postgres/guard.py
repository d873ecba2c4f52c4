"""The unique index on `lower(email)`, and the emails that stand in its way."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Index, Table, func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateIndex, DropIndex

from etl.errors import DuplicateEmailsError, TargetError
from etl.postgres.stored import Stored, stored
from etl.postgres.target import Target
from pipeline.messages import first_line

# PostgreSQL writes the cast of a varchar into the definition. A partial index, or one that was not built to
# its end, does not keep emails unique.
_GUARDS = """
    SELECT indexrelid::regclass::text, indisvalid FROM pg_index
    WHERE indrelid = to_regclass(:table) AND indisunique AND indpred IS NULL AND indnkeyatts = 1
        AND pg_get_indexdef(indexrelid, 1, false) IN ('lower(email)', 'lower((email)::text)')
"""


@dataclass(frozen=True)
class Duplicate:
    """Persons who share an email, whatever its case. persons: id, email as stored, name, oldest id first."""

    email: str
    persons: tuple[tuple[str, str, str], ...]


def has_guard(connection: Connection, table: str) -> bool:
    """Whether a unique index on `lower(email)` keeps the emails of a table unique."""
    return any(row.indisvalid for row in connection.execute(text(_GUARDS), {"table": table}))


def duplicates(connection: Connection, users: Stored) -> list[Duplicate]:
    """The emails that several persons have, whatever their case, in the order of the emails."""
    person = users.person
    email, name = person.columns["email"], person.columns["full_name"]
    shared = select(func.lower(email)).group_by(func.lower(email)).having(func.count() > 1)
    query = (
        select(func.lower(email).label("key"), person.key, email, name)
        .where(func.lower(email).in_(shared))
        .order_by(func.lower(email), person.key)
    )
    found: dict[str, list[tuple[str, str, str]]] = {}
    for key, number, spelled, called in connection.execute(query):
        found.setdefault(key, []).append((str(number), spelled, called))
    return [Duplicate(email, tuple(persons)) for email, persons in found.items()]


def guard(engine: Engine, target: Target) -> str:
    """Make the unique index on `lower(email)`, without keeping anybody from writing; returns its name.

    One that is there stays; one that an earlier attempt left unfinished is made again.

    Raises:
        DuplicateEmailsError: persons share an email.
        TargetError: the table is not there, or the role does not own it.
    """
    with engine.connect() as connection:
        users = stored(connection, target)
        table = users.person.table
        shared = duplicates(connection, users)
        found = [tuple(row) for row in connection.execute(text(_GUARDS), {"table": table.name})]
    if shared:
        raise DuplicateEmailsError(_told(table, shared))
    valid = [name for name, is_valid in found if is_valid]
    return str(valid[0]) if valid else _make(engine, table, unfinished=bool(found))


def _make(engine: Engine, table: Table, *, unfinished: bool) -> str:
    name = f"{table.name}_lower_email"
    email = func.lower(table.c.email)
    index = Index(name, email, unique=True, postgresql_concurrently=True)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if unfinished:
                connection.execute(DropIndex(index, if_exists=True))
            connection.execute(CreateIndex(index))
    except IntegrityError as error:
        raise DuplicateEmailsError(
            f"table {table.name}: somebody took an email of another person while the index was being made. "
            "See python -m etl duplicates, then try again."
        ) from error
    except ProgrammingError as error:
        raise TargetError(
            f"table {table.name}: {first_line(error.orig)}. As its owner: "
            f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table.name} (lower(email))"
        ) from error
    return name


def _told(table: Table, shared: list[Duplicate]) -> str:
    persons = sum(len(each.persons) for each in shared)
    return (
        f"table {table.name}: {len(shared)} emails belong to {persons} persons, so that no index can keep "
        "them unique. List them with python -m etl duplicates; "
        "docs/runbook-users.md#persons-who-share-an-email says how to merge or rename."
    )
