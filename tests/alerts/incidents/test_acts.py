"""What people do about an incident, what they may not, and what stays of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from alerts.incidents.acts import LONGEST_REASON, NotPossibleError, acknowledge, mute, unmute
from alerts.incidents.incident import Incident
from alerts.incidents.read import events_of, incident_of, open_incidents, resolved_incidents
from alerts.incidents.retention import prune
from tests.alerts.incidents.nights import night, observed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def number(engine: Engine) -> int:
    """An open incident."""
    (change,) = observed(engine, 1, "valid_ratio")
    return change.incident.id


def last_event(engine: Engine, number: int) -> tuple[str, str, str]:
    """What happened last, who did it and why."""
    (event, *_) = events_of(engine, number, limit=1)
    return event.kind, event.who, event.reason


def test_who_acknowledges_stands_in_the_incident_and_among_its_events(engine: Engine, number: int):
    incident = acknowledge(engine, number, by=" Ada  Lovelace ", now=NOW)
    assert (incident.acknowledged_by, incident.acknowledged_at) == ("Ada Lovelace", NOW)
    assert incident_of(engine, number) == incident
    assert last_event(engine, number) == ("acknowledged", "Ada Lovelace", "")


def test_somebody_else_can_take_it_over_and_the_same_one_is_noted_once(engine: Engine, number: int):
    for name in ("ada", "ada", "bob"):
        acknowledge(engine, number, by=name, now=NOW)
    found = [(event.kind, event.who) for event in events_of(engine, number, limit=9)]
    assert found == [("acknowledged", "bob"), ("acknowledged", "ada"), ("opened", "")]


def test_a_mute_lasts_to_the_end_of_its_day_in_paris(engine: Engine, number: int):
    muted = mute(engine, number, by="ada", until=date(2026, 11, 25), reason="  being\nrepaired ", now=NOW)
    end = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)
    assert (muted.muted_by, muted.muted_until, muted.muted_reason) == ("ada", end, "being repaired")
    assert muted.is_muted(end - timedelta(seconds=1))
    assert not muted.is_muted(end)
    assert last_event(engine, number) == ("mute", "ada", "being repaired")


def test_a_mute_can_be_lifted_once(engine: Engine, number: int):
    mute(engine, number, by="ada", until=date(2026, 11, 25), reason="known", now=NOW)
    incident = unmute(engine, number, by="bob", now=NOW + timedelta(hours=1))
    assert not incident.is_muted(NOW + timedelta(hours=1))
    assert last_event(engine, number) == ("unmute", "bob", "")
    with pytest.raises(NotPossibleError, match=f"Incident {number} is not muted"):
        unmute(engine, number, by="bob", now=NOW + timedelta(hours=2))


@pytest.mark.parametrize(
    ("until", "reason", "why"),
    [
        (date(2026, 11, 22), "known", "from 2026-11-23 to 2027-02-21, not 2026-11-22"),
        (date(2027, 2, 22), "known", "from 2026-11-23 to 2027-02-21, not 2027-02-22"),
        (date.max, "known", "not 9999-12-31"),
        (date(2026, 11, 23), " \0 ", "Say why it is muted, in at most 300 characters"),
        (date(2026, 11, 23), "x" * (LONGEST_REASON + 1), "Say why it is muted"),
    ],
)
def test_a_mute_without_a_near_end_or_a_reason_changes_nothing(
    engine: Engine, number: int, until: date, reason: str, why: str
):
    before = incident_of(engine, number)
    with pytest.raises(NotPossibleError, match=why):
        mute(engine, number, by="ada", until=until, reason=reason, now=NOW)
    assert (incident_of(engine, number), last_event(engine, number)[0]) == (before, "opened")


@pytest.mark.parametrize("name", ["", " \t ", "\0", "x" * 101])
def test_nobody_does_something_without_a_name(engine: Engine, number: int, name: str):
    with pytest.raises(NotPossibleError, match="Say who you are"):
        acknowledge(engine, number, by=name, now=NOW)
    assert last_event(engine, number)[0] == "opened"


def test_what_is_over_or_was_never_there_cannot_be_acted_on(engine: Engine, number: int):
    observed(engine, 2)
    with pytest.raises(NotPossibleError, match=f"Incident {number} is resolved already") as refused:
        acknowledge(engine, number, by="ada", now=NOW)
    assert refused.value.said.fr == f"L’incident {number} est déjà résolu."
    with pytest.raises(NotPossibleError, match="There is no incident 17"):
        mute(engine, 17, by="ada", until=date(2026, 11, 25), reason="known", now=NOW)


def test_what_has_been_over_for_long_is_deleted_and_what_is_open_never(engine: Engine):
    observed(engine, 1, "valid_ratio", "unique_emails")
    observed(engine, 2, "unique_emails")
    (over,) = resolved_incidents(engine, limit=9)
    assert prune(engine, now=night(2) + timedelta(days=400), keep_days=400) == 0
    assert prune(engine, now=night(2) + timedelta(days=401), keep_days=400, dry_run=True) == 1
    assert prune(engine, now=night(2) + timedelta(days=401), keep_days=400) == 1
    assert [open_one.cause.check for open_one in open_incidents(engine)] == ["unique_emails"]
    assert (incident_of(engine, over.id), events_of(engine, over.id, limit=9)) == (None, [])


def test_a_number_that_no_incident_can_have_is_none(engine: Engine, number: int):
    found: list[Incident | None] = [incident_of(engine, each) for each in (0, -1, 2**63, 10**30)]
    assert found == [None] * 4
