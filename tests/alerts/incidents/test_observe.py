"""Which runs open an incident, join it, are reminded of, resolve it: on a real PostgreSQL, night by night."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, text

from alerts.incidents.acts import acknowledge, mute, unmute
from alerts.incidents.incident import Change
from alerts.incidents.read import events_of, incident_of, open_incidents, resolved_incidents
from tests.alerts.incidents.nights import (
    DAY,
    WEEK,
    good,
    kinds,
    night,
    observed,
    page_of,
    run_of,
    sighting,
)


def test_the_first_failing_verdict_opens_an_incident(engine: Engine):
    (change,) = observed(engine, 1, "valid_ratio")
    incident = change.incident
    assert (change.kind, incident.times, incident.owner) == ("opened", 1, "Users team")
    assert (incident.opened_at, incident.last_run) == (night(1), run_of(1))
    assert incident.said.en == "690 of 1,000 rows are valid, 800 are needed"
    assert open_incidents(engine) == [incident]


def test_repeats_join_it_and_the_first_good_verdict_resolves_it(engine: Engine):
    observed(engine, 1, "valid_ratio")
    observed(engine, 2, sighting(2, said="700 of 1,000 rows are valid"))
    (third,) = observed(engine, 3, "valid_ratio")
    (over,) = observed(engine, 4)
    assert [third.kind, third.incident.times, third.incident.opened_at] == ["repeated", 3, night(1)]
    assert [over.kind, over.incident.id] == ["resolved", third.incident.id]
    assert observed(engine, 5) == ()
    assert [event.kind for event in events_of(engine, third.incident.id, limit=9)] == [
        "resolved", "repeated", "repeated", "opened",
    ]  # fmt: skip


def test_what_fails_again_after_that_is_a_new_incident(engine: Engine):
    (first,) = observed(engine, 1, "valid_ratio")
    observed(engine, 2)
    (second,) = observed(engine, 3, "valid_ratio")
    assert (second.kind, second.incident.id == first.incident.id) == ("opened", False)


def test_a_new_cause_is_a_new_incident_while_another_is_open(engine: Engine):
    observed(engine, 1, "valid_ratio")
    both = observed(engine, 2, "valid_ratio", "unique_emails")
    assert kinds(both) == [("opened", "unique_emails"), ("repeated", "valid_ratio")]
    one = observed(engine, 3, "unique_emails")
    assert kinds(one) == [("resolved", "valid_ratio"), ("repeated", "unique_emails")]


def test_thirty_failing_nights_are_one_opening_four_reminders_and_one_recovery(engine: Engine):
    found = [change for number in range(1, 31) for change in observed(engine, number, "valid_ratio")]
    (over,) = observed(engine, 31)
    told = [change for change in (*found, over) if change.is_told]
    assert Counter(change.kind for change in told) == {"opened": 1, "reminded": 4, "resolved": 1}
    reminded = [change.incident.seen_at for change in found if change.kind == "reminded"]
    assert reminded == [night(number) for number in (8, 15, 22, 29)]
    assert (over.incident.times, len({change.incident.id for change in told})) == (30, 1)


@pytest.mark.parametrize(("days", "reminders"), [(1, 29), (3, 9), (7, 4), (30, 0)])
def test_the_setting_says_how_many_reminders_there_are(engine: Engine, days: int, reminders: int):
    reminder = timedelta(days=days)
    found = [
        change
        for number in range(1, 31)
        # Some nights the gate is reached a few minutes earlier than in the night before.
        for change in observed(
            engine,
            number,
            "valid_ratio",
            now=night(number) + timedelta(minutes=30 * (number % 3)),
            reminder=reminder,
        )
    ]
    assert Counter(change.kind for change in found)["reminded"] == reminders


def test_a_retry_of_the_same_run_is_told_the_same_and_changes_nothing(engine: Engine):
    observed(engine, 1, "valid_ratio", "unique_emails")
    first = observed(engine, 2, "valid_ratio", "email_form")
    again = observed(engine, 2, "valid_ratio", "email_form", now=night(2) + timedelta(hours=1))
    assert kinds(first) == kinds(again)
    assert sorted(kinds(again)) == [
        ("opened", "email_form"), ("repeated", "valid_ratio"), ("resolved", "unique_emails"),
    ]  # fmt: skip
    assert [c.incident for c in again] == [c.incident for c in first]
    assert all(len(events_of(engine, c.incident.id, limit=9)) <= 2 for c in again)


def test_a_retry_that_comes_after_the_next_run_opens_nothing(engine: Engine):
    (first,) = observed(engine, 1, "valid_ratio")
    observed(engine, 2)
    (late,) = observed(engine, 1, "valid_ratio", now=night(2) + timedelta(hours=1))
    assert (late.kind, late.incident.id) == ("opened", first.incident.id)
    assert open_incidents(engine) == []


def test_a_good_verdict_that_is_observed_late_resolves_nothing_younger(engine: Engine):
    observed(engine, 2, "valid_ratio")
    assert observed(engine, 1, now=night(2) + timedelta(hours=1)) == ()
    assert kinds(observed(engine, 3)) == [("resolved", "valid_ratio")]


def test_a_gate_that_is_cleared_and_fails_again_is_the_same_night(engine: Engine):
    observed(engine, 1, "valid_ratio")
    (again,) = observed(engine, 1, sighting(1, attempt=2, said="695 of 1,000"))
    assert (again.kind, again.incident.times, again.incident.said.en) == ("opened", 1, "695 of 1,000")
    (event,) = events_of(engine, again.incident.id, limit=9)
    assert (event.page, event.kind) == (page_of(1, attempt=2), "opened")


def test_a_gate_that_is_cleared_and_passes_resolves_what_its_run_opened(engine: Engine):
    observed(engine, 1, "valid_ratio")
    (over,) = observed(engine, 1, passed=[good(1, attempt=2)])
    assert (over.kind, over.incident.resolved_run) == ("resolved", run_of(1))
    assert kinds(observed(engine, 1, passed=[good(1, attempt=2)])) == [("resolved", "valid_ratio")]
    (anew,) = observed(engine, 1, sighting(1, attempt=3))
    assert (anew.kind, anew.incident.id > over.incident.id) == ("opened", True)


def test_an_old_run_that_is_cleared_and_fails_now_is_news(engine: Engine):
    observed(engine, 1, "valid_ratio")
    observed(engine, 2)
    cleared = replace(sighting(1, attempt=2), at=night(3))
    assert kinds(observed(engine, 1, cleared, now=night(3))) == [("opened", "valid_ratio")]


def test_a_check_that_could_not_be_judged_stays_open(engine: Engine):
    observed(engine, 1, "valid_ratio")
    only_others = [good(2, checks=("unique_emails", "email_form"))]
    assert kinds(observed(engine, 2, "doubt", passed=only_others)) == [("opened", "doubt")]
    assert kinds(observed(engine, 3)) == [("resolved", "valid_ratio"), ("resolved", "doubt")]


def test_another_gate_that_is_good_resolves_nothing_of_this_one(engine: Engine):
    observed(engine, 1, "valid_ratio")
    assert observed(engine, 2, passed=[good(2, gate="users_source")]) == ()


def test_an_acknowledged_incident_has_no_reminder_but_a_recovery(engine: Engine):
    (first,) = observed(engine, 1, "valid_ratio")
    acknowledge(engine, first.incident.id, by="ada", now=night(1))
    found = [change for number in range(2, 31) for change in observed(engine, number, "valid_ratio")]
    assert {change.kind for change in found} == {"repeated"}
    assert kinds(observed(engine, 31)) == [("resolved", "valid_ratio")]


def test_a_mute_hides_its_own_check_only_and_ends_by_itself(engine: Engine):
    (first,) = observed(engine, 1, "valid_ratio")
    number, until = first.incident.id, night(9).date()
    mute(engine, number, by="ada", until=until, reason="the source is being repaired", now=night(1))
    found = [observed(engine, each, "valid_ratio", "unique_emails") for each in range(2, 12)]
    assert kinds(found[0]) == [("opened", "unique_emails"), ("muted", "valid_ratio")]
    of_muted = [c.kind for changes in found for c in changes if c.incident.id == number]
    # Muted up to the end of the ninth night; the tenth tells at once that it is still there.
    assert of_muted == ["muted"] * 8 + ["reminded", "repeated"]


def test_what_is_unmuted_is_told_with_the_next_failing_verdict(engine: Engine):
    (first,) = observed(engine, 1, "valid_ratio")
    mute(engine, first.incident.id, by="ada", until=night(20).date(), reason="known", now=night(1) + DAY / 8)
    assert kinds(observed(engine, 2, "valid_ratio")) == [("muted", "valid_ratio")]
    unmute(engine, first.incident.id, by="bob", now=night(2) + DAY / 2)
    assert kinds(observed(engine, 3, "valid_ratio")) == [("reminded", "valid_ratio")]
    assert kinds(observed(engine, 4, "valid_ratio")) == [("repeated", "valid_ratio")]


def test_a_muted_incident_is_announced_when_it_is_over_and_its_mute_with_it(engine: Engine):
    (first,) = observed(engine, 1, "valid_ratio")
    mute(engine, first.incident.id, by="ada", until=night(20).date(), reason="known", now=night(1))
    assert kinds(observed(engine, 2)) == [("resolved", "valid_ratio")]
    assert kinds(observed(engine, 3, "valid_ratio")) == [("opened", "valid_ratio")]


def test_a_warning_that_comes_to_close_the_gate_is_told_whoever_muted_it(engine: Engine):
    (first,) = observed(engine, 1, sighting(1, severity="warning"))
    mute(engine, first.incident.id, by="ada", until=night(20).date(), reason="known", now=night(1))
    (change,) = observed(engine, 2, "valid_ratio")
    assert (change.kind, change.incident.severity, change.incident.times) == ("reminded", "critical", 2)
    assert kinds(observed(engine, 3, "valid_ratio")) == [("muted", "valid_ratio")]


def test_two_runs_that_fail_at_the_same_moment_open_one(engine: Engine):
    observed(engine, 0)
    at_once, found = threading.Barrier(2), list[Change]()

    def fail(number: int) -> None:
        own = create_engine(engine.url)
        at_once.wait()
        found.extend(observed(own, number, "valid_ratio"))
        own.dispose()

    for attempt in range(5):
        found.clear()
        threads = [threading.Thread(target=fail, args=(10 * attempt + each,)) for each in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(change.kind for change in found) == ["opened", "repeated"]
        assert len({change.incident.id for change in found}) == 1
        assert [incident.times for incident in open_incidents(engine)] == [2]
        observed(engine, 10 * attempt + 3)
    assert len(resolved_incidents(engine, limit=9)) == 5


def test_the_database_itself_allows_one_open_incident_a_cause(engine: Engine):
    observed(engine, 1, "valid_ratio")
    columns = 'dag, gate, "check", severity, said, opened_at, seen_at, last_run, times, last_told_at'
    copy = f"INSERT INTO quality_incidents ({columns}) SELECT {columns} FROM quality_incidents"
    with pytest.raises(Exception, match="quality_incidents_open"), engine.begin() as connection:
        connection.execute(text(copy))


def test_a_table_that_lacks_younger_columns_is_completed(engine: Engine):
    (first,) = observed(engine, 1, "valid_ratio")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE quality_incidents DROP COLUMN owner, DROP COLUMN muted_reason"))
        connection.execute(text("ALTER TABLE quality_incident_events DROP COLUMN reason"))
    (change,) = observed(engine, 2, "valid_ratio")
    assert (change.kind, change.incident.owner) == ("repeated", "Users team")
    assert incident_of(engine, first.incident.id) == change.incident


def test_nothing_wrong_opens_nothing(engine: Engine):
    assert observed(engine, 1, reminder=WEEK) == ()
    assert open_incidents(engine) == []
