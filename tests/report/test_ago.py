"""Moments as somebody tells them who is looking now."""

from datetime import UTC, datetime, timedelta

import pytest

from report.ago import ago, lately

NOW = datetime(2026, 11, 26, 16, tzinfo=UTC)
PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("before", "en", "fr"),
    [
        (timedelta(seconds=30), "just now", "à l’instant"),
        (timedelta(minutes=5), "5 minutes ago", "il y a 5 minutes"),
        (timedelta(hours=1), "1 hour ago", "il y a 1 heure"),
        (timedelta(hours=23, minutes=30), "1 day ago", "il y a 1 jour"),
        (timedelta(days=6), "6 days ago", "il y a 6 jours"),
    ],
)
def test_how_long_ago(before, en, fr):
    assert (ago(NOW - before, NOW, "en"), ago(NOW - before, NOW, "fr")) == (en, fr)


@pytest.mark.parametrize(
    ("moment", "en", "fr"),
    [
        ("2026-11-26T01:03:00+00:00", "02:03 this morning", "ce matin à 02:03"),
        ("2026-11-26T14:00:00+00:00", "15:00 today", "aujourd’hui à 15:00"),
        ("2026-11-25T23:30:00+00:00", "00:30 this morning", "ce matin à 00:30"),
        ("2026-11-25T10:00:00+00:00", "11:00 yesterday", "hier à 11:00"),
        ("2026-11-03T10:00:00+00:00", "11:00 on 3 November 2026", "le 3 novembre 2026 à 11:00"),
    ],
)
def test_a_moment_is_told_from_the_day_of_the_reader(moment, en, fr):
    when = datetime.fromisoformat(moment)
    assert (lately(when, NOW, "en", PARIS), lately(when, NOW, "fr", PARIS)) == (en, fr)
