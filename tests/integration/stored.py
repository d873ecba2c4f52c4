"""What a users flow left in PostgreSQL."""

from typing import Any

from sqlalchemy import Engine, text

Row = dict[str, Any]

_USERS = """
    SELECT lower(u.email) AS key, u.email, full_name, age, gender, phone, preferred_language, learning_mode,
           highest_academic_level, total_experience_years, predicted_level,
           array_remove(array_agg(lower(i.label) ORDER BY lower(i.label)), NULL) AS interests
    FROM users u LEFT JOIN user_interests USING (user_id) LEFT JOIN interests i USING (interest_id)
    GROUP BY u.user_id ORDER BY lower(u.email)
"""

# System columns, too: a row that is written again with the same values is a new row version.
_CHECKSUM = (
    "SELECT md5(coalesce(string_agg(users::text || xmin || ctid, '|' ORDER BY user_id), '')) FROM users"
)


def query(engine: Engine, statement: str, **values: object) -> list[Row]:
    """The rows of a query, as mappings."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(statement), values).mappings()]


def execute(engine: Engine, *statements: str) -> None:
    """Run statements in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def stored_users(engine: Engine) -> list[Row]:
    """All users with their interests, without ids and timestamps, in the order of their emails."""
    return query(engine, _USERS)


def checksum(engine: Engine) -> str:
    """A checksum over `users`: every column, and the place and transaction of every row version."""
    with engine.connect() as connection:
        return str(connection.scalar(text(_CHECKSUM)))


def quarantined(engine: Engine) -> list[Row]:
    """The quarantine without ids and times, in the order of the rows' places."""
    return query(
        engine,
        "SELECT run_id, workbook, sheet, row_number, status, reasons, email, source FROM quarantine "
        "ORDER BY run_id, workbook, row_number",
    )
