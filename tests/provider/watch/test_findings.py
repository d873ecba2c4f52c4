"""What did not happen, from answers of Airflow's REST API."""

from datetime import UTC, datetime, time, timedelta

import pytest

from provider.watch.findings import (
    absent_workbook,
    is_watched,
    of_late_run,
    of_schedule,
    overdue,
    scheduled,
)
from provider.watch.limits import late_after, limit_of
from report import schedules
from report.schedules import Scheduled

NOW = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
TEN = timedelta(minutes=10)
RUN = "scheduled__2026-11-27T01:00:00+00:00"


def dag(**other):
    """A DAG as `/dags` tells it."""
    tags = [{"name": "users"}, {"name": "quality"}, {"name": "late after 10 min"}]
    told = {
        "dag_id": "etl_users_daily",
        "is_paused": False,
        "is_stale": False,
        "has_import_errors": False,
        "next_dagrun_run_after": "2026-11-28T01:00:00Z",
        "tags": tags,
    }
    return {**told, **other}


def run(minutes, *, dag="etl_users_daily", **other):
    """A run as `/dags/~/dagRuns` tells it. minutes: since it was queued."""
    queued = (NOW - timedelta(minutes=minutes)).isoformat()
    told = {"dag_id": dag, "dag_run_id": RUN, "queued_at": queued, "start_date": None, "run_after": queued}
    return {**told, **other}


@pytest.mark.parametrize(
    ("limit", "tag"),
    [
        (TEN, "late after 10 min"),
        (timedelta(hours=4), "late after 4 h"),
        (timedelta(minutes=90), "late after 1.5 h"),
        (timedelta(seconds=3), "late after 0.05 min"),
    ],
)
def test_the_tag_of_a_limit_says_it_and_is_read_again(limit: timedelta, tag: str):
    assert late_after(limit) == tag
    assert limit_of(["quality", tag]) == limit


@pytest.mark.parametrize("tag", ["late", "late after", "late after ten min", "late after 10 min!", "10 min"])
def test_a_tag_that_says_something_else_is_no_limit(tag: str):
    assert limit_of([tag]) is None


@pytest.mark.parametrize(
    ("known", "watched"),
    [
        ({}, True),
        ({"is_paused": True}, True),
        ({"is_stale": True}, False),
        ({"is_stale": True, "has_import_errors": True}, True),
        ({"tags": [{"name": "users"}]}, False),
    ],
)
def test_a_dag_is_watched_by_its_tag_as_long_as_its_file_is_there(known: dict[str, object], watched: bool):
    assert is_watched(dag(**known)) is watched


def test_when_a_dag_is_due_is_what_airflow_says():
    due = datetime(2026, 11, 28, 1, tzinfo=UTC)
    assert scheduled(dag(), NOW) == Scheduled("etl_users_daily", due, NOW)
    paused = dag(is_paused=True, has_import_errors=True, next_dagrun_run_after=None)
    assert scheduled(paused, None) == Scheduled("etl_users_daily", None, None, paused=True, broken=True)


def test_a_missed_schedule_is_told_in_the_time_of_the_schedules_with_what_to_do():
    due = datetime(2026, 11, 27, 1, tzinfo=UTC)
    found = of_schedule(schedules.Missed("etl_users_daily", due, None, "paused"))
    assert (found.kind, found.run) == ("schedule", RUN)
    assert found.said.en == "etl_users_daily: the run that was due at 02:00 on 27 November has not begun."
    assert (
        found.said.fr == "etl_users_daily\u202f: l’exécution prévue le 27 novembre à 02:00 n’a pas commencé."
    )
    assert found.next.en.startswith("The DAG is paused.")


def test_a_run_is_late_when_it_takes_longer_than_its_limit_since_it_was_queued():
    runs = [run(10), run(11), run(999, dag="somebody_elses")]
    assert overdue(runs, {"etl_users_daily": TEN}, now=NOW) == [runs[1]]
    begun = run(0, queued_at=None, start_date=(NOW - timedelta(hours=1)).isoformat())
    assert overdue([begun], {"etl_users_daily": TEN}, now=NOW) == [begun]


@pytest.mark.parametrize(
    ("states", "en"),
    [
        ({"extract_users": "success", "load_users": "running"}, "10 minutes: it is in load_users."),
        ({"extract_users": "deferred"}, "10 minutes: it is in extract_users."),
        ({"extract_users": None}, "10 minutes: no task of it runs."),
    ],
)
def test_a_late_run_is_told_with_the_task_that_it_is_in(states: dict[str, str | None], en: str):
    tasks = [{"task_id": name, "state": state} for name, state in states.items()]
    found = of_late_run(run(11), TEN, tasks)
    assert found
    assert (found.dag, found.kind, found.run) == ("etl_users_daily", "late", RUN)
    assert found.said.en == f"Run {RUN} takes longer than {en}"
    assert found.said.fr.startswith(f"L’exécution {RUN} dure plus de 10 minutes\u202f: ")


def test_a_run_that_waits_for_a_person_is_not_late():
    tasks = [{"task_id": "approve", "state": "awaiting_input"}, {"task_id": "load_users", "state": None}]
    assert of_late_run(run(999), TEN, tasks) is None


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        (None, "there is none at all"),
        ("2026-11-26T22:59:00+00:00", "the newest was written on 26 November 2026 at 23:59"),
        ("2026-11-26T23:01:00+00:00", None),
        ("2026-11-27T01:00:00+00:00", None),
    ],
)
def test_a_workbook_of_the_day_must_have_come_by_its_hour(newest: str | None, told: str | None):
    written = datetime.fromisoformat(newest) if newest else None
    found = absent_workbook("etl_users_daily", "/in/*.xlsx", time(2, 30), written, now=NOW)
    text = f"No workbook of today has come by 02:30 at /in/*.xlsx: {told}."
    assert (found.said.en if found else None) == (text if told else None)
    assert found is None or (found.kind, found.run) == ("workbook", "workbook__2026-11-27")


def test_before_its_hour_nobody_waits_for_the_workbook():
    assert absent_workbook("users", "/in", time(2, 31), None, now=NOW) is None


def test_the_hour_of_the_workbook_is_local_in_summer_and_winter():
    for moment in ("2026-07-01T00:30:00+00:00", "2026-12-01T01:30:00+00:00"):
        now = datetime.fromisoformat(moment)
        assert absent_workbook("users", "/in", time(2, 30), None, now=now)
        assert absent_workbook("users", "/in", time(2, 30), None, now=now - timedelta(minutes=1)) is None
