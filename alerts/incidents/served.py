"""What stands below `incidents/`: pages that are made when somebody looks, and what somebody does there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from alerts.incidents.acts import NotPossibleError, acknowledge, mute, unmute
from alerts.incidents.incident import Incident
from alerts.incidents.pages import Actor, incident_page, list_page
from alerts.incidents.read import (
    events_of,
    incident_of,
    incidents_of_verdict,
    open_incidents,
    resolved_incidents,
)
from alerts.incidents.words import incident_word
from pipeline.messages import first_line
from report.publish import AIRFLOW
from report.rendering import Frame, render
from report.said import LANGUAGES, Language, Said, say
from report.served import AWAY, LONGEST_ADDRESS, Moved, Served, page_and_language
from report.site import Site, named
from report.store import PAGES

FOLDER = "incidents/"
"""What the addresses of these pages begin with."""
RESOLVED = 100
"""Incidents that are over and stand in the list."""
EVENTS = 200
"""Events that the page of an incident shows."""
LONGEST_NUMBER = 18
"""Digits."""

ActorOf = Callable[[str], Actor]
"""Who is asking, and whether they may edit a DAG, by its id."""


@dataclass(frozen=True)
class ServedIncidents:
    """The incidents of one installation. engine: as of `ServedReport`."""

    engine: Callable[[], Engine]

    def at(
        self, path: str, query: Mapping[str, str], *, now: datetime, actor_of: ActorOf
    ) -> Served | Moved | None:
        """What stands at a path, `FOLDER` included; None when nothing does. now: with a time zone."""
        if any("\0" in text or len(text) > LONGEST_ADDRESS for text in (path, *query.values())):
            return None
        name, language = page_and_language(path.removeprefix(FOLDER))
        try:
            if name == "index":
                verdict = query.get("verdict")
                return self._of_verdict(verdict, language, now) if verdict else self._list(language, now)
            incident = self._incident(name)
            return None if incident is None else self._page(incident, language, now, actor_of)
        except AWAY as error:
            return _away(error, language)

    def act(
        self, path: str, form: Mapping[str, str], *, now: datetime, actor_of: ActorOf
    ) -> Served | Moved | None:
        """Do what a form of a page asks for, and lead back to the page; None when there is no such page.

        form: `act` is `acknowledge`, `mute` (with `until`, an ISO day, and `reason`) or `unmute`. What is not
        done is said on the page, with the status 403 for who may not, or else 400.
        """
        name, language = page_and_language(path.removeprefix(FOLDER))
        try:
            incident = self._incident(name)
            if incident is None:
                return None
            actor = actor_of(incident.cause.dag)
            if not actor.may_act:
                said = Said(*(incident_word("may_not", each, dag=incident.cause.dag) for each in LANGUAGES))
                return self._page(incident, language, now, actor_of, refused=said, status=403)
            try:
                _do(self.engine(), incident.id, form, by=actor.name, now=now)
            except NotPossibleError as error:
                incident = self._incident(name) or incident
                return self._page(incident, language, now, actor_of, refused=error.said, status=400)
        except AWAY as error:
            return _away(error, language)
        return Moved(named(name, language))

    def _list(self, language: Language, now: datetime) -> Served:
        engine = self.engine()
        resolved = resolved_incidents(engine, limit=RESOLVED)
        return _page(list_page(open_incidents(engine), resolved, language, now=now, site=_site()))

    def _of_verdict(self, folder: str, language: Language, now: datetime) -> Served | Moved:
        """The incident of a verdict; the list of them where it has several, or none."""
        found = incidents_of_verdict(self.engine(), f"{folder}/{PAGES['en']}")
        if len(found) == 1:
            return Moved(named(str(found[0].id), language))
        still = [each for each in found if each.is_open]
        over = [each for each in found if not each.is_open]
        return _page(list_page(still, over, language, now=now, site=_site(), of_verdict=True))

    def _incident(self, name: str) -> Incident | None:
        if not (name.isascii() and name.isdecimal() and len(name) <= LONGEST_NUMBER):
            return None
        return incident_of(self.engine(), int(name))

    def _page(
        self,
        incident: Incident,
        language: Language,
        now: datetime,
        actor_of: ActorOf,
        *,
        refused: Said | None = None,
        status: int = 200,
    ) -> Served:
        page = incident_page(
            incident,
            events_of(self.engine(), incident.id, limit=EVENTS),
            language,
            now=now,
            site=_site(),
            actor=actor_of(incident.cause.dag),
            limit=EVENTS,
            refused=refused,
        )
        return _page(page, status)


def _do(engine: Engine, number: int, form: Mapping[str, str], *, by: str, now: datetime) -> None:
    match form.get("act"):
        case "acknowledge":
            acknowledge(engine, number, by=by, now=now)
        case "mute":
            until, reason = _day(form.get("until", "")), form.get("reason", "")
            mute(engine, number, by=by, until=until, reason=reason, now=now)
        case "unmute":
            unmute(engine, number, by=by, now=now)
        case other:
            raise NotPossibleError(
                say("An incident cannot be {act}.", "Acte inconnu : {act}.", act=repr(other)[:30])
            )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotPossibleError(
            say("Say until which day, as in 2026-11-30.", "Dites jusqu’à quel jour, comme 2026-11-30.")
        ) from None


def _site() -> Site:
    return Site(root="../", airflow=AIRFLOW, incidents=True)


def _page(text: str, status: int = 200) -> Served:
    return Served(text.encode(), status=status)


def _away(error: Exception, language: Language) -> Served:
    """One line in the place of a page that is made of the database."""
    title = incident_word("incidents", language)
    line = f"{incident_word('database_away', language)}: {first_line(error)}"
    frame = Frame(title=title)
    return _page(render("line.html", language, site=_site(), frame=frame, line=line), 503)
