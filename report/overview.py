"""The overview: which gates are closed and what they hold back, how each has decided, what fails most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from report.ago import ago, lately
from report.charts import sparkline
from report.gate_report import GateReport, Outcome, Words
from report.incident_line import IncidentLine
from report.kpis import kpis
from report.rendering import Frame, render
from report.said import Language, percent
from report.schedules import Missed, Scheduled, missed_schedules
from report.site import Site
from report.strip import SHOWN, State, outcome_state, state_of, strip
from report.summary import (
    Closure,
    History,
    Reason,
    closure,
    commonest_reasons,
    share_open,
    started,
    tightest,
)
from report.terms import term
from report.trends import trends, values_of
from report.words import word

MOST_REASONS = 8


@dataclass(frozen=True)
class Line:
    """A sentence about a gate, and the page that it leads to."""

    gate: str
    text: str
    href: str


@dataclass(frozen=True)
class Margin:
    """The check that is nearest to its limit. used: in words; spark: its last values."""

    words: Words
    state: State
    used: str
    spark: Markup


@dataclass(frozen=True)
class Card:
    """A gate in short.

    open_share: 0-1, of `shown` verdicts. failed: what failed beside the check of the margin.
    """

    gate: str
    state: State
    report: GateReport
    ago: str
    strip: Markup
    open_share: float
    shown: int
    margin: Margin | None
    failed: Sequence[tuple[State, Words]]


@dataclass(frozen=True)
class ReasonLine:
    """A common reason in words. share: of the most frequent one, 0-1."""

    gate: str
    text: str
    state: State
    times: int
    share: float
    ago: str
    href: str


def overview_page(
    history: History,
    language: Language,
    *,
    now: datetime,
    site: Site,
    problem: str | None = None,
    schedules: Iterable[Scheduled] = (),
    incidents: Sequence[IncidentLine] = (),
) -> str:
    """The first page of the report.

    history: of each gate its last reports, the newest first: 30 are drawn, all count as reasons.
    now: with a time zone. problem: why the history may be old or incomplete, in one line.
    schedules: of the DAGs, as Airflow has them; those that no gate is of are left out.
    incidents: those that are open.
    """
    frame = Frame(title=word("overview", language))
    if not history:
        return render("nothing_yet.html", language, site=site, frame=frame, problem=problem)
    history = dict(sorted(history.items(), key=lambda item: urgency(*item)))
    closed = [found for reports in history.values() if (found := closure(reports))]
    missed = missed_of(history, schedules, now)
    return render(
        "overview.html",
        language,
        site=site,
        frame=frame,
        problem=problem,
        now=now,
        state=overall_state(history, missed),
        headline=headline(len(history), len(closed), language),
        closed=[closed_line(each, now, language, site) for each in closed],
        last=ago(max(started(reports[0]) for reports in history.values()), now, language),
        warning=sum(bool(reports[0].warnings) for reports in history.values()),
        incidents=incidents,
        missed=[missed_words(each, now, language, site) for each in missed],
        cards=[card(gate, reports, now, language, site) for gate, reports in history.items()],
        trends=[(gate, trends(reports, language, site=site)) for gate, reports in history.items()],
        kpis=kpis(history, language, site),
        reasons=reason_lines(history, now, language, site),
        most=max(len(reports) for reports in history.values()),
    )


def urgency(gate: str, reports: Sequence[GateReport]) -> tuple[int, str]:
    """Where a gate stands among the others: closed ones first, then those that warn."""
    return ["closed", "warning", "open"].index(state_of(reports[0])), gate


def missed_of(history: History, schedules: Iterable[Scheduled], now: datetime) -> list[Missed]:
    """The schedules that were missed by DAGs that a gate is of."""
    dags = {report.dag for reports in history.values() for report in reports}
    return missed_schedules((each for each in schedules if each.dag in dags), now=now)


def overall_state(history: History, missed: Sequence[Missed]) -> State:
    """The worst of all last verdicts; a missed schedule is a warning."""
    states = {state_of(reports[0]) for reports in history.values()}
    if "closed" in states:
        return "closed"
    return "warning" if missed or "warning" in states else "open"


def headline(gates: int, closed: int, language: Language) -> str:
    """How many gates are closed."""
    if closed:
        return word("some_closed", language, closed=closed, others=gates - closed)
    return word("none_closed", language, n=gates)


def closed_line(found: Closure, now: datetime, language: Language, site: Site) -> Line:
    """What a closed gate holds back, since when, and why."""
    moment = lately(started(found.first), now, language, site.zone)
    since = word("since" if found.known else "at_least_since", language, moment=moment)
    holds = found.last.holds
    text = word(
        "holds_back" if holds else "gate_is_closed",
        language,
        holds=holds.in_language(language) if holds else "",
        since=since,
        reason=reason_of(found.last, language),
    )
    return Line(found.last.gate, text, site.verdict(found.last.folder, language))


def reason_of(report: GateReport, language: Language) -> str:
    """The first reason of a closed gate: what cannot be said, or what was observed against its limit."""
    if report.doubts:
        return term(report.doubts[0], language)
    if not report.critical:
        return report.summary
    words = report.critical[0].words(language)
    if words.problem:
        return f"{words.description}: {words.problem}"
    if words.reason:
        return f"{words.reason}."
    return word("observed_of", language, observed=words.observed, threshold=words.threshold)


def missed_words(missed: Missed, now: datetime, language: Language, site: Site) -> tuple[str, str]:
    """A schedule that was missed, and what to look at."""
    due = lately(missed.due, now, language, site.zone)
    return (
        word("missed", language, name=missed.dag, moment=due),
        word(f"missed_{missed.why}", language),
    )


def card(gate: str, reports: Sequence[GateReport], now: datetime, language: Language, site: Site) -> Card:
    """A gate in short. reports: the newest first."""
    last, shown = reports[0], reports[:SHOWN]
    nearest = tightest(last)
    return Card(
        gate=gate,
        state=state_of(last),
        report=last,
        ago=ago(started(last), now, language),
        strip=strip(shown, language, site=site),
        open_share=share_open(shown),
        shown=len(shown),
        margin=margin(shown, language),
        failed=[(outcome_state(o), o.words(language)) for o in last.failed if o is not nearest],
    )


def margin(reports: Sequence[GateReport], language: Language) -> Margin | None:
    """The check of the last report that is nearest to its limit; None when none has one."""
    check = tightest(reports[0])
    if check is None or check.measure is None or check.measure.used is None:
        return None
    words = check.words(language)
    beyond = not check.success
    key = "beyond_limit" if beyond else "limit_used"
    spark = sparkline(
        values_of(list(reversed(reports)), check.name),
        title=words.description,
        low=check.measure.low,
        high=check.measure.high,
    )
    used = word(key, language, share=percent(round(check.measure.used, 2), language))
    return Margin(words, outcome_state(check), used, spark)


def reason_lines(history: History, now: datetime, language: Language, site: Site) -> list[ReasonLine]:
    """The commonest reasons, the most frequent first."""
    found = commonest_reasons(history, limit=MOST_REASONS)
    most = max((reason.times for reason in found), default=1)
    return [reason_line(reason, most, now, language, site) for reason in found]


def reason_line(reason: Reason, most: int, now: datetime, language: Language, site: Site) -> ReasonLine:
    """A reason in words. most: how often the most frequent one failed."""
    outcome: Outcome | None = reason.outcome
    return ReasonLine(
        gate=reason.gate,
        text=outcome.words(language).description if outcome else term(reason.doubt, language),
        state=outcome_state(outcome) if outcome else "closed",
        times=reason.times,
        share=reason.times / most,
        ago=ago(started(reason.last), now, language),
        href=site.verdict(reason.last.folder, language),
    )
