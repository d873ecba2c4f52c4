"""What a run means for the incidents: it opens them, joins them, resolves them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, and_, insert, or_, select, update

from alerts.causes import Cause
from alerts.incidents.incident import SEEN, Change, Changed, Good, Incident, Sighting
from alerts.incidents.tables import EVENTS, INCIDENTS, create, wait_for_turn

EARLY = timedelta(hours=2)
"""A night that begins a little earlier than the one before is a night later all the same."""


def observe(
    engine: Engine,
    sightings: Sequence[Sighting],
    *,
    good: Collection[Good],
    run: str,
    now: datetime,
    reminder: timedelta,
) -> tuple[Change, ...]:
    """Write down what a run has seen, in one transaction; returns what that changed, the openings first.

    A cause opens an incident, or joins the open one. What the run found good resolves the open incidents
    whose last failing verdict is not younger; a cause that is in `sightings` is never resolved.
    reminder: how long after people were last told a repeat is a `reminded` one; an incident that somebody has
    acknowledged has none. One whose mute has ended, or that now closes a gate and was a warning, has one at
    once. now: with a time zone.

    The same run may observe again: what it has changed is told again, and nothing is changed twice.
    """
    create(engine)
    causes = {each.cause: each for each in sightings}
    with engine.begin() as connection:
        wait_for_turn(connection)
        at_work = _Observation(connection, run, now, reminder)
        seen = [at_work.see(sighting) for sighting in causes.values()]
        over = [change for each in good for change in at_work.resolve(each, causes)]
    found = {change.incident.id: change for change in (*over, *seen)}
    return tuple(sorted(found.values(), key=lambda change: (change.kind != "opened", change.incident.id)))


@dataclass(frozen=True)
class _Observation:
    """One run in one transaction."""

    connection: Connection
    run: str
    now: datetime
    reminder: timedelta

    def see(self, sighting: Sighting) -> Change:
        """A cause that is there."""
        before = self._of_run(sighting.cause)
        there = self._open(sighting.cause)
        if before is not None and self._is_told_again(before, there, sighting):
            return self._again(before, there, sighting)
        if there is None:
            return self._opened(sighting)
        return self._joined(there, sighting, is_new_run=before is None or before["incident"] != there.id)

    def resolve(self, good: Good, causes: Collection[Cause]) -> list[Change]:
        """What is over; that which this run has resolved before is told again."""
        columns = INCIDENTS.c
        known = and_(columns.resolved_at.is_(None), columns.seen_at <= (good.at or self.now))
        query = select(INCIDENTS).where(
            columns.dag == good.dag, columns.gate == good.gate, or_(known, columns.resolved_run == self.run)
        )
        if good.checks is not None:
            query = query.where(columns.check.in_(good.checks))
        rows = self.connection.execute(query.order_by(columns.id)).mappings().all()
        found = [incident for row in rows if (incident := Incident.of(row)).cause not in causes]
        return [self._resolved(each, good) if each.is_open else Change("resolved", each) for each in found]

    def _of_run(self, cause: Cause) -> RowMapping | None:
        """What this run has last said of a cause."""
        query = (
            select(EVENTS)
            .join(INCIDENTS)
            .where(*_is(cause), EVENTS.c.run == self.run, EVENTS.c.kind.in_((*SEEN, "resolved")))
            .order_by(EVENTS.c.id.desc())
            .limit(1)
        )
        return self.connection.execute(query).mappings().one_or_none()

    def _open(self, cause: Cause) -> Incident | None:
        query = select(INCIDENTS).where(*_is(cause), INCIDENTS.c.resolved_at.is_(None))
        row = self.connection.execute(query).mappings().one_or_none()
        return None if row is None else Incident.of(row)

    def _is_told_again(self, before: RowMapping, there: Incident | None, sighting: Sighting) -> bool:
        """Whether this run has told this already. A run that was resolved and fails again has not."""
        if before["kind"] not in SEEN:
            return False
        if there is not None and there.id == before["incident"]:
            return not _has_risen(there, sighting)
        # Another run has resolved it since: only the same verdict is nothing new.
        return bool(sighting.page) and sighting.page == before["page"]

    def _again(self, before: RowMapping, there: Incident | None, sighting: Sighting) -> Change:
        event = {"page": sighting.page, "said": sighting.said}
        self.connection.execute(update(EVENTS).where(EVENTS.c.id == before["id"]).values(event))
        if there is None or there.id != before["incident"]:
            return Change(before["kind"], self._incident(before["incident"]))
        return Change(before["kind"], self._changed(there, self._seen(sighting, there)))

    def _opened(self, sighting: Sighting) -> Change:
        cause = sighting.cause
        values = {
            **self._seen(sighting),
            "dag": cause.dag,
            "gate": cause.gate,
            "check": cause.check,
            "times": 1,
            "opened_at": sighting.at or self.now,
            "last_told_at": self.now,
        }
        row = self.connection.execute(insert(INCIDENTS).values(values).returning(INCIDENTS)).mappings().one()
        return self._noted("opened", Incident.of(row), page=sighting.page, said=sighting.said)

    def _joined(self, there: Incident, sighting: Sighting, *, is_new_run: bool) -> Change:
        kind = self._kind(there, sighting)
        values = {**self._seen(sighting, there), "times": there.times + is_new_run}
        if kind == "reminded":
            values["last_told_at"] = self.now
        return self._noted(kind, self._changed(there, values), page=sighting.page, said=sighting.said)

    def _kind(self, there: Incident, sighting: Sighting) -> Changed:
        if _has_risen(there, sighting):
            return "reminded"
        if there.is_muted(self.now):
            return "muted"
        if there.acknowledged_by is None and self._is_due(there):
            return "reminded"
        return "repeated"

    def _is_due(self, there: Incident) -> bool:
        mute_has_ended = there.muted_until is not None and there.last_told_at < there.muted_until
        return mute_has_ended or self.now - there.last_told_at >= self.reminder - min(
            EARLY, self.reminder / 2
        )

    def _resolved(self, there: Incident, good: Good) -> Change:
        values = {"resolved_at": self.now, "resolved_run": self.run}
        return self._noted("resolved", self._changed(there, values), page=good.page, said=None)

    def _seen(self, sighting: Sighting, there: Incident | None = None) -> dict[str, Any]:
        began = sighting.at or self.now
        return {
            "severity": sighting.severity,
            "owner": sighting.owner,
            "said": sighting.said,
            "seen_at": began if there is None else max(began, there.seen_at),
            "last_run": self.run,
        }

    def _changed(self, there: Incident, values: Mapping[str, Any]) -> Incident:
        changed = update(INCIDENTS).where(INCIDENTS.c.id == there.id).values(values).returning(INCIDENTS)
        return Incident.of(self.connection.execute(changed).mappings().one())

    def _incident(self, number: int) -> Incident:
        found = self.connection.execute(select(INCIDENTS).where(INCIDENTS.c.id == number))
        return Incident.of(found.mappings().one())

    def _noted(
        self, kind: Changed, incident: Incident, *, page: str, said: Mapping[str, str] | None
    ) -> Change:
        values = {"incident": incident.id, "at": self.now, "kind": kind, "run": self.run, "page": page}
        self.connection.execute(insert(EVENTS).values({**values, "said": said}))
        return Change(kind, incident)


def _is(cause: Cause) -> tuple[Any, ...]:
    columns = INCIDENTS.c
    return columns.dag == cause.dag, columns.gate == cause.gate, columns.check == cause.check


def _has_risen(there: Incident, sighting: Sighting) -> bool:
    """Whether what was a warning now closes the gate: whoever was told, or muted it, did not know that."""
    return (there.severity, sighting.severity) == ("warning", "critical")
