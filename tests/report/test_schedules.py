"""Which schedules were missed, by what Airflow says of its DAGs."""

from datetime import UTC, datetime, timedelta

import pytest
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.timetables.trigger import CronTriggerTimetable
from pendulum import instance

from report.schedules import Missed, Scheduled, missed_schedules

DUE = datetime(2026, 11, 27, 1, tzinfo=UTC)
BEFORE = DUE - timedelta(days=1)


@pytest.mark.parametrize(("minutes", "missed"), [(-60, False), (0, False), (5, False), (6, True)])
def test_a_run_that_is_due_has_five_minutes_to_begin(minutes: int, missed: bool):
    found = missed_schedules([Scheduled("users", DUE, BEFORE)], now=DUE + timedelta(minutes=minutes))
    assert found == ([Missed("users", DUE, BEFORE, "unknown")] if missed else [])


def test_a_dag_without_a_schedule_misses_none():
    assert missed_schedules([Scheduled("by_hand", None)], now=DUE + timedelta(days=99)) == []


@pytest.mark.parametrize(
    ("last", "paused", "broken", "why"),
    [
        (BEFORE, False, False, ["unknown"]),
        (BEFORE, True, False, ["paused"]),
        (BEFORE, False, True, ["broken"]),
        (BEFORE, True, True, ["paused"]),
        (None, False, False, ["unknown"]),
        (None, True, False, []),
    ],
)
def test_a_paused_dag_misses_its_schedule_once_it_has_kept_it(last, paused, broken, why):
    dag = Scheduled("users", DUE, last, paused=paused, broken=broken)
    assert [missed.why for missed in missed_schedules([dag], now=DUE + timedelta(hours=1))] == why


def test_dags_are_told_by_name():
    dags = [Scheduled("b", DUE, BEFORE), Scheduled("a", DUE, BEFORE)]
    assert [missed.dag for missed in missed_schedules(dags, now=DUE + timedelta(hours=1))] == ["a", "b"]


def test_the_run_that_was_missed_has_the_id_that_airflow_would_have_given_it():
    assert Missed("users", DUE, BEFORE, "unknown").run == "scheduled__2026-11-27T01:00:00+00:00"


def next_after(last: datetime) -> datetime:
    """When a DAG that runs on weekdays at 02:00 in Paris is due next, as Airflow's own timetable has it."""
    timetable = CronTriggerTimetable("0 2 * * 1-5", timezone="Europe/Paris")
    following = timetable.next_dagrun_info(
        last_automated_data_interval=DataInterval.exact(instance(last)),
        restriction=TimeRestriction(earliest=None, latest=None, catchup=True),
    )
    assert following is not None
    return following.run_after


def test_a_dag_of_weekdays_misses_nothing_from_friday_to_monday_and_monday_itself_is_missed():
    friday = datetime(2026, 11, 27, 1, tzinfo=UTC)
    monday = next_after(friday)
    assert monday == datetime(2026, 11, 30, 1, tzinfo=UTC)
    dag = Scheduled("weekdays", monday, friday)
    hours = range(1, 73)
    assert [h for h in hours if missed_schedules([dag], now=friday + timedelta(hours=h))] == []
    assert [m.due for m in missed_schedules([dag], now=monday + timedelta(minutes=6))] == [monday]
