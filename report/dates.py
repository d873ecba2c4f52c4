"""Days, times and durations in words."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from report.said import Language, locale_of, number

NO_BREAK_SPACE = "\u00a0"
MINUTE = 60


def moment_of(started_at: str) -> datetime:
    """The moment of an ISO 8601 text; one without a zone is UTC."""
    moment = datetime.fromisoformat(started_at)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day(moment: datetime, language: Language, zone: str) -> str:
    """`25 November 2026`, `25 novembre 2026`."""
    return _format(moment, "d MMMM y", language, zone)


def clock(moment: datetime, language: Language, zone: str) -> str:
    """`02:03`."""
    return _format(moment, "HH:mm", language, zone)


def short(moment: datetime, language: Language, zone: str) -> str:
    """`25 Nov, 02:03`, `25 nov., 02:03`."""
    return _format(moment, "d MMM, HH:mm", language, zone)


def short_day(moment: datetime, language: Language, zone: str) -> str:
    """`25 Nov`, `25 nov.`."""
    return _format(moment, "d MMM", language, zone)


def full(moment: datetime, language: Language, zone: str) -> str:
    """`25 November 2026 at 02:03`, `25 novembre 2026 à 02:03`."""
    joint = "à" if language == "fr" else "at"
    return f"{day(moment, language, zone)} {joint} {clock(moment, language, zone)}"


def at_on(moment: datetime, language: Language, zone: str) -> str:
    """The moment inside a sentence: `at 02:03 on 25 November`, `le 25 novembre à 02:03`."""
    date = _format(moment, "d MMMM", language, zone)
    time = clock(moment, language, zone)
    return f"le {date} à {time}" if language == "fr" else f"at {time} on {date}"


def duration(seconds: float, language: Language) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`."""
    if seconds < MINUTE:
        return f"{number(seconds, language, digits=1 if seconds < 10 else 0)}{NO_BREAK_SPACE}s"
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{number(minutes, language)}{NO_BREAK_SPACE}min {rest}{NO_BREAK_SPACE}s"


def _format(moment: datetime, pattern: str, language: Language, zone: str) -> str:
    return str(format_datetime(moment, pattern, tzinfo=ZoneInfo(zone), locale=locale_of(language)))
