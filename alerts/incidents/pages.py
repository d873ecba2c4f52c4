"""The pages of incidents: the list of them, and one page each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from alerts.causes import DID_NOT_HAPPEN, NEVER_BEGAN, TASK, WATCH, Cause
from alerts.incidents.acts import LONGEST_MUTE, LONGEST_REASON
from alerts.incidents.incident import Event, Incident
from alerts.incidents.read import open_incidents
from alerts.incidents.words import check_word, event_words, incident_word, last_day, lasted, since, taken
from report import dates
from report.incident_line import IncidentLine
from report.rendering import Crumb, Frame, render
from report.said import Language, Said
from report.site import Site
from report.strip import State

USUAL_MUTE = 7
"""Days that the form proposes."""


@dataclass(frozen=True)
class Row:
    """An incident in the list. gate: the link to its gate; None where it is of a task or of no gate."""

    incident: Incident
    state: State
    href: str
    gate: str | None
    text: str
    since: str
    taken: str
    check: str


@dataclass(frozen=True)
class Step:
    """An event in words. verdict, run: links, None where there is none."""

    moment: datetime
    what: str
    state: State | None
    said: str
    run: str
    run_link: str | None
    verdict: str | None


@dataclass(frozen=True)
class Actor:
    """Who looks at the page. may_act: whether they may edit the incident's DAG."""

    name: str
    may_act: bool


def state_of(incident: Incident) -> State:
    """How bad it is, as the classes of the stylesheet are called."""
    if not incident.is_open:
        return "open"
    return "closed" if incident.severity == "critical" else "warning"


def incident_lines(engine: Engine, language: Language, site: Site, now: datetime) -> list[IncidentLine]:
    """The open incidents for the overview and the pages of gates; an `IncidentLines`."""
    return [_line(incident, language, site, now) for incident in open_incidents(engine)]


def _line(incident: Incident, language: Language, site: Site, now: datetime) -> IncidentLine:
    row = _row(incident, language, site, now)
    cause = incident.cause
    return IncidentLine(cause.dag, cause.gate, row.state, row.text, row.since, row.taken, row.href)


def list_page(
    open_ones: Sequence[Incident],
    resolved: Sequence[Incident],
    language: Language,
    *,
    now: datetime,
    site: Site,
    of_verdict: bool = False,
) -> str:
    """The list: what is open, then what is over. of_verdict: of one verdict only."""
    say = partial(incident_word, language=language)
    if of_verdict:
        headline = say("of_verdict" if open_ones or resolved else "no_incident_yet")
    else:
        headline = say("some_open", n=len(open_ones)) if open_ones else say("none_open")
    return _render(
        "incidents.html",
        language,
        site=site,
        frame=Frame(title=say("incidents"), crumbs=(Crumb(say("incidents")),)),
        state=max(
            (state_of(each) for each in open_ones), key=("open", "warning", "closed").index, default="open"
        ),
        headline=headline,
        open_ones=[_row(each, language, site, now) for each in open_ones],
        resolved=[_row(each, language, site, now) for each in resolved],
        of_verdict=of_verdict,
    )


def incident_page(
    incident: Incident,
    events: Sequence[Event],
    language: Language,
    *,
    now: datetime,
    site: Site,
    actor: Actor,
    limit: int,
    refused: Said | None = None,
) -> str:
    """The page of an incident.

    events: the newest first, at most `limit`. refused: why what somebody has just asked for was not done.
    """
    say, number = partial(incident_word, language=language), incident.id
    today = now.astimezone(ZoneInfo(site.zone)).date()
    return _render(
        "incident.html",
        language,
        site=site,
        frame=Frame(
            title=f"{say('incident', n=number)} · {incident.cause.gate}",
            name=str(number),
            crumbs=(Crumb(say("incidents"), site.all_incidents(language)), Crumb(say("incident", n=number))),
        ),
        incident=incident,
        row=_row(incident, language, site, now),
        is_muted=incident.is_muted(now),
        sentences=_sentences(incident, language, site, now),
        actor=actor,
        days=_days(today),
        longest_reason=LONGEST_REASON,
        steps=[_step(event, incident, language, site) for event in events],
        more=len(events) >= limit,
        refused=refused.in_language(language) if refused else None,
    )


def _render(template: str, language: Language, **values: Any) -> str:
    return render(
        template, language, package="alerts.incidents", t=partial(incident_word, language=language), **values
    )


def _row(incident: Incident, language: Language, site: Site, now: datetime) -> Row:
    cause = incident.cause
    is_of_gate = cause.check not in (TASK, cause.gate)
    return Row(
        incident=incident,
        state=state_of(incident),
        href=site.incident(incident.id, language),
        gate=site.gate(cause.gate, language) if is_of_gate else None,
        text=incident.said.in_language(language),
        since=since(incident, language, now=now, zone=site.zone),
        taken=taken(incident, language, now=now, zone=site.zone),
        check=check_word(incident, language),
    )


def _sentences(incident: Incident, language: Language, site: Site, now: datetime) -> list[str]:
    """Who looks after it, whether it is muted, when it was over."""
    say, found = partial(incident_word, language=language), []
    at = partial(dates.at_on, language=language, zone=site.zone)
    if incident.acknowledged_by and incident.acknowledged_at:
        found.append(say("taken_at", who=incident.acknowledged_by, when=at(incident.acknowledged_at)))
    elif incident.is_open:
        found.append(say("nobody"))
    if incident.is_muted(now) and incident.muted_until:
        day = last_day(incident.muted_until, language, site.zone)
        found.append(say("muted_by", who=incident.muted_by, day=day, reason=incident.muted_reason))
    if incident.resolved_at:
        span = lasted(incident.resolved_at - incident.opened_at, language)
        found.append(say("resolved_after", when=at(incident.resolved_at), span=span))
    return found


def _days(today: date) -> dict[str, date]:
    """What the form allows and proposes."""
    return {
        "first": today,
        "usual": today + timedelta(days=USUAL_MUTE),
        "last": today + timedelta(days=LONGEST_MUTE),
    }


STATES: dict[str, State] = {
    "opened": "closed",
    "repeated": "closed",
    "reminded": "closed",
    "resolved": "open",
}


def _run_link(cause: Cause, event: Event, site: Site) -> str | None:
    """To the run that saw it; what did not happen was seen by the watch, and often of no run at all."""
    if cause.gate in DID_NOT_HAPPEN and event.kind == "resolved":
        return site.run(WATCH, event.run)
    return None if cause.gate in NEVER_BEGAN else site.run(cause.dag, event.run)


def _step(event: Event, incident: Incident, language: Language, site: Site) -> Step:
    state = STATES.get(event.kind)
    said = event.said.in_language(language) if event.said else event.reason
    return Step(
        moment=event.at,
        what=event_words(event, language, site.zone),
        state="warning" if state == "closed" and incident.severity == "warning" else state,
        said=said,
        run=event.run,
        run_link=_run_link(incident.cause, event, site),
        verdict=site.verdict(event.folder, language) if event.has_page else None,
    )
