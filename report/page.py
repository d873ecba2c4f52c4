"""The page of one verdict."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report import told
from report.banner import banner
from report.changes import Change, Trend, changes, trend_of, values_of
from report.charts import bar, sparkline
from report.dates import moment_of, short
from report.gate_report import Example, GateReport, Outcome
from report.past import Earlier, Past, comparable
from report.rendering import Crumb, Frame, render
from report.said import Language
from report.site import Site
from report.store import CHECKSUMS, GREAT_EXPECTATIONS, REPORT, RESULT, ROWS
from report.strip import SHOWN, State, Verdict, outcome_state, strip
from report.words import word

ORDER: Sequence[State] = ("closed", "warning", "open")
"""The checks of a page: those that close the gate come first."""

BESIDE: Mapping[str, str] = {
    GREAT_EXPECTATIONS: "file_gx",
    ROWS: "file_rows",
    RESULT: "file_result",
    REPORT: "file_report",
    CHECKSUMS: "file_sums",
}
"""The files of a verdict besides its pages, and the words for each."""


@dataclass(frozen=True)
class Row:
    """A check as the page shows it.

    now, limit: its measure and the limits, in words; where what was observed does not begin with the measure,
    that and what was expected. beside: the rest of what was observed. bar, spark: charts, empty without one.
    note: said when the limit is near in time. has_rows: it names rows, be it that its limit allows them.
    """

    name: str
    outcome: Outcome
    state: State
    description: str
    observed: str
    threshold: str
    problem: str | None
    now: str
    beside: str
    limit: str
    bar: Markup
    spark: Markup
    note: str
    examples: Sequence[Example]
    has_rows: bool


@dataclass(frozen=True)
class Difference:
    """A check that says something else than in the last run that passed, in words.

    since: the run in which it first failed; None when it does not fail. margin: empty without a limit.
    """

    state: State
    description: str
    then: str
    now: str
    difference: str
    margin: str
    since: Earlier | None


def verdict_page(
    report: GateReport,
    past: Past,
    language: Language,
    *,
    site: Site,
    beside: Collection[str] = BESIDE,
) -> str:
    """The page of a verdict, as HTML.

    past: of which the charts show the last thirty verdicts. beside: names of the files that stand beside the
    page: it leads to no other.
    """
    csv = site.file(report.folder, ROWS) if ROWS in beside else None
    rows = _rows(report, comparable(report, past), language)
    verdicts: list[Verdict] = [report, *past.verdicts]
    good, shown = past.good, verdicts[:SHOWN]
    return render(
        "verdict.html",
        language,
        site=site,
        frame=_frame(report, language, site),
        report=report,
        started=moment_of(report.started_at),
        banner=banner(report, past, language, site=site, csv=csv),
        strip=strip(shown, language, site=site),
        verdicts=len(shown),
        verdicts_open=sum(each.passed for each in shown),
        rows=rows,
        counts={state: sum(row.state == state for row in rows) for state in ORDER},
        good=good,
        good_started=moment_of(good.started_at) if good else None,
        changes=[_difference(change, language) for change in changes(report, past)],
        moment_of=moment_of,
        files=[(words, name) for name, words in BESIDE.items() if name in beside],
        csv=csv,
    )


def _frame(report: GateReport, language: Language, site: Site) -> Frame:
    when = moment_of(report.started_at)
    title = f"{report.gate} · {word('closed' if not report.passed else 'open', language)}"
    crumbs = (Crumb(report.gate, site.gate(report.gate, language)), Crumb(short(when, language, site.zone)))
    return Frame(title=title, crumbs=crumbs)


def _rows(report: GateReport, runs: Sequence[Earlier], language: Language) -> list[Row]:
    """One row a check, those that fail first. runs: with the values of each check, the newest first."""
    made = [
        _row(name, outcome, values_of(name, runs[:SHOWN]), language)
        for name, outcome in report.by_name.items()
    ]
    return sorted(made, key=lambda row: ORDER.index(row.state))


def _row(name: str, outcome: Outcome, values: Sequence[float | None], language: Language) -> Row:
    words, state, measure = outcome.words(language), outcome_state(outcome), outcome.measure
    now = told.value(measure.value, measure.unit, language) if measure else ""
    limit = told.limit(measure, language) if measure else ""
    title = word("bar", language, now=now, limit=limit)
    begins = words.observed.startswith(now)
    return Row(
        name=name,
        outcome=outcome,
        state=state,
        description=words.description,
        observed=words.observed,
        threshold=words.threshold,
        problem=words.problem,
        now=now if begins else words.observed,
        beside=words.observed.removeprefix(now).lstrip() if begins else "",
        limit=limit if begins else words.threshold or limit,
        bar=bar(measure, title=title, state=state) if measure and limit else Markup(""),
        spark=_spark(outcome, values, language),
        note=_note(trend_of(outcome, values), language),
        examples=[example.in_language(language) for example in outcome.examples],
        has_rows=bool(outcome.unexpected_count),
    )


def _spark(outcome: Outcome, values: Sequence[float | None], language: Language) -> Markup:
    """The measures of the last runs; nothing when there is only this one."""
    measure = outcome.measure
    known = [value for value in values if value is not None]
    if measure is None or len(known) <= 1:
        return Markup("")
    first, last = (told.value(each, measure.unit, language) for each in (known[0], known[-1]))
    title = word("last_runs", language, n=len(known), first=first, last=last)
    return sparkline(values, title=title, low=measure.low, high=measure.high)


def _note(trend: Trend | None, language: Language) -> str:
    if trend is None or trend.runs_left is None:
        return ""
    return word("heading_to_limit", language, n=trend.runs_left)


def _difference(change: Change, language: Language) -> Difference:
    measure, apart = change.now.measure, change.difference
    return Difference(
        state=outcome_state(change.now),
        description=change.now.words(language).description,
        then=_shown(change.then, language) if change.then else word("new_check", language),
        now=_shown(change.now, language),
        difference="" if apart is None or not measure else told.difference(apart, measure.unit, language),
        margin=told.margin(measure, change.trend, language) if measure else "",
        since=change.since,
    )


def _shown(outcome: Outcome, language: Language) -> str:
    """Its measure, or what it says."""
    if outcome.measure and not outcome.problem:
        return told.value(outcome.measure.value, outcome.measure.unit, language)
    words = outcome.words(language)
    return words.problem or words.observed
