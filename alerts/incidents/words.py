"""The words of incidents, in every language: on their pages, in the overview, on the command line."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

from alerts.causes import DOUBT, TASK
from alerts.incidents.incident import Event, Incident
from report import dates
from report.ago import UP_TO_A_DAY
from report.said import Language, Said, Words, locale_of
from report.site import TIME_ZONE
from report.words import WORDS as REPORT_WORDS

THIS_WEEK = timedelta(days=6)
"""Up to then a day is told by its name."""

ORDINALS = {
    2: Said("second", "deuxième"),
    3: Said("third", "troisième"),
    4: Said("fourth", "quatrième"),
    5: Said("fifth", "cinquième"),
    6: Said("sixth", "sixième"),
    7: Said("seventh", "septième"),
    8: Said("eighth", "huitième"),
    9: Said("ninth", "neuvième"),
    10: Said("tenth", "dixième"),
}
"""Greater ones are written in digits."""

WORDS: Mapping[str, Said] = {
    "since_once": Said("Since {since}", "Depuis {since}"),
    "since_often": Said("{ordinal} run since {since}", "{ordinal} exécution depuis {since}"),
    "lasted": Said("{n:run|runs}, from {first} to {last}", "{n:exécution|exécutions}, du {first} au {last}"),
    "on_day": Said("{day} at {clock}", "{day} à {clock}"),
    "the_day": Said("{day} at {clock}", "le {day} à {clock}"),
    "taken_by": Said("acknowledged by {who}", "pris en charge par {who}"),
    "muted_to": Said("muted through {day}", "en sourdine jusqu’au {day} inclus"),
    # The pages.
    "incident": Said("Incident {n}", "Incident {n}"),
    "is_open": Said("Open", "Ouvert"),
    "is_warning": Said("Open, as a warning", "Ouvert, réserve"),
    "is_over": Said("Resolved", "Résolu"),
    "is_muted": Said("Muted", "En sourdine"),
    "is_taken": Said("Acknowledged", "Pris en charge"),
    "nobody": Said("Nobody has acknowledged it yet.", "Personne ne l’a encore pris en charge."),
    "taken_at": Said("Acknowledged by {who} {when}.", "Pris en charge par {who} {when}."),
    "muted_by": Said(
        "Muted by {who} through {day}: {reason}", "Mis en sourdine par {who} jusqu’au {day} inclus : {reason}"
    ),
    "resolved_at": Said("Resolved {when}.", "Résolu {when}."),
    "resolved_after": Said("Resolved {when}, after {span}.", "Résolu {when}, au bout de {span}."),
    "gate": Said("Gate", "Porte"),
    "check_name": Said("Check", "Vérification"),
    "owner": Said("Owner", "Responsable"),
    "nobody_named": Said("nobody is named", "personne n’est nommé"),
    "opened_at": Said("Opened", "Ouvert"),
    "doubt": Said("the batch as a whole", "le lot entier"),
    "task": Said("the task itself", "la tâche elle-même"),
    # What a person may do.
    "act": Said("What you can do", "Ce que vous pouvez faire"),
    "acknowledge": Said("Acknowledge", "Prendre en charge"),
    "acknowledge_why": Said(
        "I look after it. No reminders any more; you are told when it is over.",
        "Je m’en occupe. Plus de rappels ; sa fin sera annoncée.",
    ),
    "take_over": Said("Take over from {who}", "Relayer {who}"),
    "mute": Said("Mute", "Mettre en sourdine"),
    "mute_why": Said(
        "Nobody is told of this check until then. Other checks, and its end, are told as always.",
        "Plus de message sur cette vérification jusque-là. Les autres, et sa fin, restent annoncées.",
    ),
    "mute_until": Said("Through", "Jusqu’au (inclus)"),
    "mute_reason": Said("Reason, without personal data", "Motif, sans données personnelles"),
    "unmute": Said("Unmute", "Lever la sourdine"),
    "unmute_why": Said(
        "You are told again with the next failing verdict.",
        "Les messages reprennent au prochain verdict défavorable.",
    ),
    "as_who": Said("as {who}", "en tant que {who}"),
    "may_not": Said(
        "Only who may edit the DAG {dag} can acknowledge or mute its incidents.",
        "Seules les personnes autorisées à modifier le DAG {dag} peuvent prendre en charge ses incidents "
        "ou les mettre en sourdine.",
    ),
    # What happened.
    "happened": Said("What happened", "Ce qui s’est passé"),
    "what": Said("What", "Quoi"),
    "said": Said("What was said", "Ce qui a été dit"),
    "to_verdict": Said("verdict", "verdict"),
    "event_opened": Said("Opened", "Ouvert"),
    "event_repeated": Said("Seen again", "Revu"),
    "event_reminded": Said("Seen again, reminder sent", "Revu, rappel envoyé"),
    "event_muted": Said("Seen again, muted", "Revu, en sourdine"),
    "event_resolved": Said("Resolved", "Résolu"),
    "event_acknowledged": Said("{who} acknowledged it", "{who} l’a pris en charge"),
    "event_mute": Said("{who} muted it through {day}", "{who} l’a mis en sourdine jusqu’au {day} inclus"),
    "event_unmute": Said("{who} unmuted it", "{who} a levé la sourdine"),
    "more_events": Said(
        "Only the last {n:event is|events are} shown.",
        "{n:Seul le dernier événement est affiché|Seuls les derniers événements sont affichés} ({n:number}).",
    ),
    # The list.
    "none_open": Said("No incident is open", "Aucun incident ouvert"),
    "some_open": Said("{n:incident is open|incidents are open}", "{n:incident ouvert|incidents ouverts}"),
    "list_why": Said(
        "An incident lasts from the first verdict that fails for a cause to the first good one.",
        "Un incident dure du premier verdict défavorable pour une cause au premier favorable.",
    ),
    "resolved": Said("Resolved", "Résolus"),
    "none_resolved": Said("None yet.", "Aucun pour l’instant."),
    "of_verdict": Said("The incidents of one verdict", "Les incidents d’un verdict"),
    "no_incident_yet": Said(
        "No incident of this verdict is known yet: the end of its run opens it.",
        "Aucun incident de ce verdict n’est encore connu : la fin de l’exécution l’ouvre.",
    ),
    "not_done": Said("Nothing was changed", "Rien n’a été modifié"),
}


def incident_word(key: str, language: Language, **values: Any) -> str:
    """The words of a key in one language: those of incidents, or else those of the report."""
    words = WORDS.get(key) or REPORT_WORDS[key]
    return Words(language).sentence(words.in_language(language), **values)


def since(incident: Incident, language: Language, *, now: datetime, zone: str = TIME_ZONE) -> str:
    """How often, and since when: `Third run since Monday at 03:03`; of one that is over from when to when."""
    if incident.resolved_at is not None:
        ends = (incident.opened_at, incident.resolved_at)
        first, last = (dates.full(moment, language, zone) for moment in ends)
        return incident_word("lasted", language, n=incident.times, first=first, last=last)
    when = _since(incident.opened_at, language, now, zone)
    if incident.times == 1:
        return incident_word("since_once", language, since=when)
    told = incident_word("since_often", language, ordinal=ordinal(incident.times, language), since=when)
    return told[:1].upper() + told[1:]


def taken(incident: Incident, language: Language, *, now: datetime, zone: str = TIME_ZONE) -> str:
    """Who has acknowledged it, and until when it is muted; empty when neither."""
    parts = []
    if incident.acknowledged_by:
        parts.append(incident_word("taken_by", language, who=incident.acknowledged_by))
    if incident.is_muted(now) and incident.muted_until:
        parts.append(incident_word("muted_to", language, day=last_day(incident.muted_until, language, zone)))
    return ", ".join(parts)


def lasted(length: timedelta, language: Language) -> str:
    """`3 days`, `3 jours`."""
    return str(format_timedelta(length, threshold=UP_TO_A_DAY, locale=locale_of(language)))


def last_day(until: datetime, language: Language, zone: str = TIME_ZONE) -> str:
    """The last day of a mute that ends at a moment."""
    return dates.day(until - timedelta(microseconds=1), language, zone)


def check_word(incident: Incident, language: Language) -> str:
    """What its check is called: by its key, but for those that are no expectation."""
    check = incident.cause.check
    return incident_word(check, language) if check in (DOUBT, TASK) else check


def event_words(event: Event, language: Language, zone: str = TIME_ZONE) -> str:
    """What happened, and who did it."""
    day = last_day(event.until, language, zone) if event.until else ""
    return incident_word(f"event_{event.kind}", language, who=event.who, day=day)


def ordinal(number: int, language: Language) -> str:
    """`third`, `troisième`; above ten `12th`, `12e`."""
    if number in ORDINALS:
        return ORDINALS[number].in_language(language)
    if language == "fr":
        return f"{number}e"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def _since(moment: datetime, language: Language, now: datetime, zone: str) -> str:
    """`Monday at 03:03` within a week, else `23 November 2026 at 03:03`."""
    local, today = moment.astimezone(ZoneInfo(zone)).date(), now.astimezone(ZoneInfo(zone)).date()
    clock = dates.clock(moment, language, zone)
    if today - local <= THIS_WEEK:
        day = str(format_date(local, "EEEE", locale=locale_of(language)))
        return incident_word("on_day", language, day=day, clock=clock)
    return incident_word("the_day", language, day=dates.day(moment, language, zone), clock=clock)
