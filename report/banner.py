"""What a verdict means, in a sentence, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from report import dates
from report.gate_report import GateReport, Outcome
from report.past import Past
from report.said import Language
from report.site import Site
from report.strip import State, state_of
from report.terms import term
from report.words import word

REQUIRED_ACTIONS = "required_actions"
"""The page of a task in the Airflow UI where a person answers."""


@dataclass(frozen=True)
class Step:
    """Something to do next. href: where; in_airflow: whether that is the Airflow UI."""

    text: str
    href: str = ""
    in_airflow: bool = False


@dataclass(frozen=True)
class Banner:
    """The consequence of a verdict.

    headline: the verdict and its reason. reasons: all of them, when there are several. consequence: what
    became of what the gate holds back, and what a person answered; empty when it let the run pass by itself.
    steps: what to do next. incident: the link to the incident that the verdict opened or joined.
    """

    state: State
    headline: str
    reasons: Sequence[str]
    consequence: str
    last_good: str | None
    steps: Sequence[Step]
    incident: str | None = None


def banner(
    report: GateReport, past: Past | None, language: Language, *, site: Site, csv: str | None
) -> Banner:
    """The banner of a verdict, on its page and in the mail about it.

    past: None when it cannot be read: then nothing is said of since when. csv: the link to all failing rows,
    if there is one.
    """
    reasons = _reasons(report, language)
    good = None if report.passed or past is None else past.good
    return Banner(
        state=state_of(report),
        headline=_headline(report, reasons, language),
        reasons=reasons if report.passed or len(reasons) > 1 else (),
        consequence=" ".join(
            [
                *_answer(report, language, site),
                *(
                    []
                    if report.passed
                    else [_consequence(report, good, language, site, known=past is not None)]
                ),
            ]
        ),
        last_good=site.verdict(good.folder, language) if good else None,
        steps=_steps(report, language, site, csv),
        incident=site.incident_of(report.folder, language) if _has_incident(report, site) else None,
    )


def _has_incident(report: GateReport, site: Site) -> bool:
    """Whether the end of the run makes an incident of the verdict, and its page is there."""
    is_one = bool(report.critical or report.doubts) and not report.apart and not report.waits
    return site.incidents and bool(report.dag) and is_one


def has_failing_rows(outcome: Outcome) -> bool:
    """Whether a check failed on rows."""
    return not outcome.success and bool(outcome.unexpected_count)


def _headline(report: GateReport, reasons: Sequence[str], language: Language) -> str:
    if report.approval is not None and report.approved:
        by = report.approval.by or word("somebody", language)
        return word("is_approved", language, gate=report.gate, by=by, reason="; ".join(reasons))
    if not report.passed:
        if len(reasons) == 1:
            return word("is_closed_because", language, gate=report.gate, reason=reasons[0])
        return word("is_closed", language, gate=report.gate, n=len(reasons))
    passed = word("passed", language, n=sum(outcome.success for outcome in report.outcomes))
    if report.warnings:
        passed += word("and_warnings", language, n=len(report.warnings))
    return word("is_open", language, gate=report.gate, passed=passed)


def _reasons(report: GateReport, language: Language) -> list[str]:
    """Why the gate is closed, or was until a person opened it; of an open one, its warnings."""
    outcomes = report.critical if report.approved or not report.passed else report.warnings
    return [
        *(term(doubt, language) for doubt in report.doubts),
        *(reason(outcome, language) for outcome in outcomes),
    ]


def reason(outcome: Outcome, language: Language) -> str:
    """Why a check failed, with its numbers."""
    words = outcome.words(language)
    if words.problem:
        return word("reason_problem", language, check=words.description, problem=words.problem)
    told = word("reason", language, check=words.description, observed=words.observed)
    return words.reason or told


def _answer(report: GateReport, language: Language, site: Site) -> list[str]:
    """What a person answered, or is asked; nothing when nobody was."""
    approval = report.approval
    if approval is None:
        return []
    when = dates.at_on(dates.moment_of(approval.at or approval.until), language, site.zone)
    key = "waits" if report.waits else approval.state
    by = approval.by or word("somebody", language)
    reason = approval.reason or word("no_reason", language)
    return [word(key, language, when=when, by=by, reason=reason)]


def _consequence(
    report: GateReport, good: GateReport | None, language: Language, site: Site, *, known: bool
) -> str:
    if not known:
        return word("nothing_ran", language)
    held = report.holds.in_language(language) if report.holds else word("what_follows", language)
    held = held[:1].upper() + held[1:]
    if good is None:
        return word("never_passed", language, held=held)
    when = dates.at_on(dates.moment_of(good.started_at), language, site.zone)
    return word("as_it_was" if report.holds else "not_run_since", language, held=held, when=when)


def _steps(report: GateReport, language: Language, site: Site, csv: str | None) -> list[Step]:
    """What to do next, by what closed; nothing of an open gate without warnings."""
    failed = report.failed if report.approved else report.warnings if report.passed else report.critical
    steps = []
    task = site.task(report.dag, report.run, report.task)
    if report.waits and task:
        steps.append(Step(word("step_decide", language), f"{task}/{REQUIRED_ACTIONS}", in_airflow=True))
    rows = any(has_failing_rows(outcome) for outcome in failed)
    if rows and csv:
        steps.append(Step(word("step_rows", language), csv))
    if report.passed:
        return [*steps, Step(word("step_warnings", language))] if failed else []
    doubtful = bool(report.doubts) or any(outcome.problem for outcome in failed)
    log = task or site.run(report.dag, report.run)
    if log:
        text = word("step_log_first" if doubtful else "step_log", language, task=report.task or report.run)
        steps.insert(0 if doubtful else len(steps), Step(text, log, in_airflow=True))
    if doubtful:
        return [*steps, Step(word("step_repair", language))]
    return [*steps, Step(word("step_replay" if rows else "step_again", language))]
