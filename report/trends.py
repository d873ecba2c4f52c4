"""What the last runs of a gate measured, as charts with their limits: a share, rows, seconds."""

import statistics
from collections.abc import Callable, Sequence
from functools import partial

from markupsafe import Markup

from report import dates
from report.charts import Series, line_chart
from report.gate_report import GateReport, Measure, Outcome, Unit
from report.said import Language, number, percent
from report.site import Site
from report.strip import SHOWN
from report.summary import outcome_of, tightest
from report.words import WORDS, word

LEADING = ("valid_ratio", "document_loss")
"""Keys of checks that say most about a gate; one that has none of them shows what is nearest to its limit."""
VOLUME = ("usual_volume",)
"""Checks whose limits are those of the rows."""
MOST_COUNTS = 3
"""Lines of a chart beside that of all rows: it has four colours."""
ROWS = "rows"
"""The unit of a batch whose counts are parts of it; other batches count something else."""


def trends(reports: Sequence[GateReport], language: Language, *, site: Site) -> list[Markup]:
    """The charts of a gate: of its leading measure (when it has one), of its rows, of its seconds.

    reports: the newest first.
    """
    shown = list(reversed(reports[:SHOWN]))
    labels = labels_of(shown, language, site.zone)
    leading = leading_check(reports[0])
    charts = [measured(shown, labels, leading, language)] if leading else []
    return [*charts, rows_chart(shown, labels, language), seconds_chart(shown, labels, language)]


def labels_of(reports: Sequence[GateReport], language: Language, zone: str) -> list[str]:
    """When each gate began: its day, and its time where a day has several."""
    moments = [dates.moment_of(report.started_at) for report in reports]
    days = [dates.short_day(moment, language, zone) for moment in moments]
    if len(set(days)) == len(days):
        return days
    return [dates.short(moment, language, zone) for moment in moments]


def leading_check(report: GateReport) -> Outcome | None:
    """The check that stands for the gate: one of `LEADING`, or the one nearest to its limit."""
    for name in LEADING:
        outcome = outcome_of(report, name)
        if outcome and outcome.measure:
            return outcome
    return tightest(report)


def measured(
    reports: Sequence[GateReport], labels: Sequence[str], check: Outcome, language: Language
) -> Markup:
    """What a check measured in each run, with the limits of the last one. reports: the oldest first."""
    measure = check.measure or Measure(0)
    title = check.words(language).description
    return line_chart(
        [Series(title, values_of(reports, check.name))],
        title=title,
        labels=labels,
        form=form_of(measure.unit, language),
        language=language,
        low=measure.low,
        high=measure.high,
    )


def values_of(reports: Sequence[GateReport], name: str) -> list[float | None]:
    """What a check measured, a value a report; None where it did not."""
    found = [outcome_of(report, name) for report in reports]
    return [outcome.measure.value if outcome and outcome.measure else None for outcome in found]


def form_of(unit: Unit, language: Language) -> Callable[[float], str]:
    """How a value of a unit is written."""
    if unit == "share":
        return partial(percent, language=language)
    if unit == "hours":
        return lambda value: f"{number(value, language)}{dates.NO_BREAK_SPACE}h"
    return partial(number, language=language)


def rows_chart(reports: Sequence[GateReport], labels: Sequence[str], language: Language) -> Markup:
    """The rows of each batch and what became of them, with the limits of their usual number."""
    keys = list(dict.fromkeys(key for report in reports for key in report.counts))[:MOST_COUNTS]
    unit = reports[-1].unit
    of_rows = not keys or unit == ROWS
    name = word("count_rows", language) if keys else unit_word(unit, language)
    series = [Series(name, [report.rows for report in reports])] if of_rows else []
    series += [
        Series(count_word(key, language), [report.counts.get(key) for report in reports]) for key in keys
    ]
    volume = next((found for name in VOLUME if (found := outcome_of(reports[-1], name))), None)
    limits = volume.measure if volume and volume.measure else Measure(0)
    return line_chart(
        series,
        title=word("rows_became" if unit == ROWS else "counted", language)
        if keys
        else unit_word(unit, language),
        labels=labels,
        form=partial(number, language=language),
        language=language,
        low=limits.low,
        high=limits.high,
        from_zero=True,
    )


def unit_word(unit: str, language: Language) -> str:
    """What a batch consists of, as a title; a unit that nobody has named as it is."""
    name = f"unit_{unit}"
    return word(name, language) if name in WORDS else unit.capitalize()


def count_word(key: str, language: Language) -> str:
    """What a count is called; one that nobody has named by its key."""
    name = f"count_{key}"
    return word(name, language) if name in WORDS else key.replace("_", " ")


def seconds_chart(reports: Sequence[GateReport], labels: Sequence[str], language: Language) -> Markup:
    """How long the gate took, beside the median of these runs."""
    taken = [report.seconds for report in reports]
    return line_chart(
        [Series(word("time_taken", language), taken)],
        title=word("seconds", language),
        labels=labels,
        form=partial(dates.duration, language=language),
        language=language,
        usual=statistics.median(taken),
        from_zero=True,
    )
