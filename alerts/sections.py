"""The parts of a message: a gate, a failed task, something that did not happen, something that is over."""

from collections.abc import Iterable
from datetime import timedelta

from alerts.alert import Link, Reason, Section
from alerts.incidents.incident import Incident
from alerts.news import News
from alerts.outcome import FailedTask, Missed, RunOutcome
from alerts.verdicts import Verdict
from alerts.words import Say, words_in
from report import dates
from report.gate_report import GateReport, Outcome
from report.said import Language
from report.site import Site
from report.terms import term


def of_task(outcome: RunOutcome, error: FailedTask, site: Site, say: Say) -> Section:
    """A task that failed without a verdict."""
    log = site.task(outcome.dag_id, outcome.run_id, error.task_id) or ""
    return Section(
        headline=say("task_failed", task=error.task_id, message=error.message),
        consequence="" if outcome.closed else say("nothing_ran"),
        links=(Link(say("task_log"), log),),
    )


def of_verdict(verdict: Verdict, news: Iterable[News], language: Language, site: Site) -> Section:
    """What a gate decided, in the words of its page."""
    report, banner, say = verdict.report, verdict.banner, words_in(language)
    links = [Link(say("open_report", gate=report.gate), verdict.link)]
    if banner.last_good:
        links.append(Link(say("last_good"), banner.last_good))
    return Section(
        headline=banner.headline,
        consequence=banner.consequence,
        count=say(
            "of_checks",
            rows=report.rows,
            unit=term(report.unit, language),
            failed=len(report.failed),
            all=len(report.outcomes),
        ),
        about=_about(news, (report.dag, report.gate), language, site),
        reasons=_reasons(report, language, say),
        steps=tuple(Link(step.text, step.href) for step in banner.steps),
        links=tuple(links),
    )


def of_missed(missed: Missed, news: Iterable[News], language: Language, site: Site) -> Section:
    """Something that should have happened."""
    say = words_in(language)
    run = site.run(missed.dag, missed.run) if missed.kind == "late" else None
    return Section(
        headline=missed.said.in_language(language),
        about=_about(news, (missed.dag, missed.kind), language, site),
        steps=(Link(missed.next.in_language(language)),),
        links=(Link(say("open_run"), run),) if run else (),
    )


def of_resolved(news: News, language: Language, site: Site) -> Section:
    """A cause that is over."""
    said = news.said.in_language(language)
    headline = words_in(language)("resolved", said=f"{news.cause.gate}: {said}".rstrip("."))
    about = (incident_line(news, language, site),) if news.incident else ()
    return Section(headline=f"{headline}.", about=about)


def _reasons(report: GateReport, language: Language, say: Say) -> tuple[Reason, ...]:
    doubts = (Reason(say("critical"), True, term(doubt, language), "", "") for doubt in report.doubts)
    return (*doubts, *(_reason(report, check, language, say) for check in report.failed))


def _reason(report: GateReport, check: Outcome, language: Language, say: Say) -> Reason:
    told = check.words(language)
    return Reason(
        severity=say("critical" if check.closes else check.severity),
        closes=check.closes,
        check=told.description,
        observed=told.problem or told.observed,
        limit=told.threshold,
        examples=tuple(example.said(language) for example in check.examples),
        rows=check.unexpected_count or 0,
        unit=term(report.unit, language),
    )


def _about(news: Iterable[News], scope: tuple[str, str], language: Language, site: Site) -> tuple[Link, ...]:
    there = (each for each in news if each.cause.scope == scope and each.kind != "resolved")
    return tuple(incident_line(each, language, site) for each in there if each.incident)


def incident_line(news: News, language: Language, site: Site) -> Link:
    """Since when a cause is there, in how many runs, and who has it; with the address of its page.

    news: has an incident.
    """
    incident, say = news.incident, words_in(language)
    assert incident is not None  # noqa: S101 - the caller has looked
    values = {
        "n": incident.id,
        "check": incident.cause.check,
        "times": incident.times,
        "since": dates.at_on(incident.opened_at, language, site.zone),
    }
    key = {"opened": "incident_new", "resolved": "incident_over"}.get(news.kind, "incident_again")
    parts = [say(key, **values), *_taken(news, incident, language, site, say)]
    return Link(" ".join(parts), site.incident(incident.id, language))


def _taken(news: News, incident: Incident, language: Language, site: Site, say: Say) -> list[str]:
    """Who has it, and who wants not to be told."""
    parts = []
    if incident.owner:
        parts.append(say("owner", owner=incident.owner))
    if news.kind == "resolved":
        return parts
    if incident.acknowledged_by:
        parts.append(say("taken_by", who=incident.acknowledged_by))
    elif news.kind == "reminded":
        parts.append(say("reminded"))
    if news.kind == "muted" and incident.muted_until:
        until = dates.day(incident.muted_until - timedelta(seconds=1), language, site.zone)
        reason = (incident.muted_reason or "").rstrip(".")
        parts.append(say("muted", who=incident.muted_by or "", until=until, reason=reason))
    return parts
