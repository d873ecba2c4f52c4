"""The table of the deliveries, on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from alerts.deliveries import DELIVERIES, create, delivered, held, note, prune
from alerts.routes import Target

NOW = datetime(2026, 11, 26, 1, 3, tzinfo=UTC)
KEY = "0123456789abcdef" * 2
ADA, SLACK = Target("mail", "ada@example.org"), Target("slack", "slack_quality")


def noted(engine: Engine, target: Target, *, error: str | None, now: datetime = NOW, key: str = KEY) -> None:
    note(engine, key, target, dag="d", run="r", subject="s", now=now, error=error)


def test_attempts_are_counted_until_somebody_has_the_message_and_a_delivery_stays_one(engine: Engine):
    create(engine)
    for minutes, error in enumerate(("away", "429", None, "asked once more")):
        noted(engine, ADA, error=error, now=NOW + timedelta(minutes=minutes))
    noted(engine, SLACK, error="away")
    assert delivered(engine, KEY) == {ADA}
    columns = DELIVERIES.c
    with engine.connect() as connection:
        rows = connection.execute(select(columns.attempts, columns.first_at, columns.delivered_at))
        assert [tuple(row) for row in rows] == [(4, NOW, NOW + timedelta(minutes=2)), (1, NOW, None)]


def test_a_message_is_held_by_one_at_a_time(engine: Engine):
    with held(engine, KEY) as first, held(engine, KEY) as second, held(engine, KEY[::-1]) as other:
        assert (first, second, other) == (True, False, True)
    with held(engine, KEY) as again:
        assert again


def test_old_deliveries_go(engine: Engine):
    create(engine)
    noted(engine, ADA, error=None, now=NOW - timedelta(days=401), key="old")
    noted(engine, ADA, error=None)
    for dry_run, gone in ((True, 1), (False, 1), (False, 0)):
        assert prune(engine, now=NOW, keep_days=400, dry_run=dry_run) == gone
    assert delivered(engine, KEY) == {ADA}
