"""What people do about an incident: acknowledge it, mute it until a day, unmute it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, select, update

from alerts.incidents.incident import Incident, Kind
from alerts.incidents.tables import EVENTS, INCIDENTS, create
from pipeline.errors import FatalError
from report.said import Said, say
from report.site import TIME_ZONE

LONGEST_MUTE = 90
"""Days: a mute ends by itself, and one for ever would not."""
LONGEST_NAME, LONGEST_REASON = 100, 300
"""Characters."""


class NotPossibleError(FatalError):
    """It cannot be done to this incident. said: why, in each language."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.en)
        self.said = said


def acknowledge(engine: Engine, number: int, *, by: str, now: datetime) -> Incident:
    """Somebody has taken the incident: no reminders any more. The last one who says so has it.

    Raises NotPossibleError when there is no such incident, when it is over, or without a name.
    """
    with _acting(engine, number, by=by, now=now) as act:
        if act.incident.acknowledged_by == act.by:
            return act.incident
        return act.done("acknowledged", {"acknowledged_by": act.by, "acknowledged_at": now})


def mute(engine: Engine, number: int, *, by: str, until: date, reason: str, now: datetime) -> Incident:
    """Let nobody be told of the incident up to the end of a day, for a reason.

    It hides no other check, and neither that the incident is over, nor that a warning has come to close the
    gate. Raises NotPossibleError as `acknowledge`, for a day that is over or more than 90 days away, and
    without a reason.
    """
    with _acting(engine, number, by=by, now=now) as act:
        reason = _plain(reason)
        _check_mute(until, reason, today=now.astimezone(ZoneInfo(TIME_ZONE)).date())
        end = datetime.combine(until + timedelta(days=1), time.min, ZoneInfo(TIME_ZONE))
        muted = {"muted_by": act.by, "muted_until": end, "muted_reason": reason}
        return act.done("mute", muted, reason=reason, until=end)


def unmute(engine: Engine, number: int, *, by: str, now: datetime) -> Incident:
    """Let people be told again, from the next failing verdict on.

    Raises NotPossibleError as `acknowledge`, and when it is not muted.
    """
    with _acting(engine, number, by=by, now=now) as act:
        if not act.incident.is_muted(now):
            raise NotPossibleError(
                say("Incident {n} is not muted.", "L’incident {n} n’est pas en sourdine.", n=number)
            )
        return act.done("unmute", {"muted_until": now})


def _plain(text: str) -> str:
    """The text on one line, without characters that no table and no terminal takes."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def _check_mute(until: date, reason: str, *, today: date) -> None:
    last = today + timedelta(days=LONGEST_MUTE)
    if not today <= until <= last:
        raise NotPossibleError(
            say(
                "An incident is muted until a day from {today} to {last}, not {until}.",
                "Un incident est mis en sourdine jusqu’à un jour du {today} au {last}, pas {until}.",
                today=today,
                last=last,
                until=until,
            )
        )
    if not reason or len(reason) > LONGEST_REASON:
        raise NotPossibleError(
            say(
                "Say why it is muted, in at most {most:character|characters}.",
                "Dites pourquoi il est mis en sourdine, en {most:caractère|caractères} au plus.",
                most=LONGEST_REASON,
            )
        )


@dataclass(frozen=True)
class _Act:
    """An incident that is open, in the transaction in which somebody does something to it."""

    connection: Connection
    incident: Incident
    by: str
    now: datetime

    def done(self, kind: Kind, values: Mapping[str, Any], **told: Any) -> Incident:
        """Note it, and return the incident as it is now."""
        event = {"incident": self.incident.id, "at": self.now, "kind": kind, "who": self.by, **told}
        self.connection.execute(insert(EVENTS).values(event))
        changed = (
            update(INCIDENTS).where(INCIDENTS.c.id == self.incident.id).values(values).returning(INCIDENTS)
        )
        return Incident.of(self.connection.execute(changed).mappings().one())


@contextmanager
def _acting(engine: Engine, number: int, *, by: str, now: datetime) -> Iterator[_Act]:
    by = _plain(by)
    if not by or len(by) > LONGEST_NAME:
        raise NotPossibleError(
            say(
                "Say who you are, in at most {most:character|characters}.",
                "Dites qui vous êtes, en {most:caractère|caractères} au plus.",
                most=LONGEST_NAME,
            )
        )
    create(engine)
    with engine.begin() as connection:
        yield _Act(connection, _locked(connection, number), by, now)


def _locked(connection: Connection, number: int) -> Incident:
    """The incident, which nobody else changes until the transaction ends."""
    query = select(INCIDENTS).where(INCIDENTS.c.id == number).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotPossibleError(say("There is no incident {n}.", "Il n’y a pas d’incident {n}.", n=number))
    incident = Incident.of(row)
    if not incident.is_open:
        raise NotPossibleError(
            say("Incident {n} is resolved already.", "L’incident {n} est déjà résolu.", n=number)
        )
    return incident
