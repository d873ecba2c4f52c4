"""Moments as somebody tells them who is looking now."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta

from report import dates
from report.said import Language, locale_of
from report.words import word

NOON = 12
JUST_NOW = timedelta(minutes=1)
UP_TO_A_DAY = 0.95
"""Share of a unit from which on the unit is used: 23 hours are 1 day."""


def ago(moment: datetime, now: datetime, language: Language) -> str:
    """`2 hours ago`, `il y a 2 heures`."""
    if now - moment < JUST_NOW:
        return word("just_now", language)
    past = format_timedelta(
        moment - now, add_direction=True, threshold=UP_TO_A_DAY, locale=locale_of(language)
    )
    return str(past)


def lately(moment: datetime, now: datetime, language: Language, zone: str) -> str:
    """`03:42 this morning`, `15:42 yesterday`, `03:42 on 25 November 2026`: to stand behind "since"."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    key = "on_day"
    if local.date() == today:
        key = "this_morning" if local.hour < NOON else "today"
    elif local.date() == today - timedelta(days=1):
        key = "yesterday"
    clock, day = dates.clock(moment, language, zone), dates.day(moment, language, zone)
    return word(key, language, clock=clock, day=day)
