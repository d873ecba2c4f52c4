"""Two databases hold the same users, or the first differences are told."""

from contextlib import closing

import psycopg2

# Identifiers and timestamps are each database's own.
_USERS = """
SELECT to_jsonb(u) - '{user_id,created_at,updated_at}'::text[],
       (SELECT array_agg(i.label ORDER BY i.label COLLATE "C")
          FROM user_interests ui JOIN interests i USING (interest_id) WHERE ui.user_id = u.user_id)
  FROM users u ORDER BY u.email COLLATE "C"
"""


class UnequalUsersError(Exception):
    """Two loads of one workbook ended in different users."""


def assert_equal_users(url: str, other_url: str) -> int:
    """Number of users in both databases.

    Raises UnequalUsersError, with the first three differences, when their users or interests differ.
    """
    ours, theirs = _users(url), _users(other_url)
    if ours != theirs:
        raise UnequalUsersError(_differences(ours, theirs))
    return len(ours)


def _users(url: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(_USERS)
        return list(cursor.fetchall())


def _differences(ours: list[tuple[object, ...]], theirs: list[tuple[object, ...]]) -> str:
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=False) if a != b][:3]
    shown = "".join(f"\n  {a}\n  {b}" for a, b in pairs)
    return f"{len(ours)} and {len(theirs)} users, not the same:{shown}"
